/// How a key that is given is understood, everywhere: it means the memory that it names exactly, if there is one, and
/// else the key without its namespace's prefix. So `mem:a` in namespace `mem` means `mem:a` where an import brought
/// such a memory, and `a` otherwise.
///
/// What counts as "there is one" is said by the caller: the tables as they are now or as of a moment, the log's
/// streams, a plan's overlay. The order in which keys are tried is only here.
///
/// Resolving what was resolved changes nothing: the prefix is taken off until a key has a memory, or no prefix.
extension MemoryKey {
    /// Bytes of a key that is taken apart. A longer one holds no memory, and means itself.
    static let maximumPrefixedBytes = 2_048

    /// The key without `<namespace>:` in front; nil where it does not begin so, or nothing would be left.
    var withoutPrefix: MemoryKey? {
        guard hasPrefix else { return nil }
        return MemoryKey(
            namespace: namespace, key: String(decoding: key.utf8.dropFirst(namespace.utf8.count + 1), as: UTF8.self))
    }

    /// The key begins with `<namespace>:`, and is longer than that.
    var hasPrefix: Bool {
        let length = namespace.utf8.count
        let bytes = key.utf8
        guard bytes.count > length + 1, length > 0, bytes.count <= Self.maximumPrefixedBytes,
            bytes[bytes.index(bytes.startIndex, offsetBy: length)] == UInt8(ascii: ":")
        else { return false }
        return bytes.starts(with: namespace.utf8)
    }

    /// All that the key may mean, in the order in which it is looked for; the last one has no prefix.
    var meanings: [MemoryKey] {
        guard hasPrefix else { return [self] }
        var meanings = [self]
        while let shorter = meanings[meanings.count - 1].withoutPrefix { meanings.append(shorter) }
        return meanings
    }

    /// The key that a new memory gets.
    var withoutPrefixes: MemoryKey { resolved { _ in false } }

    /// What the key means.
    ///
    /// - Parameter holdsMemory: asked of keys with a prefix only.
    package func resolved(_ holdsMemory: (MemoryKey) throws -> Bool) rethrows -> MemoryKey {
        var key = self
        while let shorter = key.withoutPrefix {
            if try holdsMemory(key) { return key }
            key = shorter
        }
        return key
    }

    /// The same where it takes waiting to know.
    func resolved(waiting holdsMemory: (MemoryKey) async throws -> Bool) async rethrows -> MemoryKey {
        var key = self
        while let shorter = key.withoutPrefix {
            if try await holdsMemory(key) { return key }
            key = shorter
        }
        return key
    }
}
