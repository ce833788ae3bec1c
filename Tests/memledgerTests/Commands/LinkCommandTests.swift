import Foundation
import MemoryLedger
import Testing

/// Goal: the commands about links print the documents that they document and a page that a person can read, and a
/// drawing is whole or not there. Method: the command as a process over a small ledger, with programs that stand for
/// Graphviz's.
@Suite struct LinkCommandTests {
    /// tea → cup (0.5) → pot (1), tea → pot (0.25), pot → none; alone has no links.
    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "pot", "--summary", "A pot", "--link", "bug:1:t:none")
        try await workspace.succeed("add", "cup", "--summary", "A cup", "--link", "design:1:for:pot")
        try await workspace.succeed(
            "add", "tea", "--summary", "Green \"tea\"", "--link", "design:0.5:in:cup", "--link", "bug:0.25:from:pot")
        try await workspace.succeed("add", "alone", "--summary", "Alone")
        return workspace
    }

    @Test func links() async throws {
        let workspace = try await workspace()
        let page = try await workspace.json("links", "cup")
        #expect(page["total"] == 2 && page["next"] == .null && page["key"] == "cup")
        #expect(
            page["neighbours"]?.description
                == #"[{"direction":"out","key":"pot","summary":"A pot","from":"cup","to":"pot","type":"design","#
                + #""term":"for","weight":1},{"direction":"in","key":"tea","summary":"Green \"tea\"","from":"tea","#
                + #""to":"cup","type":"design","term":"in","weight":0.5}]"#)
        let first = try await workspace.json("links", "pot", "--limit", "1")
        let next = try #require(first["next"]?.string)
        let second = try await workspace.json("links", "pot", "--limit", "1", "--after", next)
        #expect(first["neighbours"]?.array?[0]["summary"] == .null && second["neighbours"]?.array?[0]["key"] == "cup")
        let some = try await workspace.json(
            "links", "pot", "--direction", "in", "--type", "bug", "--least-weight", "0.2")
        #expect(some["neighbours"]?.array?.map { $0["key"] } == ["tea"] && some["total"] == 1)
        #expect(try await workspace.json("links", "pot", "--at", "1")["total"] == 1)
        let person = try await workspace.succeed("links", "pot", "--limit", "2").output
        #expect(person.contains("(no memory)") && person.contains("A cup") && person.contains("2 of 3 links"))
        #expect(try await workspace.run(["links", "none"]).isFailure(1, saying: "no memory none"))
    }

    @Test func whatIsNotable() async throws {
        let workspace = try await workspace()
        let hubs = try await workspace.json("links", "--hubs")
        #expect(hubs["hubs"]?.array?.map { [$0["key"], $0["links"]] } == [["pot", 2], ["cup", 1]])
        #expect(try await workspace.json("links", "--hubs", "--direction", "out")["hubs"]?.array?[0]["key"] == "tea")
        let help = try await workspace.succeed("links", "--help").output.split(whereSeparator: \.isWhitespace)
        #expect(
            help.joined(separator: " ").contains("--hubs The memories that the most links point at, unless --direction")
        )
        let orphans = try await workspace.json("links", "--orphans")
        #expect(orphans["memories"]?.array?.map { $0["key"] } == ["alone", "tea"])
        let isolated = try await workspace.json("links", "--orphans", "--isolated")
        #expect(isolated["memories"]?.array?.map { $0["key"] } == ["alone"])
        let components = try await workspace.json("links", "--components", "--least-size", "1")
        #expect(components["total"] == 2 && components["components"]?.array?[0]["keys"] == ["cup", "pot", "tea"])
        let dangling = try await workspace.json("links", "--dangling")
        #expect(dangling["links"]?.array?.map { [$0["from"], $0["to"]] } == [["pot", "none"]])
        for notable in ["--hubs", "--orphans", "--components", "--dangling"] {
            let person = try await workspace.succeed("links", notable).output
            #expect(
                person.contains("pot") || notable == "--orphans" && person.contains("alone"), "\(notable): \(person)")
        }
    }

    @Test func path() async throws {
        let workspace = try await workspace()
        let short = try await workspace.json("path", "tea", "pot")
        #expect(short["found"] == true && short["weight"] == 0.25)
        #expect(short["memories"]?.array?.map { $0["key"] } == ["tea", "pot"])
        let strong = try await workspace.json("path", "tea", "pot", "--order", "weight")
        #expect(strong["memories"]?.array?.map { $0["key"] } == ["tea", "cup", "pot"] && strong["weight"] == 0.5)
        let person = try await workspace.succeed("path", "pot", "tea", "--direction", "in", "--order", "weight").output
        #expect(person.contains("←") && person.contains("A cup"))
        let none = try await workspace.run(["path", "pot", "tea", "--json"])
        #expect(none.status == 3 && none.error.isEmpty)
        #expect(try none.json()["found"] == false)
        #expect(try await workspace.run(["path", "tea", "alone"]).output.contains("No way of at most 32 links."))
        #expect(try await workspace.run(["path", "tea", "none"]).isFailure(1, saying: "no memory none"))
    }

    @Test func bulk() async throws {
        let workspace = try await workspace()
        let read = try await workspace.json("bulk", "tea")
        #expect(read["associatedMemories"]?.array?.map { $0["key"] } == ["cup", "pot"])
        #expect(read["metadata"] == ["depthReached": 2, "totalRetrieved": 3, "duplicatesSkipped": 1])
        let person = try await workspace.succeed("bulk", "tea", "--depth", "1", "--breadth", "1", "--limit", "2").output
        #expect(person.contains("A cup") && !person.contains("A pot"))
    }

    // MARK: Drawing

    @Test func graphWithoutGraphviz() async throws {
        let workspace = try await workspace()
        let dot = try await workspace.succeed("graph", "tea").output
        #expect(dot.hasPrefix("digraph memories {\n") && dot.hasSuffix("}\n"))
        #expect(dot.contains(#"n0 [label="tea\nGreen \"tea\"", penwidth=2];"#), "\(dot)")
        #expect(dot.contains(#"n0 -> n1 [label="design: in", penwidth=1.5];"#), "\(dot)")
        #expect(dot.count { $0 == ">" } == 3, "\(dot)")
        let json = try await workspace.json("graph", "tea", "--depth", "1")
        #expect(json["memories"]?.array?.map { $0["key"] } == ["tea", "cup", "pot"] && json["cut"] == false)
        #expect(json["links"]?.array?.count == 3)
        #expect(try await workspace.succeed("graph", "tea", "--format", "json").output.hasPrefix("{"))
        // Into a file, which is not replaced unless that is asked for.
        let said = try await workspace.succeed("graph", "tea", "--output", "g.dot").output
        #expect(said.contains("3 memories and 3 links"))
        #expect(try workspace.read("g.dot") == dot)
        #expect(try await workspace.run(["graph", "pot", "--output", "g.dot"]).status == 1)
        #expect(try workspace.read("g.dot") == dot)
        let document = try await workspace.json("graph", "pot", "--limit", "1", "--output", "g.dot", "--force")
        #expect(document["file"] == "g.dot" && document["cut"] == true)
        #expect(try workspace.read("g.dot") != dot)
        // The end of the name says what it is; any other goes with --format.
        try await workspace.succeed("graph", "tea", "--output", "G.JSON")
        #expect(try workspace.read("G.JSON").hasPrefix("{"))
        #expect(try await workspace.run(["graph", "tea", "--output", "g.png"]).status == 64)
        #expect(!workspace.exists("g.png"))
        try await workspace.succeed("graph", "tea", "--output", "g.gv", "--format", "dot")
        #expect(try workspace.read("g.gv") == dot)
        let missing = try await workspace.run(
            ["graph", "tea", "--output", "g.svg"], environment: ["PATH": workspace.path("")])
        #expect(missing.isFailure(1, saying: "install Graphviz"), "\(missing)")
        #expect(!workspace.exists("g.svg"))
    }

    /// A program in the place of Graphviz's. Another process makes the file: if this one wrote it, a process that
    /// another test starts meanwhile could hold it open for a moment, and what is open for writing cannot be run ("text
    /// file busy").
    private func install(_ script: String, _ workspace: Workspace) async throws -> [String: String] {
        try FileManager.default.createDirectory(atPath: workspace.path("bin"), withIntermediateDirectories: true)
        try workspace.write("dot.sh", "#!/bin/sh\n\(script)\n")
        let installed = try await RunningCommand(
            workspace, "install", ["-m", "755", workspace.path("dot.sh"), workspace.path("bin/dot")], input: "",
            environment: [:]
        ).outcome()
        try #require(installed.status == 0, "\(installed)")
        return ["PATH": "\(workspace.path("bin")):/usr/bin:/bin"]
    }

    @Test func aDrawingIsWholeOrNotThere() async throws {
        let workspace = try await workspace()
        let good = try await install(
            "echo \"<svg>$1 $2\" > \"$3\"; cat \"$4\" >> \"$3\"; echo '</svg>' >> \"$3\"", workspace)
        let drawn = try await workspace.run(["graph", "tea", "--output", "g.svg"], environment: good)
        #expect(drawn.status == 0, "\(drawn)")
        let svg = try workspace.read("g.svg")
        #expect(svg.hasPrefix("<svg>-Tsvg -o\ndigraph memories {") && svg.hasSuffix("</svg>\n"), "\(svg)")
        let printed = try await workspace.run(["graph", "tea", "--format", "svg"], environment: good)
        #expect(printed.output == svg)
        let bad = try await install("echo half > \"$3\"; printf 'no\\033[1m memory' >&2; exit 7", workspace)
        let failed = try await workspace.run(["graph", "tea", "--output", "h.svg"], environment: bad)
        #expect(failed.isFailure(1, saying: "dot failed with status 7: no [1m memory."), "\(failed)")
        let silent = try await install("exit 0", workspace)
        let nothing = try await workspace.run(["graph", "tea", "--output", "h.svg"], environment: silent)
        #expect(nothing.isFailure(1, saying: "written nothing"), "\(nothing)")
        #expect(!workspace.exists("h.svg"))
    }

    /// A command that is interrupted ends the program that draws for it.
    @Test func anInterruptionEndsTheDrawing() async throws {
        let workspace = try await workspace()
        let slow = try await install("echo $$ > \"\(workspace.path("pid"))\"; exec sleep 600", workspace)
        let command = try workspace.start(["graph", "tea", "--output", "g.svg"], environment: slow)
        while ((try? workspace.read("pid")) ?? "").isEmpty {
            try #require(!command.hasEnded, "the command has ended before it drew anything")
            try await Task.sleep(for: .milliseconds(20))
        }
        command.interrupt()
        let outcome = try await command.outcome()
        #expect(outcome.status == 130, "\(outcome)")
        let id = try #require(pid_t(try workspace.read("pid").filter(\.isNumber)))
        #expect(kill(id, 0) != 0 && !workspace.exists("g.svg"))
    }
}
