import Foundation

extension Cell {
    static let getProcess = Cell(
        name: "get-process", title: "`memledger get KEY` as a process, random among 50,000",
        target: .millisecondsAtMost(15)
    ) { bench in
        var measurement = Measurement(
            unit: "ms", floorName: "`memledger --version` as a process",
            notes: ["from the start of a process to its end, the median of a run's processes"])
        let memories = bench.size(50_000, quick: 5_000)
        let path = try await ServeCells.ledger(bench, memories: memories)
        let command = try Command()
        var corpus = Corpus(seed: 1)
        for _ in 0..<bench.runs {
            var (ours, floor): ([Double], [Double]) = ([], [])
            for _ in 0..<bench.size(50, quick: 10) {
                let key = Corpus.key(corpus.below(memories))
                ours.append(try command.milliseconds(["get", key, "--ledger", path]))
                floor.append(try command.milliseconds(["--version"]))
            }
            measurement.add(ours: median(ours), floor: median(floor))
        }
        return measurement
    }
}

/// The command `memledger` of the same build.
private struct Command {
    private let path: String

    init() throws {
        guard let own = Bundle.main.executableURL else { throw BenchmarkError("This program's path is not known.") }
        path = own.deletingLastPathComponent().appending(path: "memledger").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchmarkError("There is no \(path); build the whole package, and not one product.")
        }
    }

    /// How long a process takes, whose output goes nowhere. `Process` would add a thread and its messages.
    func milliseconds(_ arguments: [String]) throws -> Double {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        var status: Int32 = 0
        let clock = ContinuousClock()
        let begun = clock.now
        guard posix_spawn(&child, path, &actions, nil, &words, environ) == 0, waitpid(child, &status, 0) == child else {
            throw BenchmarkError("\(path) cannot be started.")
        }
        let taken = begun.duration(to: clock.now)
        guard status == 0 else { throw BenchmarkError("\(path) \(arguments) ended with status \(status).") }
        return taken / .milliseconds(1)
    }
}
