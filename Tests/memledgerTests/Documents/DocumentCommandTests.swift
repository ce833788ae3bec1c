import Foundation
import Testing

/// Goal: a person who types a document's commands one after another sees what it shows. Method: all of them, read from
/// the documents themselves, each document in a new folder; what it shows is compared but for times, ids and hashes.
@Suite struct DocumentCommandTests {
    private static let isRecording = ProcessInfo.processInfo.environment["MEMLEDGER_RECORD"] != nil

    @Test(arguments: DocumentRun.paths) func everyCommandDoesWhatItShows(path: String) async throws {
        let run = try await DocumentRun(path)
        for step in run.steps {
            let command = step.command
            let place = "\(path):\(command.line): \(command.text)"
            if command.text.hasPrefix("python3 "), !PythonVerifier.isThere { continue }
            // What a command is there to show may be that something is wrong: then its document says so.
            let stated = command.text.firstMatch(of: /# exit status (\d+)/).flatMap { Int32($0.1) }
            let allowed: [Int32] = stated.map { [$0] } ?? [0, 3]
            let status = step.status ?? -1
            #expect(allowed.contains(status), "\(place): \(status) \(step.output)")
            guard !command.output.isEmpty, !Self.isRecording else { continue }
            let isShown = ShownOutput.matches(command.output, step.output)
            let (shown, found) = (command.output.joined(separator: "\n"), step.output.joined(separator: "\n"))
            #expect(isShown, "\(place)\nshown:\n\(shown)\nfound:\n\(found)")
        }
        if Self.isRecording { try Self.record(run, in: path) }
    }

    /// Puts what was found in the place of what is shown and differs. A recorded run is no passed one.
    private static func record(_ run: DocumentRun, in path: String) throws {
        var lines = try DocumentRun.text(path).components(separatedBy: "\n")
        for step in run.steps.reversed() where !step.command.output.isEmpty {
            if ShownOutput.matches(step.command.output, step.output) { continue }
            lines.replaceSubrange(step.command.outputLines, with: step.output)
            Issue.record("recorded \(path):\(step.command.line)")
        }
        let file = DocumentRun.root.appendingPathComponent(path)
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }

    @Test func documentsAreFound() throws {
        #expect(DocumentRun.paths.contains("README.md") && DocumentRun.paths.count > 10)
        let commands = try DocumentRun.paths.flatMap { ShownCommand.all(in: try DocumentRun.text($0)) }
        #expect(commands.count { !$0.isOfTheRepository } > 150)
        #expect(commands.count { !$0.output.isEmpty } > 50)
    }

    /// What is pasted whole builds this repository, or starts a server, which DocumentServerTests does.
    @Test func noBlockIsLeftOut() throws {
        var blocks = 0
        for path in DocumentRun.paths {
            for block in try DocumentRun.text(path).matches(of: /(?s)```(?:sh|bash|shell)\n(.*?)```/) {
                blocks += 1
                let isServer = block.1.contains("memledger serve ") && block.1.contains("curl")
                let tools = [/Tools\//, /git clone/, /swift (?:build|run)/, /apt-get/]
                let builds = tools.contains { block.1.contains($0) }
                #expect(isServer || builds, "\(path): \(block.1)")
            }
        }
        #expect(blocks > 5)
    }

    // MARK: The reading itself

    @Test func promptsAndOutputsAreRead() {
        let document = """
            ```sh
            $ not this
            ```
            ```console
            $ memledger a \\
                --b    # asks
            one
            two
            $ Tools/test
            ```
            $ nor this
            """
        let found = ShownCommand.all(in: document)
        #expect(found.map(\.line) == [5, 9])
        #expect(found[0].text == "memledger a \\\n    --b    # asks" && found[0].isAsking)
        #expect(found[0].output == ["one", "two"] && found[0].outputLines == 6..<8)
        #expect(found[1].isOfTheRepository && found[1].output.isEmpty && !found[1].isAsking)
    }

    @Test(arguments: [
        (["at 2026-01-02T03:04:05.678Z  by ann"], ["at 2027-11-12T13:14:15.167Z by ann"], false),
        (["at 2026-01-02T03:04:05.678Z  by ann"], ["at 2027-11-12T13:14:15.167Z    by ann"], true),
        (["event 01a22e92-7b85-7000-b37a-17c2a8c3b4b9"], ["event 01a22e92-7c0e-7000-a3b5-65fea4266831"], true),
        (["position 3"], ["position 4"], false),
        (["a", "…"], ["a"], true),
        (["a", "…"], ["a", "b", "c"], true),
        (["a", "…", "c"], ["a", "b", "d"], false),
        (["a"], ["a", "b"], false),
        (["rows … of 3"], ["rows 1 of 3"], true),
        (["3 of (4)"], ["3 of 4"], false),
    ])
    func outputsAreCompared(shown: [String], found: [String], isEqual: Bool) {
        #expect(ShownOutput.matches(shown, found) == isEqual)
    }
}
