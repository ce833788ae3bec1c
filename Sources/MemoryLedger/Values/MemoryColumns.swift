/// The `keywords` and `links` columns: JSON arrays, written here and read back once per memory.
///
/// Reading first tries the one form that the writers here produce, byte by byte; anything else, an escape in a string
/// or a space, goes to the JSON parser. Both give the same answer.
package enum MemoryColumns {
    package static func json(_ keywords: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(keywords, to: &bytes)
        return bytes
    }

    package static func json(_ links: [MemoryLink]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(links, to: &bytes)
        return bytes
    }

    static func append(_ keywords: [String], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, keyword) in keywords.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.write(keyword, into: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    static func append(_ links: [MemoryLink], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, link) in links.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(link, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func append(_ link: MemoryLink, to bytes: inout [UInt8]) {
        JSONWriter.append("{\"type\":", to: &bytes)
        JSONWriter.write(link.type, into: &bytes)
        if let key = link.key {
            JSONWriter.append(",\"key\":", to: &bytes)
            JSONWriter.write(key, into: &bytes)
        }
        JSONWriter.append(",\"term\":", to: &bytes)
        JSONWriter.write(link.term, into: &bytes)
        JSONWriter.append(",\"weight\":", to: &bytes)
        JSONWriter.write(JSONValue(link.weight), into: &bytes)
        for member in link.extra.members {
            bytes.append(UInt8(ascii: ","))
            JSONWriter.write(member.name, into: &bytes)
            bytes.append(UInt8(ascii: ":"))
            JSONWriter.write(member.value, into: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// The strings of a JSON array; elements of another type are left out.
    package static func keywords(json bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> [String] {
        var scanner = CanonicalScanner(bytes)
        if let keywords = scanner.strings() { return keywords }
        return try JSONParser.parse(bytes).array?.compactMap(\.string) ?? []
    }

    /// The links of a JSON array; elements that are not objects are left out.
    package static func links(json bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> [MemoryLink] {
        var scanner = CanonicalScanner(bytes)
        if let links = scanner.links() { return links }
        return try JSONParser.parse(bytes).array?.compactMap { $0.object.map(MemoryLink.init(json:)) } ?? []
    }
}

extension MemoryLink {
    /// Takes a link from its members. The first `type`, `key`, `term` and `weight` of the right type count, which is
    /// how `json` writes them; all others, in their order, become `extra`. A `key` that is null is no key.
    package init(json object: JSONObject) {
        self.init(type: "", term: "")
        var found: Set<String> = []
        for member in object.members {
            switch (member.name, member.value) {
            case ("type", .string(let value)) where found.insert("type").inserted: type = value
            case ("key", .string(let value)) where found.insert("key").inserted: key = value
            case ("key", .null) where found.insert("key").inserted: key = nil
            case ("term", .string(let value)) where found.insert("term").inserted: term = value
            case ("weight", .number(let value)) where found.insert("weight").inserted: weight = value.double
            default: extra.append(member.name, member.value)
            }
        }
    }
}
