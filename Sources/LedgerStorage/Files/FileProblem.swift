package import EventLog
import Foundation

/// What the operating system says of a file.
package struct FileProblem: Error, CustomStringConvertible {
    package let path: String
    /// As `errno`.
    package let code: Int32
    package let reason: String
    private let advice: String

    package init(_ path: String, _ code: Int32) {
        (self.path, self.code) = (path, code)
        reason = String(cString: strerror(code))
        advice = "check the folder, its permissions and the disk's free space"
    }

    private init(_ path: String, _ code: Int32, _ reason: String, _ advice: String) {
        (self.path, self.code, self.reason, self.advice) = (path, code, reason, advice)
    }

    /// What is there cannot be read as a file: a folder, a pipe, a socket, a device.
    package static func irregular(_ path: String) -> FileProblem {
        FileProblem(path, EINVAL, "no regular file", "name the file itself")
    }
    package var description: String { "\(path): \(reason)" }

    /// As an error that says what to do.
    package var error: EventLogError {
        EventLogError(.storage, "\(path): \(reason); \(advice).")
    }
}
