import FaultLaboratory
import Foundation
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: no caller does or sees what its token does not allow, by whatever tool. Method: every operation and tool ×
/// scopes × namespaces against the real server; the rows come from the catalogue and from what the server lists, so
/// that a new one without a row fails.
@Suite struct AccessTableTests {
    private static func mayCall(_ row: AccessRow, _ caller: AccessCaller, _ namespace: String) -> Bool {
        guard caller.mayDo(row.needs) else { return false }
        if row.isOfLedger { return true }
        // One that names no namespace is of the caller's only one, or of all.
        return row.isEverywhere ? caller.namespaces?.count != 2 : caller.includes(namespace)
    }

    /// Administrators look at the ledger as a whole, whichever memories they may read.
    private static func mayShowMark(_ row: AccessRow, _ caller: AccessCaller) -> Bool {
        caller.includes(AccessWorld.theirs) || (row.isOfLedger && caller.mayDo(.admin))
    }

    @Test func whatIsNotAllowedIsDenied() async throws {
        let test = try await AccessServer()
        let head = try await test.head()
        for caller in test.world.strangers + test.world.callers {
            let connection = try await test.connect()
            for row in test.rows {
                for place in test.places where !Self.mayCall(row, caller, place.namespace) {
                    let answer = try await test.call(row.tool, row.arguments(place), caller, connection)
                    let expected: AccessAnswer.Verdict = caller.scope == nil ? .stranger : .denied
                    #expect(answer.verdict == expected, "\(caller) \(row.tool) in \(place.namespace): \(answer)")
                    #expect(!answer.showsMark, "\(caller) \(row.tool) in \(place.namespace): \(answer)")
                }
            }
        }
        #expect(try await test.head() == head)
        try await test.stop()
    }

    /// So that denying everything does not pass for a check of rights, and what is shown is seen to be shown.
    @Test func whatIsAllowedIsDone() async throws {
        let test = try await AccessServer()
        let owners = try await test.connect()
        var number = 0
        for caller in test.world.callers {
            let connection = try await test.connect()
            for row in test.rows {
                for var place in test.places where Self.mayCall(row, caller, place.namespace) {
                    // What ends or changes the tables is done once.
                    if row.isOfLedger, place.namespace != AccessWorld.mine { continue }
                    if row.succeeds {
                        number += 1
                        place = try await test.prepared(place, number, owners)
                    }
                    let answer = try await test.call(row.tool, row.arguments(place), caller, connection)
                    let words = "\(caller) \(row.tool) in \(place.namespace): \(answer)"
                    #expect(answer.verdict == .done || (answer.verdict == .failed && !row.succeeds), "\(words)")
                    // Why not is told, and not where the files are.
                    if answer.verdict == .failed {
                        let folder = test.world.folder.url.lastPathComponent
                        #expect(!answer.text.contains(folder), "\(words)")
                        #expect(!answer.text.contains("internal"), "\(words)")
                    }
                    if row.shows, !row.isEverywhere {
                        #expect(answer.verdict == .done, "\(words)")
                        if place.namespace == AccessWorld.theirs { #expect(answer.showsMark, "\(words)") }
                    }
                    if !Self.mayShowMark(row, caller) { #expect(!answer.showsMark, "\(words)") }
                }
            }
        }
        try await test.stop()
    }

    /// Whatever an administrator of one namespace says by a tool for memories: the other one stays as it is.
    @Test func namesAndEventsOfOthersLeadNowhere() async throws {
        let test = try await AccessServer()
        let caller = try #require(test.world.outsider)
        let attempts = try await AccessAttempts(test)
        let connection = try await test.connect()
        var isTried: Set<String> = []
        // What reads comes first, so that it has something to read.
        let tools = test.rows.filter { !$0.isOfLedger }.sorted { $0.needs < $1.needs }.map(\.tool)
        for tool in tools where isTried.insert(tool).inserted {
            for call in attempts.calls(of: tool) {
                var answer = try await test.call(tool, call.arguments, caller, connection)
                if let echo = call.echo { answer.text = answer.text.replacing(echo, with: "") }
                #expect(!answer.showsMark, "\(tool) \(JSONValue.object(call.arguments)): \(answer)")
            }
        }
        try await Self.expectThatCursorsLeadOn(attempts, test)
        try await test.stop()
        let ledger = try await MemoryLedger.open(at: test.server.ledger)
        let memories = try await ledger.list(MemoryQuery(namespace: AccessWorld.theirs, limit: 100)).memories
        #expect(memories.count == 6)
        for memory in memories {
            #expect(memory.content.summary == AccessWorld.mark, "\(memory)")
            #expect(memory.meta.accessCount == 0 && memory.meta.traverseCount == 0, "\(memory)")
        }
        await ledger.close()
    }

    /// What is tried with a cursor is refused for who tries it, and not because an argument is missing: one who may
    /// gets the next page by the same calls.
    private static func expectThatCursorsLeadOn(_ attempts: AccessAttempts, _ test: AccessServer) async throws {
        let insider = try #require(test.world.callers.first { $0.namespaces == [AccessWorld.theirs] })
        let connection = try await test.connect()
        for tool in AccessAttempts.paged.keys.sorted() {
            var answers: [AccessAnswer] = []
            for call in attempts.calls(of: tool) where call.cursorOf == tool {
                answers.append(try await test.call(tool, call.arguments, insider, connection))
            }
            #expect(answers.contains { $0.verdict == .done }, "\(tool): \(answers)")
        }
    }

    @Test func resourcesAndCompletionsAreOfTheGrant() async throws {
        let test = try await AccessServer()
        let uris = [
            "memory://beta/shared", "memory://bet%61/shared", "memory://%62eta/shared", "memory://beta/beta:shared",
            "memory://alpha/beta:shared", "memory://alpha//beta/shared", "memory://alpha/../beta/shared",
            "memory://alpha/\(AccessWorld.migrated)", "memory://mem/\(AccessWorld.migrated)",
            "memory://beta/\(AccessWorld.migrated)", "memory://alpha/linker", "memory://alpha/derived",
        ]
        for caller in test.world.strangers + test.world.callers {
            let connection = try await test.connect()
            let seesTheirs = caller.scope != nil && caller.includes(AccessWorld.theirs)
            for uri in uris {
                let answer = try await test.message("resources/read", ["uri": .string(uri)], caller, connection)
                let shows = answer.text.contains(AccessWorld.mark)
                #expect(!shows || seesTheirs, "\(caller) \(uri): \(answer.text)")
                if uri == uris[0] { #expect(shows == seesTheirs, "\(caller): \(answer.text)") }
                if caller.scope == nil { #expect(answer.status == 401) }
            }
            let completed = try await test.message(
                "completion/complete",
                [
                    "ref": ["type": "ref/resource", "uri": "memory://{namespace}/{key}"],
                    "argument": ["name": "namespace", "value": ""],
                ], caller, connection)
            let isNamed = completed.text.contains(AccessWorld.theirs)
            #expect(isNamed == (seesTheirs && caller.namespaces != nil), "\(caller): \(completed.text)")
        }
        try await test.stop()
    }
}
