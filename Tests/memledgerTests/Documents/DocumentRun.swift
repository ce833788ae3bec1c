import Foundation
import Testing

/// A document's commands in one shell, in a new folder, as its reader types them.
///
/// The folder holds what a clone has in `Tools`. Nothing can be asked, so what asks is told `--yes`.
struct DocumentRun {
    struct Step {
        var command: ShownCommand
        /// Nil if the shell did not come so far.
        var status: Int32?
        var output: [String]
    }

    var steps: [Step]

    static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL
    /// Where documents say that they are.
    private static let home = "/home/ann"
    private static let mark = "\u{1e}"

    /// - Parameter path: from the repository's root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// What a document takes as given: it is for readers who got these files from others.
    private static let given = [
        "Schemas/AUDITORS.md": """
        export MEMLEDGER_ACTOR=ann
        memledger init && memledger add tea --summary 'Likes green tea' && memledger add coffee --summary Coffee
        memledger keys show --json | grep -o 'memory-ledger/[^"]*' | head -n 1 >team.vkey
        memledger checkpoint --output old.checkpoint && memledger evidence --key tea --output tea.html
        memledger prove tea --output tea.proof && memledger add milk --summary Milk
        memledger checkpoint --output new.checkpoint
        memledger prove --from old.checkpoint --to new.checkpoint --output week.proof
        cp Tools/verify_evidence.py .
        """
    ]

    /// What a reader puts in, and the commands that find it.
    private static let lookedUp = [
        ("EVENT_ID", "memledger log --stream mem/tea --reverse --limit 1 --json | \(field("event_id"))"),
        ("TOKEN_ID", "memledger token list --json | \(field("id"))"),
        ("YOUR_GROUP", "id -gn"),
        ("LEAF", "(printf '\\000'; cat entry) | sha256sum | cut -c 1-64"),
        ("SIBLING", "sed -n 4p tea.proof | base64 -d | xxd -p -c 32"),
    ]

    /// Documents that show commands, from the repository's root.
    static let paths: [String] = {
        let files = FileManager.default.enumerator(
            at: root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil)
        var found = ["README.md"] + given.keys
        while let file = files?.nextObject() as? URL {
            if file.path.contains(".docc/"), file.pathExtension == "md" {
                found.append(String(file.path.dropFirst(root.path.count + 1)))
            }
        }
        return found.sorted().filter { path in
            ((try? text(path)).map(ShownCommand.all) ?? []).contains { !$0.isOfTheRepository }
        }
    }()

    init(_ path: String) async throws {
        let commands = ShownCommand.all(in: try Self.text(path)).filter { !$0.isOfTheRepository }
        let workspace = try Workspace()
        try FileManager.default.createSymbolicLink(
            atPath: workspace.path("Tools"), withDestinationPath: Self.root.appendingPathComponent("Tools").path)
        try FileManager.default.createDirectory(
            atPath: workspace.path("elsewhere"), withIntermediateDirectories: false)
        let program = URL(fileURLWithPath: try RunningCommand.memledger()).resolvingSymlinksInPath().path
        let folder = URL(fileURLWithPath: try RunningCommand.memledger()).deletingLastPathComponent().path
        let environment = [
            "HOME": workspace.folder.path,
            "PATH": "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "")", "LC_ALL": "C.UTF-8",
        ]
        let given = Self.given[path].map { "(\n\($0)\n) >given.txt\n" } ?? ""
        let script = "exec 2>&1\n" + given + commands.map(Self.typed).joined()
        let outcome = try await RunningCommand(
            workspace, "/bin/sh", ["-c", script], input: "", environment: environment
        ).outcome()
        let output = outcome.output.replacing("\r\n", with: "\n").replacing(workspace.folder.path, with: Self.home)
            .replacing("\(Self.home)/elsewhere", with: "/mnt/elsewhere")
            .replacing(" elsewhere/", with: " /mnt/elsewhere/").replacing(program, with: "/usr/local/bin/memledger")
        var parts = output.components(separatedBy: Self.mark).makeIterator()
        steps = commands.map { command in
            let said = parts.next() ?? ""
            let status = parts.next().flatMap(Int32.init)
            var lines = said.components(separatedBy: "\n")
            if lines.last?.isEmpty == true { lines.removeLast() }
            return Step(command: command, status: status, output: lines)
        }
    }

    /// The command, and after it its exit status between marks. What the reader has to look up is looked up.
    private static func typed(_ command: ShownCommand) -> String {
        var text = command.text.replacing("/mnt/elsewhere", with: "elsewhere")
        for (name, command) in lookedUp { text = text.replacing(name, with: "$( \(command))") }
        if command.isAsking { text = text.replacing(/[ ]+# .*/, with: " --yes") }
        return "\(text)\nprintf '\\036%s\\036' $?\n"
    }

    /// The last field of this name in a document.
    private static func field(_ name: String) -> String {
        "sed 's/.*\"\(name)\":\"\\([^\"]*\\)\".*/\\1/'"
    }
}
