import EventLog
import GRDBSQLite
import LedgerCapabilities
import LedgerStorage
import Projections
import Synchronization
import Testing

@testable import MemoryLedger

/// Goal: a command reads a memory's row once to decide, and once more in the transaction that writes, unless that is
/// remembered; so nothing makes it dearer unnoticed.
/// Method: SQLite reports what the ledger's two connections run, with its values; reads of one row are counted, and all
/// statements.
@Suite struct StatementCountTests {
    /// What ran on the connections that it is attached to.
    private final class Trace: Sendable {
        private let statements = Mutex<[String]>([])

        func attach(to handle: OpaquePointer) {
            let callback:
                @convention(c) (UInt32, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) ->
                    Int32 = {
                        _, context, statement, _ in
                        guard let context, let statement, let text = sqlite3_expanded_sql(OpaquePointer(statement))
                        else {
                            return 0
                        }
                        defer { sqlite3_free(text) }
                        Unmanaged<Trace>.fromOpaque(context).takeUnretainedValue().note(String(cString: text))
                        return 0
                    }
            sqlite3_trace_v2(handle, UInt32(SQLITE_TRACE_STMT), callback, Unmanaged.passUnretained(self).toOpaque())
        }

        private func note(_ text: String) { statements.withLock { $0.append(text) } }

        func taken() -> [String] {
            statements.withLock { statements in
                defer { statements = [] }
                return statements
            }
        }
    }

    /// A command on the memory `tea`, and what it takes.
    struct Command: Sendable {
        let name: String
        /// Reads of the memory's row by the first command after opening, and by the next.
        let reads: [Int]
        /// Statements in all, at the most.
        let statements: [Int]
        /// Once, and once more on what the first has left.
        let run: @Sendable (MemoryLedger, _ round: Int) async throws -> Void
    }

    private static let commands: [Command] = [
        // Two of them begin and end the snapshot, which costs less than the lock that each would take for itself.
        Command(name: "get", reads: [1, 1], statements: [6, 5]) { ledger, _ in _ = try await ledger.get("tea") },
        Command(name: "get a moment", reads: [0, 0], statements: [33, 30]) { ledger, _ in
            _ = try await ledger.asOf(.position(2)).get("tea")
        },
        Command(name: "update", reads: [2, 1], statements: [42, 18]) { ledger, round in
            try await ledger.update("tea", MemoryChange(text: "\(round)"))
        },
        // Its links are no longer in memory when the next one comes.
        Command(name: "link", reads: [2, 2], statements: [44, 19]) { ledger, round in
            try await ledger.link("tea", MemoryLink(type: "t", key: "pot", term: "\(round)"))
        },
        Command(name: "unlink", reads: [2, 2], statements: [45, 21]) { ledger, round in
            try await ledger.unlink("tea", from: "cup", type: ["a", "b"][round])
        },
        Command(name: "set statistics", reads: [2, 1], statements: [39, 15]) { ledger, round in
            try await ledger.setMeta(
                "tea",
                MemoryMetaValues(
                    createdAt: Timestamp(milliseconds: 1), lastAccessedAt: Timestamp(milliseconds: 2),
                    lastLinkedAt: Timestamp(milliseconds: 3), accessCount: round, traverseCount: 0, status: .active))
        },
        // The key that it comes to has had a memory: the log says so, and it is decided again.
        Command(name: "rename", reads: [2, 2], statements: [54, 33]) { ledger, round in
            try await ledger.rename(round == 0 ? "tea" : "new", to: round == 0 ? "new" : "tea")
        },
        Command(name: "delete and add", reads: [2, 2], statements: [48, 25]) { ledger, round in
            if round == 0 { try await ledger.delete("tea") } else { try await ledger.add("tea", MemoryContent()) }
        },
    ]

    @Test(arguments: commands.indices) func aRowIsReadOnce(index: Int) async throws {
        let command = Self.commands[index]
        let first = try await TestLedger.open()
        let links = [MemoryLink(type: "a", key: "cup", term: "t"), MemoryLink(type: "b", key: "cup", term: "t")]
        try await first.ledger.add("tea", MemoryContent(summary: "green", links: links))
        try await first.ledger.add("cup", MemoryContent())
        let test = try await first.reopened { $0.file.maximumReaders = 1 }
        let trace = Trace()
        try test.ledger.tables.read { trace.attach(to: $0.handle) }
        try await test.ledger.tables.onWriter { trace.attach(to: $0.handle) }
        for round in 0..<2 {
            _ = trace.taken()
            try await command.run(test.ledger, round)
            let statements = trace.taken()
            let reads = statements.filter { $0.hasPrefix("SELECT") && $0.contains("FROM memories") && Self.isOfTea($0) }
            let comment = Comment(
                rawValue: "\(command.name): \(statements.count)\n\(statements.joined(separator: "\n"))")
            #expect(reads.count == command.reads[round], comment)
            #expect(statements.count <= command.statements[round], comment)
        }
        await test.ledger.close()
        withExtendedLifetime(trace) {}
    }

    /// By its key, or by its id.
    private static func isOfTea(_ statement: String) -> Bool {
        statement.contains("'tea'") || statement.hasSuffix("WHERE id = 1")
    }
}
