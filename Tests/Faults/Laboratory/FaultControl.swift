import Foundation

/// The file that a test and the interposer in its children share: `struct control` of `interposer.c`.
///
/// The children map it; this side reads and writes eight aligned bytes at a time, which the kernel does as a whole.
final class FaultControl: Sendable {
    /// The members in their order, 8 bytes each, in the machine's byte order.
    enum Member: Int, CaseIterable { case count, at, action, error, sticky, hits }

    struct CannotUse: Error { var path: String, code: Int32 }

    private let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw CannotUse(path: path, code: errno) }
        for member in Member.allCases { try set(member, 0) }
    }

    deinit { close(descriptor) }

    func set(_ member: Member, _ value: Int64) throws {
        let written = withUnsafeBytes(of: value) { pwrite(descriptor, $0.baseAddress, 8, off_t(member.rawValue * 8)) }
        guard written == 8 else { throw CannotUse(path: path, code: errno) }
    }

    func get(_ member: Member) throws -> Int64 {
        var value: Int64 = 0
        let read = withUnsafeMutableBytes(of: &value) {
            pread(descriptor, $0.baseAddress, 8, off_t(member.rawValue * 8))
        }
        guard read == 8 else { throw CannotUse(path: path, code: errno) }
        return value
    }
}
