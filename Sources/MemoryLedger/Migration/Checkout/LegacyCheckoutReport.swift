public import EventLog

/// What a checkout in a layout of the old program wrote, and what that layout cannot hold.
public struct LegacyCheckoutReport: Hashable, Sendable {
    /// A memory that is not in the file, or is not there as it stands in the ledger.
    public struct Entry: Hashable, Sendable {
        public var namespace: String
        public var key: String
        /// The file does not hold it at all.
        public var isLeftOut: Bool
        /// What would differ if the file were migrated; one named `memory` for a memory that is left out.
        public var fields: [Field]

        /// `{"namespace", "key", "left_out", "fields": [{"field", "reason"}]}`.
        public var json: JSONValue {
            [
                "namespace": .string(namespace), "key": .string(key), "left_out": .bool(isLeftOut),
                "fields": .array(fields.map { ["field": .string($0.name), "reason": .string($0.reason)] }),
            ]
        }
    }

    /// A field that the layout cannot hold as it is.
    public struct Field: Hashable, Sendable {
        /// As it is called in JSON.
        public var name: String
        /// One sentence for a person.
        public var reason: String
    }

    public var file: String
    public var layout: LegacyLayout
    public var moment: LogMoment
    public var sizeBytes: Int64
    /// Memories and links in the file.
    public var memories = 0
    public var links = 0
    /// Memories that were left out, each with an entry.
    public var leftOut = 0
    /// Memories that are in the file with a difference, each with an entry.
    public var changed = 0
    /// Memories that were left out because they are quarantined, without entries.
    public var quarantined = 0
    /// Namespaces that were left out because the ledger was opened without its master key.
    public var locked: [String] = []
    /// Namespaces with colons in them, which must be named when the file is migrated.
    public var namespaces: [String] = []
    /// The first `maximumListed` of them; `reporting` of the checkout gets all.
    public var entries: [Entry] = []

    public static let maximumListed = 10_000

    /// Something is not in the file.
    public var needsAttention: Bool { leftOut + changed + quarantined > 0 || !locked.isEmpty }

    /// What holds for every memory in the file.
    public var notes: [String] {
        var notes = ["The history, the actors and the numbers of versions stay in the ledger."]
        if !namespaces.isEmpty {
            let options = namespaces.map { "--namespace \($0)" }.joined(separator: " ")
            notes.append("To migrate it again, add \(options): these namespaces have colons.")
        }
        if layout == .kvMemory2, links > 0 {
            notes.append(
                "Each link has a created_at and an access_count, which the layout demands; migrated again they are "
                    + "unknown members of the link.")
        }
        return notes
    }

    /// The report under its names in snake_case.
    public var json: JSONValue {
        var object = head
        object.append("reported", .array(entries.map(\.json)))
        return .object(object)
    }

    /// The same without the entries.
    public var head: JSONObject {
        [
            "file": .string(file), "format": .string(layout.rawValue), "position": JSONValue(moment.position),
            "time": .string(moment.time.rfc3339), "size_bytes": JSONValue(sizeBytes), "memories": JSONValue(memories),
            "links": JSONValue(links), "left_out": JSONValue(leftOut), "changed": JSONValue(changed),
            "quarantined": JSONValue(quarantined), "locked": .array(locked.map { .string($0) }),
            "namespaces": .array(namespaces.map { .string($0) }), "notes": .array(notes.map { .string($0) }),
        ]
    }
}
