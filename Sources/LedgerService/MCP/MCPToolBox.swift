import EventLog
import LedgerOperations
import MemoryLedger

/// The tools of a server, in an order that stays.
struct MCPToolBox: Sendable {
    private let byName: [ByteText: any MCPTool]
    /// The list as it is sent.
    let list: JSONValue

    /// - Throws: `MCPOptionError` for a set that there is not.
    init(_ options: MCPOptions, _ catalogue: OperationCatalogue) throws {
        if let version = options.compatibility {
            self.init(CompatibleTools.all(version))
        } else {
            let tools = try Self.tools(options.tools, catalogue)
            // The second version's clients know them without a list, which is kept short.
            self.init(tools, unlisted: options.tools.contains(.memory) ? CompatibleTools.searching : [])
        }
    }

    private init(_ tools: [any MCPTool], unlisted: [any MCPTool] = []) {
        byName = Dictionary(
            (tools + unlisted).map { (ByteText($0.description.name), $0) }, uniquingKeysWith: { first, _ in first })
        list = .array(tools.map(\.description.json))
    }

    subscript(name: String) -> (any MCPTool)? { byName[ByteText(name)] }

    /// What the old program's clients find, and what agents need beside it.
    static let memory: [any MCPTool] = CompatibleTools.today + AgentTools.all

    /// Names that no operation's tool gets: those of the set `memory`, and of the old program's tools.
    private static let taken = Set((memory + CompatibleTools.searching).map(\.description.name))

    private static func tools(_ asked: [MCPToolSet], _ catalogue: OperationCatalogue) throws -> [any MCPTool] {
        let offered = catalogue.operations.filter { $0.isTool }
        let known = sets(of: catalogue)
        if let other = asked.first(where: { !known.contains($0) }) {
            let names = known.map(\.name).joined(separator: ", ")
            throw MCPOptionError("There is no set of tools \(other); give some of \(names).")
        }
        func wants(_ set: MCPToolSet) -> Bool { asked.contains(set) || asked.contains(.all) }
        return (wants(.memory) ? memory : []) + (wants(.search) ? CompatibleTools.searching : [])
            + offered.filter { wants(.of($0)) }.map { OperationTool($0, taken: taken) }
    }

    /// The sets that there are, the standard one first.
    static func sets(of catalogue: OperationCatalogue) -> [MCPToolSet] {
        var sets: [MCPToolSet] = [.memory]
        for operation in catalogue.operations where operation.isTool {
            let set = MCPToolSet.of(operation)
            if !sets.contains(set) { sets.append(set) }
        }
        return sets + [.all]
    }
}
