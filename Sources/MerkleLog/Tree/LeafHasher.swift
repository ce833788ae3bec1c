package import EventLog

/// Hashes leaves one after the other in a buffer that it keeps. Format: `Schemas/EVENT_ENCODING.md`.
///
/// Fields are put in the order of the format; `CanonicalEvent` is the same for code that needs the bytes.
///
/// Not `Sendable`: each writer and each verifier has its own. What runs for each field is inlinable, because the loops
/// that call it are in another module.
package final class LeafHasher {
    // Nothing here calls out while it changes these; a check of each access at run time would cost more than a call.
    @exclusivity(unchecked) @usableFromInline var buffer: UnsafeMutableRawBufferPointer
    @exclusivity(unchecked) @usableFromInline var count: Int
    @usableFromInline let prefixCount: Int

    package init(ledger: LedgerID) {
        buffer = .allocate(byteCount: 1_024, alignment: 8)
        let prefix = [MerkleHash.leafPrefix] + CanonicalEvent.magic + ledger.bytes
        buffer.copyBytes(from: prefix)
        prefixCount = prefix.count
        count = prefix.count
    }

    deinit { buffer.deallocate() }

    /// A buffer larger than this is not kept for the next leaf.
    @usableFromInline static let maximumKeptBytes = 1 << 20

    /// Begins the next leaf.
    @inline(__always) @inlinable
    package func start() {
        if buffer.count > Self.maximumKeptBytes { resize(to: 4_096, keeping: prefixCount) }
        count = prefixCount
    }

    @inlinable
    package func put(_ event: NewEvent, in stream: StreamName, _ version: StreamVersion, recordedAt: Int64) {
        put(text: stream.rawValue)
        put(version)
        put(event.id)
        put(text: event.type.rawValue)
        put(Int64(event.schemaVersion))
        put(recordedAt)
        put(event.occurredAt?.milliseconds ?? recordedAt)
        put(optional: event.attribution.actor)
        put(optional: event.attribution.correlationID)
        put(optional: event.attribution.causationID)
    }

    @inline(__always) @inlinable
    package func put(_ value: Int64) {
        reserve(8)
        buffer.storeBytes(of: value.bigEndian, toByteOffset: count, as: Int64.self)
        count += 8
    }

    @inline(__always) @inlinable
    package func put(_ id: EventID) {
        reserve(16)
        buffer.storeBytes(of: id.high.bigEndian, toByteOffset: count, as: UInt64.self)
        buffer.storeBytes(of: id.low.bigEndian, toByteOffset: count + 8, as: UInt64.self)
        count += 16
    }

    @inline(__always) @inlinable
    package func put(raw bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
        (target + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// The length in four bytes, then the bytes.
    @inline(__always) @inlinable
    package func put(counted bytes: UnsafeRawBufferPointer) {
        reserve(4 + bytes.count)
        buffer.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count).bigEndian, toByteOffset: count, as: UInt32.self)
        count += 4
        put(raw: bytes)
    }

    @inline(__always) @inlinable
    package func put(text: String) {
        var text = text
        text.withUTF8 { put(counted: UnsafeRawBufferPointer($0)) }
    }

    @inline(__always) @inlinable
    package func put(optional text: String?) {
        if let text {
            put(byte: 1)
            put(text: text)
        } else {
            put(byte: 0)
        }
    }

    @inline(__always) @inlinable
    package func put(byte: UInt8) {
        reserve(1)
        buffer[count] = byte
        count += 1
    }

    /// Ends the leaf with its payload and answers its hash.
    @inline(__always) @inlinable
    package func finish(_ form: CanonicalEvent.PayloadForm, _ payload: UnsafeRawBufferPointer) -> MerkleHash {
        MerkleHash.sha256(finishEntry(form, payload))
    }

    /// Ends the leaf with its payload and answers its bytes, the prefix first; they are valid until the next `start`.
    @inline(__always) @inlinable
    package func finishEntry(_ form: CanonicalEvent.PayloadForm, _ payload: UnsafeRawBufferPointer)
        -> UnsafeRawBufferPointer
    {
        put(byte: form.rawValue)
        put(counted: payload)
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    @inline(__always) @inlinable
    func reserve(_ bytes: Int) {
        if count + bytes > buffer.count { resize(to: max(buffer.count * 2, count + bytes), keeping: count) }
    }

    @usableFromInline
    func resize(to size: Int, keeping kept: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<kept]))
        buffer.deallocate()
        buffer = larger
    }
}
