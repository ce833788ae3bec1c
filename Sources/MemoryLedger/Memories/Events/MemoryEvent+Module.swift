public import EventLog

extension MemoryEvent: ModuleEvent {
    public static func read(_ type: EventType, _ data: EventData) throws -> MemoryEvent? {
        switch type {
        case Name.added: .added(try data.content(), from: try data.provenance())
        case Name.replaced: .replaced(try data.content(), from: try data.provenance())
        case Name.updated: .updated(try data.change(), from: try data.provenance())
        case Name.renamed: .renamed(newKey: try data.text("new_key"))
        case Name.nameTaken: .nameTaken(oldKey: try data.text("old_key"))
        case Name.deleted: .deleted
        case Name.accessed: .accessed
        case Name.traversed: .traversed
        case Name.metaSet: .metaSet(try data.statistics())
        case Name.restored: .restored(try data.restoration())
        case Name.linked: .linked(try data.link())
        case Name.unlinked:
            .unlinked(
                key: try data.text("key"), type: try data.optionalText("type"), term: try data.optionalText("term"))
        case Name.legacyImportStarted: .legacyImportStarted(try data.importStart())
        // What a row held is not all in its JSON.
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .added(let content, _), .replaced(let content, _):
            content.summary.isEmpty ? content.text : content.summary
        case .updated(let change, _): (change.json.object?.members ?? []).map(\.name).joined(separator: ", ")
        case .restored(let restoration): "as at \(restoration.asOf): \(restoration.content.summary)"
        case .renamed(let key): "to \(key)"
        case .nameTaken(let key): "from \(key)"
        case .linked(let link): "\(link.type) to \(link.key ?? "nothing") \(link.term)"
        case .unlinked(let key, let type, let term):
            ([type, "from \(key)", term].compactMap(\.self)).joined(separator: " ")
        case .metaSet(let values): values.status.rawValue
        case .legacyRowImported(let row): "\(row.row.displayKey), \(row.row.format.rawValue)"
        case .legacyImportStarted(let start): start.path
        case .deleted, .accessed, .traversed: ""
        }
    }
}
