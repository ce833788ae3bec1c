import AgentContext
import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Two users, ann and bob, whose sessions share an agent, in a ledger that protects its sessions.
struct ProtectedContext {
    let folder: ContextLedger
    let ledger: MemoryLedger
    let context: AgentContext
    let ann: SessionState
    let bob: SessionState

    static let notes = BlockReference("notes", of: .agent("tea"))

    init(protects: Bool = true) async throws {
        folder = try ContextLedger()
        ledger = try await Self.open(folder)
        context = folder.context(ledger)
        if protects { try await context.protectSessions() }
        try await context.setAgent("tea")
        ann = try await Self.session("ann", context)
        bob = try await Self.session("bob", context)
    }

    static func open(_ folder: ContextLedger, hasKey: Bool = true) async throws -> MemoryLedger {
        let key = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        return try await folder.open { options in
            if hasKey { options.file.masterKey = key }
        }
    }

    static func session(_ user: String, _ context: AgentContext) async throws -> SessionState {
        var request = SessionRequest(user: user, role: "helper")
        request.agent = "tea"
        return try await context.open(request)
    }

    /// The block that both have, as one of them edits it.
    func notes(in session: SessionState) -> BlockReference { BlockReference("notes", of: .session(session.id)) }

    @discardableResult
    func say(_ text: String, _ session: SessionState) async throws -> AppendedMessage {
        try await context.append(SessionMessage(.user, text), to: session.key)
    }

    @discardableResult
    func insert(_ text: String, _ session: SessionState?, for user: String? = nil) async throws -> InsertedPassage {
        var passage = NewPassage(text)
        (passage.session, passage.user) = (session?.id, user)
        return try await context.insert(passage, into: "archive")
    }

    @discardableResult
    func erase(_ user: String, in namespace: String? = nil) async throws -> ErasureReceipt {
        let receipt = try await ledger.erase(
            .user(user, in: namespace), reason: "\(user) asked", by: Attribution(actor: "admin"))
        #expect(receipt.purgeProblem == nil)
        return receipt
    }

    var head: Position { get async throws { try await (ledger.log as any EventLog).head() } }

    /// Tables that are made again are the same.
    func expectRebuilt(_ what: String = "", sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest, "\(what)", sourceLocation: sourceLocation)
    }

    /// In which files of the folder one of the texts stands.
    func files(with texts: [String]) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.folder.path).sorted().flatMap { path in
            let bytes = (try? Data(contentsOf: folder.folder.appending(path: path))) ?? Data()
            return texts.filter { bytes.range(of: Data($0.utf8)) != nil }.map { "\(path): \($0)" }
        }
    }
}
