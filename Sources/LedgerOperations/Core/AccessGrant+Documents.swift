public import MemoryLedger

extension AccessGrant {
    /// The document without memories of other namespaces that it only names, such as those that one was derived from:
    /// which keys there are elsewhere is not for this caller.
    ///
    /// They are the objects that have a namespace and a key and nothing else.
    public func reduced(_ document: JSONValue) -> JSONValue {
        guard namespaces != nil else { return document }
        switch document {
        case .array(let list): return .array(list.filter { !isForeignMemory($0) }.map(reduced))
        case .object(let object):
            return .object(
                JSONObject(
                    object.members.map { member in
                        let value = isForeignMemory(member.value) ? .null : reduced(member.value)
                        return .init(name: member.name, value: value)
                    }))
        default: return document
        }
    }

    private func isForeignMemory(_ value: JSONValue) -> Bool {
        guard let object = value.object, object.count == 2, object["key"] != nil,
            let namespace = object["namespace"]?.string
        else { return false }
        return !includes(namespace: namespace)
    }
}
