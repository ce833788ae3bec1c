import CCallgrind
import Foundation

/// Runs one operation so often that callgrind can count it: `ledger-instructions NAME FOLDER`, which
/// `Tools/benchmark/instructions` does for all of them. Prints `NAME COUNT` for each thing that was counted.
///
/// `--list` prints the names.
@main
enum Instructions {
    /// Not async: valgrind does not bear a main thread that libdispatch parks.
    static func main() {
        switch Array(CommandLine.arguments.dropFirst()) {
        case ["--list"]: Operation.all.forEach { print($0.name) }
        case let words where words.count == 2: run(words[0], in: words[1])
        default: fail("Usage: ledger-instructions NAME FOLDER, or --list")
        }
    }

    private static func run(_ name: String, in folder: String) {
        guard let operation = Operation.all.first(where: { $0.name == name }) else {
            fail("There is no operation \(name); --list tells which there are.")
        }
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                try await operation.run(Workplace(folder: folder, operation: name))
            } catch {
                fail("\(name): \(error)")
            }
            done.signal()
        }
        done.wait()
    }

    private static func fail(_ problem: String) -> Never {
        FileHandle.standardError.write(Data("\(problem)\n".utf8))
        exit(1)
    }
}

/// One row of the table: what is counted.
struct Operation: Sendable {
    let name: String
    let run: @Sendable (Workplace) async throws -> Void

    /// All of them, in the order of the table.
    static let all: [Operation] = [
        .sha256, .append, .appendOne, .replay, .verify, .prove,
        .openAndClose, .add, .addAll, .get, .countedGet, .list, .link, .rename, .asOfOne, .rebuild, .migrate, .search,
        .messageAppend, .contextAssemble,
    ]
}

struct InstructionsError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
