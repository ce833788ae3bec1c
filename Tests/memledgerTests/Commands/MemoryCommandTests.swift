import MemoryLedger
import Testing

/// Goal: the commands on memories do what they say and print the documents that they document.
/// Method: the command as a process, a memory through its life.
@Suite struct MemoryCommandTests {
    @Test func addPrintsTheMemory() async throws {
        let workspace = try Workspace()
        let added = try await workspace.json(
            "add", "tea", "--summary", "Likes tea", "--text", "a\nb", "--domain", "food", "--type", "design",
            "--keyword", "k1", "--keyword", "k2", "--link", "bug:0.25:term:a:b:c", "--link", "design::t:", "--link",
            "x:1:t")
        #expect(
            added.object?.members.map(\.name) == [
                "namespace", "key", "domain", "summary", "text", "type", "keywords", "links", "meta",
            ])
        #expect(added["namespace"] == "mem" && added["key"] == "tea" && added["text"] == "a\nb")
        #expect(added["keywords"] == ["k1", "k2"])
        #expect(
            added["links"]?.description == """
                [{"type":"bug","key":"a:b:c","term":"term","weight":0.25},{"type":"design","term":"t","weight":0.5},\
                {"type":"x","term":"t","weight":1}]
                """)
        #expect(
            added["meta"]?.object?.members.map(\.name) == [
                "id", "created_at", "last_accessed_at", "last_linked_at", "in_degree", "out_degree", "access_count",
                "traverse_count", "status",
            ])
        #expect(try await workspace.json("get", "tea") == added)
        let again = try await workspace.run(["add", "tea"])
        #expect(again.isFailure(1, saying: "update it"), "\(again)")
    }

    @Test(arguments: ["-", "value.json"])
    func aValueComesFromAFileOrStandardInput(source: String) async throws {
        let workspace = try Workspace()
        let text = #"{"summary":"s","links":[{"type":"bug","term":"t","key":null}],"meta":{},"unknown":1}"#
        try workspace.write("value.json", text)
        let added = try await workspace.json("add", "k", "--value", source, "--namespace", "n", input: text)
        #expect(added["namespace"] == "n" && added["summary"] == "s" && added["extra"] == nil)
        #expect(added["links"]?.description == #"[{"type":"bug","term":"t","weight":0.5}]"#)
        // What `get` prints can be given to `add`.
        let copied = try await workspace.json("add", "copy", "--value", "-", input: added.description)
        #expect(copied["links"] == added["links"])
    }

    /// Every verb takes it for the key without, and says so.
    @Test func aKeyMayBeginWithItsNamespace() async throws {
        let workspace = try Workspace()
        let added = try await workspace.json("add", "mem:tea", "--summary", "s")
        #expect(added["key"] == "tea" && added["meta"]?["id"] == "tea")
        #expect(try await workspace.json("get", "mem:tea") == added)
        #expect(try await workspace.json("get", "mem:tea", "--at", "1") == added)
        #expect(try await workspace.json("update", "mem:tea", "--text", "t")["key"] == "tea")
        let link = try await workspace.json("link", "mem:tea", "mem:cup", "--type", "bug")
        #expect(link["from"] == "tea" && link["to"] == "mem:cup")
        try await workspace.succeed("add", "cup", "--derived-from", "mem:tea")
        let cup = try await workspace.json("get", "cup")
        #expect(cup["meta"]?["in_degree"] == 1 && cup["provenance"]?["derived_from"]?.array?.first?["key"] == "tea")
        let own = try await workspace.run(["update", "cup", "--text", "t", "--derived-from", "mem:cup"])
        #expect(own.isFailure(64, saying: "derived from itself"), "\(own)")
        let renamed = try await workspace.json("rename", "mem:tea", "mem:green")
        #expect(renamed["old_key"] == "tea" && renamed["new_key"] == "green")
        #expect(try await workspace.json("unlink", "mem:green", "cup")["from"] == "green")
        #expect(try await workspace.json("history", "mem:green")["entries"]?.array?.count == 5)
        #expect(try await workspace.json("blame", "mem:green")["key"] == "green")
        let differences = try await workspace.json("diff", "--from", "1", "--key", "mem:green")["differences"]
        #expect(differences?.array?.count == 1)
        #expect(try await workspace.json("delete", "mem:green")["key"] == "green")
        let again = try await workspace.run(["add", "mem:cup"])
        #expect(again.isFailure(1, saying: "a memory cup in namespace mem"), "\(again)")
    }

    @Test func updateChangesOnlyWhatIsGiven() async throws {
        let workspace = try Workspace()
        try await workspace.succeed(
            "add", "k", "--summary", "s", "--text", "t", "--keyword", "a", "--link", "bug:1:t:x")
        let updated = try await workspace.json("update", "k", "--keyword", "b", "--summary", "")
        #expect(updated["summary"] == "" && updated["text"] == "t" && updated["keywords"] == ["b"])
        #expect(updated["links"]?.array?.count == 1)
        let emptied = try await workspace.json("update", "k", "--value", "-", input: #"{"links":[],"type":"new"}"#)
        #expect(emptied["links"] == [] && emptied["type"] == "new" && emptied["keywords"] == ["b"])
        for key in ["k", "missing"] {
            let arguments = ["update", key] + (key == "k" ? [] : ["--summary", "s"])
            let outcome = try await workspace.run(arguments)
            #expect(outcome.isFailure(key == "k" ? 64 : 1, saying: key == "k" ? "Nothing to change" : "no memory"))
        }
    }

    @Test func renameDeleteAndLinks() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "a")
        try await workspace.succeed("add", "b", "--namespace", "mem")
        let linked = try await workspace.json("link", "a", "b", "--type", "bug", "--term", "t", "--weight", "0.75")
        #expect(linked.description == #"{"namespace":"mem","from":"a","to":"b","type":"bug","term":"t","weight":0.75}"#)
        #expect(try await workspace.json("get", "b")["meta"]?["in_degree"] == 1)
        let taken = try await workspace.run(["rename", "a", "b"])
        #expect(taken.isFailure(1, saying: "choose another key"))
        let renamed = try await workspace.json("rename", "b", "c")
        #expect(renamed.description == #"{"namespace":"mem","old_key":"b","new_key":"c"}"#)
        #expect(try await workspace.json("get", "a")["links"]?.array?.first?["key"] == "c")
        let unlinked = try await workspace.json("unlink", "a", "c", "--type", "bug")
        #expect(unlinked.description == #"{"namespace":"mem","from":"a","to":"c","type":"bug","term":null}"#)
        #expect(try await workspace.run(["unlink", "a", "c"]).isFailure(1, saying: "no such link"))
        let deleted = try await workspace.json("delete", "c")
        #expect(deleted.description == #"{"deleted":true,"namespace":"mem","key":"c"}"#)
        #expect(try await workspace.run(["delete", "c"]).isFailure(1, saying: "no memory c"))
        #expect(try await workspace.run(["get", "c", "--json"]).isFailure(1, saying: "no memory c"))
    }

    @Test func countingAnAccessIsAnEvent() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "k")
        #expect(try await workspace.json("get", "k")["meta"]?["access_count"] == 0)
        let counted = try await workspace.json("get", "k", "--count", "--as", "me", "--request", "r")
        #expect(counted["meta"]?["access_count"] == 1)
        let event = try #require(try await workspace.json("log", "--reverse", "--limit", "1")["events"]?.array?.first)
        #expect(event["type"] == "MemoryAccessed" && event["actor"] == "me" && event["correlation_id"] == "r")
    }

    @Test func listGoesPageByPageAndFilters() async throws {
        let workspace = try Workspace()
        let lines = (0..<7).map { number in
            #"{"stream":"\#(number < 5 ? "mem" : "ns")/k\#(number)","type":"MemoryAdded","#
                + #""event_id":"0199c2a8-1c00-7abc-8def-0123456789a\#(number)","payload":"CgMKAWQ="}"#
        }
        try await workspace.succeed("import", "-", input: lines.joined(separator: "\n"))
        var keys: [String] = []
        var page = try await workspace.json("list", "--limit", "3")
        while true {
            keys += page["memories"]?.array?.compactMap { $0["key"]?.string } ?? []
            guard let next = page["next"]?.string else { break }
            page = try await workspace.json("list", "--limit", "3", "--after", next)
        }
        #expect(keys == (0..<7).map { "k\($0)" } && page["next"] == .null)
        for (arguments, count) in [
            (["--namespace", "ns"], 2), (["--domain", "d"], 7), (["--domain", "x"], 0), (["--status", "active"], 7),
            (["--status", "cold"], 0), (["--type", "x"], 0),
        ] {
            let found = try await workspace.run(["list", "--json"] + arguments)
            #expect(try found.json()["memories"]?.array?.count == count, "\(arguments)")
        }
        let person = try await workspace.succeed("list", "--limit", "2").output
        #expect(
            person == """
                NAMESPACE  KEY  TYPE  DOMAIN  STATUS  LINKS  SUMMARY
                mem        k0         d       active      0
                mem        k1         d       active      0
                More: add --after WyJtZW0iLCJrMSJd

                """)
    }
}
