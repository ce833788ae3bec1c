import FaultLaboratory
import Foundation
import Testing

/// Goal: the interposer counts, records, fails and kills the call it is told to, and no other. Method: small children
/// (`sh`, `dd`) whose calls are known.
@Suite(.enabled(if: FaultInterposer.isSupported, "LD_PRELOAD is Linux's")) struct InterposerTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func shell(_ faults: FaultInjection, _ script: String) async throws -> TestChild.End {
        try await TestChild(
            "/bin/sh", ["-c", "cd '\(folder.path)' && \(script)"], environment: faults.environment
        ).wait()
    }

    private func inject(
        at: Int? = nil, _ kind: FaultKind = .eio, sticky: Bool = false, operations: Set<FaultOperation> = [],
        suffix: String = ""
    ) throws -> FaultInjection {
        try FaultInjection(
            FaultPlan(
                folder: folder.path, at: at, kind: kind, sticky: sticky, operations: operations, suffix: suffix))
    }

    @Test func callsOfSeveralProcessesAreCountedAndTraced() async throws {
        let faults = try inject()
        let end = try await shell(
            faults,
            "echo a > one; mkdir sub; dd if=one of=two bs=1 count=2 conv=fsync; mv -T two sub/two; rm one; rmdir none"
        )
        #expect(end.status != 0)
        let calls = try faults.trace()
        #expect(
            calls.map { "\($0.operation) \($0.path)" } == [
                "create one", "write one", "mkdir sub", "create two", "write two", "write two", "fsync two",
                "rename sub/two", "unlink one",
            ])
        #expect(calls.map(\.number) == Array(1...9))
        #expect(try faults.count == 9 && faults.hits == 0)
        #expect(Set(calls.map(\.process)).count == 5)
    }

    @Test func filesElsewhereAndStandardStreamsAreLeftAlone() async throws {
        let other = try ScratchFolder()
        let faults = try inject(at: 1, sticky: true)
        // The name of the folder is a prefix of another one's, and a link leads out of it.
        let script = """
            mkdir '\(folder.path)-beside'; rmdir '\(folder.path)-beside'; echo b > '\(other.path("b"))'; echo c; \
            echo d > /dev/null
            """
        let end = try await shell(faults, script)
        #expect(end.status == 0 && end.output == "c\n", "\(end.error)")
        #expect(try faults.count == 0)
    }

    @Test func pathsAreResolved() async throws {
        let other = try ScratchFolder()
        try FileManager.default.createSymbolicLink(atPath: other.path("in"), withDestinationPath: folder.path)
        let faults = try inject()
        let end = try await shell(faults, "mkdir a; cd a; echo x > ../b; cd '\(other.path)'; echo y > in/a/c")
        #expect(end.status == 0, "\(end.error)")
        #expect(try faults.trace().map(\.path) == ["a", "b", "b", "a/c", "a/c"])
    }

    @Test(arguments: [
        (FaultKind.eio, "Input/output error"), (.enospc, "No space left on device"), (.error(EROFS), "Read-only"),
    ])
    func theCallFailsOnceWithItsError(kind: FaultKind, says: String) async throws {
        let faults = try inject(at: 2, kind)
        let end = try await shell(faults, "mkdir a; LC_ALL=C mkdir b; mkdir c")
        #expect(end.status == 0 && end.error.contains(says), "\(end.error)")
        #expect(try folder.names() == ["a", "c"] && faults.hits == 1 && faults.count == 3)
    }

    @Test func aStickyFaultStays() async throws {
        let faults = try inject(at: 2, sticky: true)
        _ = try await shell(faults, "mkdir a; mkdir b; mkdir c")
        #expect(try folder.names() == ["a"] && faults.hits == 2)
    }

    @Test func aShortWriteWritesHalf() async throws {
        try folder.write("source", String(repeating: "s", count: 1_000))
        let faults = try inject(at: 1, .short, operations: FaultOperation.movingBytes)
        let end = try await shell(faults, "dd if=source of=target bs=1000 count=1")
        // dd writes the rest by a second call.
        #expect(try faults.count == 2 && end.status == 0, "\(end.error)")
        #expect(try folder.read("target").count == 1_000)
        #expect(try faults.trace().map(\.operation) == ["write", "write"])
    }

    @Test(arguments: [(FaultKind.killBefore, ["a"]), (.killAfter, ["a", "b"])])
    func aKillIsBeforeOrAfterTheCall(kind: FaultKind, left: [String]) async throws {
        let faults = try inject(at: 2, kind)
        let end = try await shell(faults, "mkdir a; exec mkdir b c")
        #expect(end.status == 128 + SIGKILL && !end.hung)
        #expect(try folder.names() == left)
    }

    @Test(.timeLimit(.minutes(10))) func aStoppedProcessGoesOn() async throws {
        let faults = try inject(at: 2, .stopBefore)
        let child = try TestChild(
            "/bin/sh", ["-c", "cd '\(folder.path)' && mkdir a && exec mkdir b c"], environment: faults.environment)
        while try faults.hits == 0, !child.hasEnded { try await Task.sleep(for: .milliseconds(2)) }
        #expect(try folder.names() == ["a"] && !child.hasEnded)
        // The signal may come between the count of the hit and its stop: it is sent until the process goes on.
        while !child.hasEnded {
            child.send(SIGCONT)
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(try await child.wait().status == 0)
        #expect(try folder.names() == ["a", "b", "c"])
    }

    @Test func onlyTheOperationsAndPathsOfThePlanAreCounted() async throws {
        let faults = try inject(at: 1, operations: [.create, .fdatasync], suffix: "-wal")
        let end = try await shell(faults, "mkdir x-wal; echo a > y; echo b > z-wal || echo failed")
        #expect(end.output == "failed\n", "\(end.error)")
        #expect(try faults.trace().map { "\($0.operation) \($0.path)" } == ["create z-wal"])
    }

    @Test(.timeLimit(.minutes(10))) func aRunningProcessCanBeArmed() async throws {
        let faults = try inject()
        let child = try TestChild(
            "/bin/sh", ["-c", "cd '\(folder.path)'; until ! mkdir d 2>/dev/null; do rmdir d || :; done"],
            environment: faults.environment)
        while try faults.count < 10, !child.hasEnded { try await Task.sleep(for: .milliseconds(2)) }
        try faults.arm(at: try faults.count + 1, kind: .eio, sticky: true)
        #expect(try await child.wait().status == 0)
        #expect(try faults.hits > 0)
    }
}
