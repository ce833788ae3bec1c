import MemoryLedger

/// The old program's tools.
enum CompatibleTools {
    /// Those of the first version as they are listed today: with titles and hints, and no more schema than a model
    /// needs.
    static let today = listedToday(CompatibleTool.Kind.all(.one))

    /// What the second version has beside them, of the set `search`.
    static let searching = listedToday([.search, .fulltext, .bulk])

    private static func listedToday(_ kinds: [CompatibleTool.Kind]) -> [any MCPTool] {
        kinds.map { listedToday($0) }
    }

    private static func listedToday(_ kind: CompatibleTool.Kind) -> CompatibleTool {
        let schemas = CompatibleToolSchemas(isCompatible: false, version: .one)
        return CompatibleTool(
            kind: kind,
            description: MCPToolDescription(
                name: kind.rawValue, title: kind.title, text: kind.text, input: kind.input(schemas), hints: kind.hints))
    }

    /// As a version of the old program listed them.
    static func all(_ version: CompatibleService.Version) -> [any MCPTool] {
        let schemas = CompatibleToolSchemas(isCompatible: true, version: version)
        return CompatibleTool.Kind.all(version).map { kind in
            CompatibleTool(
                kind: kind,
                description: MCPToolDescription(
                    name: kind.rawValue, text: kind.text + (version == .two ? kind.convention : ""),
                    input: kind.input(schemas)))
        }
    }
}

extension CompatibleTool.Kind {
    fileprivate var title: String {
        switch self {
        case .sessionNew: "Open session"
        case .add: "Add memory"
        case .get: "Get memory"
        case .update: "Update memory"
        case .rename: "Rename memory"
        case .search: "Search memories"
        case .fulltext: "Search keywords"
        case .bulk: "Read linked memories"
        }
    }

    fileprivate var text: String {
        switch self {
        case .sessionNew: "Open a session in a namespace; it ends five minutes after the last read."
        case .add: "Write a memory, replacing what the key holds. Keys have levels: project:module:topic."
        case .get: "Read a memory and the summaries of its links. Counts as an access."
        case .update: "Change some fields of a memory; links as in memory_add."
        case .rename: "Move a memory to a free key; links to it follow."
        case .search: "Find memories by words, best first: any word is enough. Excerpts mark them."
        case .fulltext: "Find memories by keywords between commas: all of them (AND) or any (OR)."
        case .bulk: "Read a memory and those its strongest links lead to. Counts no access."
        }
    }

    /// How version 2 wants keys to be made.
    fileprivate var convention: String {
        switch self {
        case .sessionNew, .search, .fulltext: ""
        case .add:
            " Keys are namespace:domain:type:title, the namespace capitalised. Link each memory from another one, in the "
                + "last resort from the entrance, {namespace}:index."
        case .get, .bulk: " If you know no key, begin at the entrance, {namespace}:index."
        case .update, .rename: " Keys are namespace:domain:type:title."
        }
    }

    fileprivate var hints: MCPToolHints {
        switch self {
        case .sessionNew: MCPToolHints(isReadOnly: false, isDestructive: false, isIdempotent: false)
        // It counts, and what it counts is seen in statistics only.
        case .get: MCPToolHints(isReadOnly: true, isDestructive: false, isIdempotent: false)
        case .add, .update: MCPToolHints(isReadOnly: false, isDestructive: true, isIdempotent: true)
        case .rename: MCPToolHints(isReadOnly: false, isDestructive: false, isIdempotent: false)
        case .search, .fulltext, .bulk: .reading
        }
    }

    fileprivate func input(_ schemas: CompatibleToolSchemas) -> JSONValue {
        switch self {
        case .sessionNew: schemas.sessionNew
        case .add: schemas.add
        case .get: schemas.get
        case .update: schemas.update
        case .rename: schemas.rename
        case .search: schemas.search
        case .fulltext: schemas.fulltext
        case .bulk: schemas.bulk
        }
    }
}
