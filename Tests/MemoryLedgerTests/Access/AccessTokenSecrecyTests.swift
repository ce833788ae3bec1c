import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: the secret of a token is in no place but the answer that makes it, its hash is shown nowhere, and nothing of a
/// token leaves the ledger but with the whole of it. Method: all that a ledger shows is looked through for both.
@Suite(.onEveryBackend) struct AccessTokenSecrecyTests {
    private static let request = AccessTokenRequest(.admin, namespaces: ["research"], actor: "writer", expiry: nil)

    private struct Made {
        let test: TestLedger
        let token: AccessToken
        let text: AccessTokenText
        let hash: [UInt8]

        /// How secret and hash may be written.
        var forbidden: [String] {
            [
                String(text.revealed.suffix(64)), hash.hexadecimal, Data(hash).base64EncodedString(),
            ]
        }

        func isClean(_ shown: String) -> Bool { forbidden.allSatisfy { !shown.contains($0) } }
    }

    private static func made() async throws -> Made {
        let test = try await TestLedger.open { $0.file.randomness = SeededBytes() }
        try await test.ledger.add("tea", MemoryContent(summary: "green"), by: Attribution(actor: "ada"))
        let made = try await test.ledger.createAccessToken(request, by: Attribution(actor: "admin"))
        let kept = try await test.ledger.createAccessToken(request, by: Attribution(actor: "admin"))
        try await test.ledger.revokeAccessToken(made.token.id, reason: "stolen", by: Attribution(actor: "admin"))
        let hash = try await test.ledger.readTables { try AccessTokenRows.find(kept.token.id, $0)?.secretSHA256 }
        return Made(test: test, token: kept.token, text: kept.text, hash: try #require(hash))
    }

    @Test func noneOfItIsShown() async throws {
        let made = try await Self.made()
        let ledger = made.test.ledger
        #expect(made.hash.count == 32 && made.isClean("nothing"))
        for event in try await ledger.events() {
            #expect(made.isClean(try ledger.events.json(of: event).description))
            #expect(made.isClean(try ledger.events.words(of: event)))
            #expect(!String(decoding: event.payload, as: UTF8.self).contains(made.forbidden[0]))
        }
        let words = try await ledger.events().map { try ledger.events.words(of: $0) }
        #expect(words[2] == "\(made.token.id) as writer: admin in research")
        #expect(words[3].hasSuffix(": stolen"))
        let explained = try await ledger.explain(.position(3))
        #expect(explained.projections.allSatisfy { $0.tables.isEmpty })
        #expect(made.isClean("\(explained)"))
        #expect(made.isClean("\(try await ledger.statistics())"))
        #expect(made.isClean(made.token.json(at: made.test.clock.now()).description))
        // What is printed by mistake has no secret either.
        let new = NewAccessToken(token: made.token, text: made.text)
        var dumped = ""
        dump(new, to: &dumped)
        for text in ["\(new)", "\(made.text)", String(reflecting: new), dumped] {
            #expect(made.isClean(text), "\(text)")
        }
        #expect("\(made.text)" == "mlt_\(made.token.id)_…")
        await ledger.close()
    }

    @Test func theMembersOfTheDocumentStay() async throws {
        let made = try await Self.made()
        let json = made.token.json(at: made.test.clock.now())
        #expect(
            json.description == """
                {"id":"\(made.token.id)","actor":"writer","scope":"admin","namespaces":["research"],\
                "state":"in_force","expires_at":null,"created_at":"\(made.token.createdAt.rfc3339)",\
                "created_by":"admin","position":3,"revoked_at":null,"revoked_by":null,"reason":null}
                """)
        await made.test.ledger.close()
    }

    /// The lines before and after are there, and count.
    @Test func anExportLeavesTokensOut() async throws {
        let made = try await Self.made()
        let ledger = made.test.ledger
        try await ledger.add("after", MemoryContent(), by: Attribution(actor: "ada"))
        var bytes: [UInt8] = []
        let report = try await ledger.exportEvents { bytes += $0 }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(report.events == 2 && made.isClean(text) && !text.contains("$ledger/tokens"))
        let other = try await TestLedger.open()
        let imported = try await other.ledger.importEvents(AsyncStream([bytes]))
        #expect(imported.imported == 2 && imported.incomplete.isEmpty && imported.leftOut == 0)
        #expect(try await other.ledger.accessTokens(all: true).tokens.isEmpty)
        #expect(try await other.ledger.all().map(\.id) == ["after", "tea"])
        await other.ledger.close()
        await ledger.close()
    }

    /// What a ledger has decided about itself has no force elsewhere, however it is written down.
    @Test func anImportTakesNoTokens() async throws {
        let made = try await Self.made()
        let event = try #require(try await made.test.ledger.log.event(at: 3))
        let line: JSONValue = [
            "stream": "$ledger/tokens", "type": .string(event.type.rawValue), "event_id": .string(event.id.description),
            "payload": .string(Data(event.payload).base64EncodedString()),
        ]
        let other = try await TestLedger.open()
        let report = try await other.ledger.importEvents(AsyncStream([Array(line.description.utf8)]))
        #expect(report.leftOut == 1 && report.imported == 0)
        let verdict = try await other.ledger.verifyAccessToken(made.text.revealed, now: made.test.clock.now())
        #expect(verdict == .refused(.unknown, id: made.token.id))
        await other.ledger.close()
        await made.test.ledger.close()
    }

    /// Whether a token holds is asked of the present alone.
    @Test func thePastKnowsNothingOfIt() async throws {
        let made = try await Self.made()
        let ledger = made.test.ledger
        let view = try await ledger.asOf(.position(3))
        #expect(try await view.digest().tables.keys.contains("access_tokens") == false)
        #expect(try await ledger.digest().tables.keys.contains("access_tokens") == false)
        let file = made.test.folder.file("then.sqlite")
        let report = try await ledger.checkout(at: .position(4), to: file)
        #expect(!report.digests.keys.contains("access_tokens"))
        let checkout = try TestDatabase(file)
        #expect(try !checkout.connection.hasTable("access_tokens") && checkout.connection.hasTable("memories"))
        checkout.close()
        await ledger.close()
    }

    /// What holds now is in force, whatever moment is asked about otherwise; and a rebuild makes the same rows.
    @Test func aRebuildMakesTheSameRows() async throws {
        let made = try await Self.made()
        let ledger = made.test.ledger
        let before = try await ledger.accessTokens(all: true)
        let report = try await ledger.rebuild(["access_tokens"])
        #expect(report.comparisons.map(\.outcome) == [.equal])
        #expect(try await ledger.accessTokens(all: true) == before && before.tokens.count == 2)
        #expect(try await ledger.verifyProjections().isEqual)
        // A row that somebody has added is found.
        try await made.test.ledger.host.database.onWriter { sqlite in
            try sqlite.execute("UPDATE access_tokens SET revoked_position = NULL, scope = 'admin'")
        }
        #expect(try await !ledger.verifyProjections(["access_tokens"]).isEqual)
        try await ledger.rebuild(["access_tokens"], onDifference: .replace)
        #expect(try await ledger.accessTokens(all: true) == before)
        await ledger.close()
    }

    @Test func itIsNotUndone() async throws {
        let made = try await Self.made()
        for position in [Position(3), 4] {
            let event = try #require(try await made.test.ledger.log.event(at: position))
            let error = await #expect(throws: MemoryLedgerError.self) {
                _ = try await made.test.ledger.planUndo(.events([event.id]))
            }
            #expect(error?.code == .cannotUndo && error?.message.contains("`token ") == true)
        }
        await made.test.ledger.close()
    }

    /// Only its own stream speaks, and what was said once stands.
    @Test func anEventElsewhereMeansNothing() async throws {
        let made = try await Self.made()
        let ledger = made.test.ledger
        let event = try #require(try await ledger.log.event(at: 3))
        func again(_ type: EventType, _ payload: [UInt8], in stream: StreamName) async throws {
            let id = ledger.options.ids.next(at: made.test.clock.now())
            _ = try await ledger.log.append(to: stream, [NewEvent(id: id, type: type, payload: payload)])
        }
        let revocation = try AccessTokenEvent.revoked(id: made.token.id, reason: nil, isCarriedOver: false).payload()
        try await again(AccessTokenEvent.Name.revoked, revocation, in: "mem/x")
        #expect(try await ledger.accessToken(for: made.text.revealed, now: made.test.clock.now()) == made.token)
        try await again(AccessTokenEvent.Name.revoked, revocation, in: AccessTokenEvent.stream)
        // The same token once more is no new one.
        try await again(event.type, event.payload, in: AccessTokenEvent.stream)
        let verdict = try await ledger.verifyAccessToken(made.text.revealed, now: made.test.clock.now())
        #expect(verdict == .refused(.revoked, id: made.token.id))
        try await made.test.expectRebuildChangesNothing()
        await ledger.close()
    }
}
