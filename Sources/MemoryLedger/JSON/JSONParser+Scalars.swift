import EventLog

/// Strings and numbers.
extension JSONParser {
    /// Reads a string; `index` is at its opening quote and ends behind its closing one.
    package mutating func string() throws(JSONSyntaxError) -> String {
        let start = index + 1
        var end = start
        var union: UInt8 = 0
        while end < count {
            let byte = base[end]
            union |= byte
            if byte == UInt8(ascii: "\"") {
                let bytes = UnsafeBufferPointer(start: base + start, count: end - start)
                let text = union < 0x80 ? String(decoding: bytes, as: UTF8.self) : try decoded(bytes)
                index = end + 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(firstEscape: end) }
            guard byte >= 0x20 else {
                index = end
                throw failure(.controlCharacter)
            }
            end += 1
        }
        index = count
        throw failure(.unexpectedEnd)
    }

    private func decoded(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> String {
        guard let text = String(validUTF8: bytes) else { throw failure(.invalidUTF8) }
        return text
    }

    private mutating func stringWithEscapes(firstEscape: Int) throws(JSONSyntaxError) -> String {
        let opening = index
        var bytes = Array(UnsafeBufferPointer(start: base + opening + 1, count: firstEscape - opening - 1))
        index = firstEscape
        while index < count {
            let byte = base[index]
            if byte == UInt8(ascii: "\"") {
                guard let text = bytes.withUnsafeBufferPointer({ String(validUTF8: $0) }) else {
                    throw JSONSyntaxError(reason: .invalidUTF8, offset: opening)
                }
                index += 1
                return text
            }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &bytes)
            } else {
                guard byte >= 0x20 else { throw failure(.controlCharacter) }
                bytes.append(byte)
                index += 1
            }
        }
        throw failure(.unexpectedEnd)
    }

    /// Reads one escape; `index` is at its backslash and ends behind it.
    private mutating func escape(into bytes: inout [UInt8]) throws(JSONSyntaxError) {
        guard index + 1 < count else {
            index = count
            throw failure(.unexpectedEnd)
        }
        let simple: UInt8
        switch base[index + 1] {
        case UInt8(ascii: "\""): simple = 0x22
        case UInt8(ascii: "\\"): simple = 0x5c
        case UInt8(ascii: "/"): simple = 0x2f
        case UInt8(ascii: "b"): simple = 0x08
        case UInt8(ascii: "f"): simple = 0x0c
        case UInt8(ascii: "n"): simple = 0x0a
        case UInt8(ascii: "r"): simple = 0x0d
        case UInt8(ascii: "t"): simple = 0x09
        case UInt8(ascii: "u"): return bytes.append(contentsOf: UTF8.encode(try scalar()) ?? .init())
        default: throw failure(.invalidEscape)
        }
        bytes.append(simple)
        index += 2
    }

    /// Reads `\u` and four hexadecimal digits, or two of them where they are a surrogate pair.
    private mutating func scalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = index
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        let end = index
        let isPair = high < 0xdc00 && index + 1 < count && base[index] == 0x5c && base[index + 1] == 0x75
        if isPair {
            let low = try hexadecimal()
            if (0xdc00...0xdfff).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xd800) << 10 + (UInt32(low) - 0xdc00))
            {
                return scalar
            }
        }
        guard repairs != nil else { throw JSONSyntaxError(reason: .loneSurrogate, offset: start) }
        repairs?.note()
        // What follows is a character of its own.
        index = end
        return "\u{fffd}"
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt16 {
        guard index + 6 <= count else { throw JSONSyntaxError(reason: .unexpectedEnd, offset: count) }
        var value: UInt16 = 0
        for position in index + 2..<index + 6 {
            let digit: UInt8
            switch base[position] {
            case 0x30...0x39: digit = base[position] - 0x30
            case 0x41...0x46: digit = base[position] - 0x41 + 10
            case 0x61...0x66: digit = base[position] - 0x61 + 10
            default: throw failure(.invalidEscape)
            }
            value = value << 4 | UInt16(digit)
        }
        index += 6
        return value
    }

    /// Reads a number; `index` is at its first byte.
    mutating func number() throws(JSONSyntaxError) -> JSONNumber {
        let start = index
        if base[index] == UInt8(ascii: "-") { index += 1 }
        if index < count, base[index] == UInt8(ascii: "0") {
            index += 1
        } else {
            try digits()
        }
        if index < count, base[index] == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if index < count, base[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < count, base[index] == UInt8(ascii: "+") || base[index] == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        if index < count, (0x30...0x39).contains(base[index]) { throw failure(.invalidNumber) }
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: index - start), as: UTF8.self)
        return JSONNumber(validText: text)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = index
        while index < count, (0x30...0x39).contains(base[index]) { index += 1 }
        guard index > start else { throw failure(index < count ? .invalidNumber : .unexpectedEnd) }
    }
}
