/// Writes into a file descriptor, many small pieces at once.
final class FileWriter {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    private static let bufferBytes = 65_536
    static let standardError: Int32 = 2

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    static func standardOutput() -> FileWriter { FileWriter(descriptor: 1) }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    func flush() throws {
        defer { buffer.removeAll(keepingCapacity: true) }
        try buffer.withUnsafeBytes { try System.write(descriptor, $0) }
    }
}
