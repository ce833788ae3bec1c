import EventLog
import Foundation

extension JSONValue {
    /// The text, or `null`.
    package init(optional text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    package init(base64 bytes: [UInt8]) {
        self = .string(Data(bytes).base64EncodedString())
    }

    /// Two lower-case digits a byte.
    init(hexadecimal bytes: [UInt8]) {
        self = .string(bytes.hexadecimal)
    }
}
