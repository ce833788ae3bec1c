import MemoryLedger
import Testing

/// Goal: a timeline as a page and as JSON, with the zeros that a chart wants, and errors that say what to do.
@Suite struct TimelineCommandTests {
    private func filled() async throws -> Workspace {
        let workspace = try Workspace()
        let opened = try await workspace.json("session", "open", "--user", "ann", "--role", "helper")
        let session = try #require(opened["session"]?.string)
        for text in ["Tea", "Green tea", "No tea"] {
            try await workspace.succeed("message", "append", session, "--role", "user", "--content", text)
        }
        try await workspace.succeed("add", "tea", "--summary", "Likes tea", "--namespace", "other")
        return workspace
    }

    @Test func countsAreShownWithZeros() async throws {
        let workspace = try await filled()
        let months = try await workspace.json("timeline", "messages", "--bucket", "month", "--last", "12")
        let buckets = try #require(months["buckets"]?.array)
        #expect(buckets.count == 12 && months["total"] == 3 && months["by"] == .null)
        #expect(buckets.last?["count"] == 3 && buckets.dropLast().allSatisfy { $0["count"] == 0 })
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0["to"] == $1["from"] })
        let users = try await workspace.json("timeline", "messages", "--by", "user", "--last", "1")
        #expect(users["groups"] == [["user": "ann", "count": 3]] && users["group_count"] == 1)
        #expect(users["buckets"]?.array?.first?["groups"] == [["user": "ann", "count": 3]])
        // Everything that happened, by namespace: user, role, session, messages, and a memory.
        let namespaces = try await workspace.json("timeline", "--by", "namespace")
        #expect(namespaces["groups"] == [["namespace": "mem", "count": 6], ["namespace": "other", "count": 1]])
        let then = try await workspace.json("timeline", "messages", "--at", "4")
        #expect(then["total"] == 1)
        let types = try await workspace.json("timeline", "--by", "type", "--limit", "1", "--namespace", "mem")
        #expect(types["groups"] == [["type": "MessageAppended", "count": 3]] && types["group_count"] == 4)
        #expect(types["buckets"]?.array?.last?["count"] == 6)
    }

    @Test func aPageHasBars() async throws {
        let workspace = try await filled()
        let plain = try await workspace.succeed("timeline", "messages", "--bucket", "week", "--last", "2").output
        #expect(plain.contains("3  " + String(repeating: "█", count: 40)) && plain.contains("3 messages in all."))
        let grouped = try await workspace.succeed("timeline", "--by", "type", "--limit", "2").output
        #expect(grouped.contains("MessageAppended") && grouped.contains("OTHERS") && grouped.contains("DAY"))
        #expect(grouped.contains("And 3 types with less.") && grouped.contains("7 events in all."))
        let bytes = try await workspace.succeed("timeline", "bytes", "--by", "namespace").output
        #expect(bytes.contains("bytes in all."))
    }

    @Test(arguments: [
        (["--user", "none"], 1, "There is no user none in namespace mem"),
        (["--session", "none"], 1, "There is no session none in namespace mem"),
        (["--bucket", "minute", "--from", "2020-01-01"], 64, "give a larger bucket than minute"),
        (["--from", "2026-01-02", "--to", "2026-01-01"], 64, "ends before it begins"),
        (["--last", "1001"], 64, "1 to 1000 buckets, not 1001"), (["--bucket", "year"], 64, "year"),
    ])
    func whatCannotBeIsSaid(_ arguments: [String], _ status: Int32, _ message: String) async throws {
        let workspace = try await filled()
        let result = try await workspace.run(["timeline"] + arguments)
        #expect(result.isFailure(status, saying: message), "\(result)")
    }
}
