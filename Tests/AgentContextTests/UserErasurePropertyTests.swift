import AgentContext
import EventLog
import EventLogTesting
import Foundation
import Testing

@testable import MemoryLedger

/// Goal: no matter who edits, archives and says what, an erasure of a user leaves exactly what others said, now,
/// rebuilt and as of every moment, and not a byte of the user's. Method: 120 steps of three users by chance on blocks
/// and an archive that they share, beside a plain model; two of them are erased, with steps in between.
@Suite struct UserErasurePropertyTests {
    private static let users = ["ann", "bob", "eve"]
    private static let labels = ["human", "notes"]

    /// A version of a block: whom the event is for, and whose text it says.
    private struct Version {
        var text: String
        var users: Set<String>
        var textUsers: Set<String>
        var position: Position
        var isErased = false
    }

    private struct Model {
        var blocks: [String: [Version]] = [:]
        var passages: [(text: String, users: Set<String>)] = []
        var messages: [String: Int] = [:]

        /// What each version of a block says.
        func says(_ label: String, at position: Position = .max) -> [String] {
            var said = ""
            return (blocks[label] ?? []).filter { $0.position <= position }.map { version in
                if !version.isErased { said = version.text }
                return said
            }
        }

        mutating func erase(_ user: String) {
            blocks = blocks.mapValues { versions in
                versions.map { version in
                    var version = version
                    if version.users.contains(user) { version.isErased = true }
                    return version
                }
            }
            // What falls back is of those whose text it is.
            passages.removeAll { $0.users.contains(user) }
            messages[user] = nil
        }

        /// Whose text a block says.
        func users(of label: String) -> Set<String> {
            (blocks[label] ?? []).last { !$0.isErased }?.textUsers ?? []
        }
    }

    private var seed: UInt64 {
        ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
    }

    @Test func othersKeepWhatIsTheirs() async throws {
        let seed = seed
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let test = try await ProtectedContext()
        let eve = try await ProtectedContext.session("eve", test.context)
        var sessions = ["ann": test.ann, "bob": test.bob, "eve": eve]
        var model = Model()
        for step in 1...80 { try await self.step(step, test, sessions, &model, &random) }
        try await erase("ann", test, sessions, &model, "seed \(seed)")
        sessions["ann"] = nil
        for step in 81...120 { try await self.step(step, test, sessions, &model, &random) }
        try await expect(model, test, sessions, "seed \(seed), between")
        try await erase("bob", test, sessions, &model, "seed \(seed)")
        sessions["bob"] = nil
        await test.ledger.close()
        #expect(try test.files(with: ["<ann-", "<bob-"]) == [], "seed \(seed)")
    }

    private func step(
        _ step: Int, _ test: ProtectedContext, _ sessions: [String: SessionState], _ model: inout Model,
        _ random: inout SeededRandom
    ) async throws {
        let user = Self.users.filter { sessions[$0] != nil }.randomElement(using: &random) ?? "eve"
        guard let session = sessions[user] else { return }
        let text = "<\(user)-\(step)>"
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1:
            try await test.say(text, session)
            model.messages[user, default: 0] += 1
        case 2:
            let other = Self.users.filter { sessions[$0] != nil }.randomElement(using: &random) ?? user
            try await test.insert(text, session, for: Bool.random(using: &random) ? other : nil)
            let users = try await test.ledger.passages(PassageQuery("archive")).passages.first?.passage.user
            model.passages.append((text, [user, users ?? user]))
        default: try await edit(text, user, session, test, &model, &random)
        }
    }

    private func edit(
        _ text: String, _ user: String, _ session: SessionState, _ test: ProtectedContext, _ model: inout Model,
        _ random: inout SeededRandom
    ) async throws {
        let label = Self.labels.randomElement(using: &random) ?? "human"
        let versions = model.blocks[label] ?? []
        let change: BlockChange =
            switch Int.random(in: 0..<8, using: &random) {
            case 0 where !versions.isEmpty: .undo
            case 1 where !versions.isEmpty: .redo
            case 2 where !versions.isEmpty:
                .restore(version: Int64.random(in: 1...Int64(versions.count), using: &random))
            case 3...4 where !versions.isEmpty: .append(text)
            case 5 where !versions.isEmpty: .insert(text, line: 1)
            default: .set(text)
            }
        let reference = BlockReference(label, of: .session(session.id))
        do {
            let state = try await test.context.change(reference, change)
            let position = try await test.head
            guard state.version > versions.count else { return }
            var textUsers: Set<String> = [user]
            var eventUsers = textUsers
            switch change {
            case .set: break
            case .undo, .redo, .restore:
                let row = try await test.ledger.history(of: reference, limit: 1)
                let content = Int(row.first?.content ?? 0)
                // One that was reverted to says what it was left with.
                textUsers = content > 0 && content <= versions.count ? versions[content - 1].textUsers : []
                if content > 0, content <= versions.count, versions[content - 1].isErased { textUsers = [] }
                eventUsers.formUnion(textUsers)
            default:
                textUsers.formUnion(model.users(of: label))
                eventUsers = textUsers
            }
            #expect(Set(state.users) == textUsers)
            model.blocks[label, default: []].append(
                Version(text: state.block.value.text, users: eventUsers, textUsers: textUsers, position: position))
        } catch let error as AgentContextError {
            #expect([.nothingToUndo, .nothingToRedo].contains(error.code), "\(error)")
        }
    }

    private func erase(
        _ user: String, _ test: ProtectedContext, _ sessions: [String: SessionState], _ model: inout Model,
        _ what: String
    ) async throws {
        let hasPart =
            model.messages[user] != nil || model.passages.contains { $0.users.contains(user) } || sessions[user] != nil
        #expect(hasPart)
        let positions = try await test.head
        try await test.erase(user)
        model.erase(user)
        var left = sessions
        left[user] = nil
        try await expect(model, test, left, "\(what), without \(user)")
        try await test.expectRebuilt("\(what), without \(user)")
        try await expect(model, test, left, "\(what), rebuilt without \(user)")
        for position in stride(from: 1, through: positions, by: 7) {
            let then = try await test.ledger.asOf(.position(position))
            for label in Self.labels {
                guard let said = model.says(label, at: position).last else { continue }
                let reference = BlockReference(label, of: .agent("tea"))
                let text = try await then.block(reference).block.value.text
                #expect(text == said, "\(what), \(label) at \(position)")
            }
        }
    }

    private func expect(
        _ model: Model, _ test: ProtectedContext, _ sessions: [String: SessionState], _ what: String
    ) async throws {
        for label in Self.labels where model.blocks[label] != nil {
            let history = try await test.ledger.history(
                of: BlockReference(label, of: .agent("tea")), limit: 1_000)
            #expect(history.reversed().map(\.value.text) == model.says(label), "\(what), \(label)")
        }
        var query = PassageQuery("archive")
        query.limit = 1_000
        let passages = try await test.ledger.passages(query).passages.map(\.passage.content)
        #expect(passages.reversed() == model.passages.map(\.text), "\(what)")
        for (user, session) in sessions {
            let messages = try await test.ledger.session(session.key).messages
            #expect(messages == Int64(model.messages[user] ?? 0), "\(what), \(user)")
        }
    }
}
