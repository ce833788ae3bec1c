/// A result whose document has the same members whatever is asked, so that they can be told beforehand.
package protocol DescribedResult: OperationResult {
    /// Those that are always there and always of one type; the document may have others.
    static var members: [DocumentMember] { get }
    /// Those that are always of one type, but not always there.
    static var optionalMembers: [DocumentMember] { get }
}

extension DescribedResult {
    package static var optionalMembers: [DocumentMember] { [] }
}

/// A member of a result's document.
package struct DocumentMember: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case string
        case boolean
        case integer
        case number
        case object
        case strings
        case integers
        case objects
    }

    package let name: String
    package let kind: Kind

    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    static let namespace = Self("namespace", .string)
    static let key = Self("key", .string)

    /// Of a memory's content, whose links are objects.
    static let content: [Self] = [
        Self("domain", .string), Self("summary", .string), Self("text", .string), Self("type", .string),
        Self("keywords", .strings), Self("links", .objects),
    ]
}
