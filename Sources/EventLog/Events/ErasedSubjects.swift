import SwiftProtobuf

/// The subjects of one `SubjectErased` event.
package struct ErasedSubjects: Hashable, Sendable {
    package var subjects: [ErasedSubject]
    package var reason: String
    package var selection: String
    package var part: Int
    package var parts: Int
    package var events: Int

    /// Subjects of one event.
    package static let maximumSubjects = 1_000

    package init(
        subjects: [ErasedSubject], reason: String, selection: String, part: Int, parts: Int, events: Int
    ) {
        self.subjects = subjects
        self.reason = reason
        self.selection = selection
        self.part = part
        self.parts = parts
        self.events = events
    }
}

/// A stream, or one life of a memory in it, that cannot be read any more.
public struct ErasedSubject: Hashable, Sendable {
    public var stream: StreamName
    /// The data keys that were destroyed, in order.
    public var keys: [Int64]
    /// What was erased is in the stream now, and not a memory that left it before.
    public var isCurrent: Bool
    /// Only what is protected for this user was taken: the rest of the stream stays readable. Nil: all of it was taken.
    public var user: String?

    package init(stream: StreamName, keys: [Int64], isCurrent: Bool, user: String? = nil) {
        self.stream = stream
        self.keys = keys
        self.isCurrent = isCurrent
        self.user = user
    }
}

extension ProtoSubjectErased {
    init(_ erased: ErasedSubjects) {
        self.init()
        subjects = erased.subjects.map { subject in
            Subject.with {
                $0.stream = subject.stream.rawValue
                $0.keys = subject.keys
                $0.isCurrent = subject.isCurrent
                if let user = subject.user { $0.user = user }
            }
        }
        reason = erased.reason
        selection = erased.selection
        part = Int32(clamping: erased.part)
        parts = Int32(clamping: erased.parts)
        events = Int64(erased.events)
    }
}

extension ErasedSubjects {
    /// - Throws: what Protocol Buffers say of a body that is none.
    package init(payload: [UInt8]) throws {
        let proto = try ProtoSubjectErased(serializedBytes: payload)
        self.init(
            subjects: proto.subjects.map {
                ErasedSubject(
                    stream: StreamName($0.stream), keys: $0.keys, isCurrent: $0.isCurrent,
                    user: $0.hasUser ? $0.user : nil)
            },
            reason: proto.reason, selection: proto.selection, part: Int(proto.part), parts: Int(proto.parts),
            events: Int(proto.events))
    }
}
