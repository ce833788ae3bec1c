import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Synchronization
import Testing

@testable import MemoryLedger
@testable import SQLiteEventLog

/// Randomness that repeats, and remembers what it gave: data keys can be looked for.
final class KnownRandom: RandomSource {
    private let state: Mutex<(generator: SeededGenerator, given: [[UInt8]])>

    init(seed: UInt64) { state = Mutex((SeededGenerator(seed: seed), [])) }

    func bytes(_ count: Int) -> [UInt8] {
        state.withLock { state in
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &state.generator) }
            state.given.append(bytes)
            return bytes
        }
    }

    /// Every data key that was drawn.
    var dataKeys: [[UInt8]] { state.withLock { $0.given.filter { $0.count == SealedPayload.keyBytes } } }
}

/// Texts that stand nowhere else, of every kind of field.
struct Markers {
    let name: String

    private func text(_ part: String, times: Int = 1) -> String {
        (0..<times).map { "\(part)-\(name)-marker-\($0) " }.joined()
    }

    var summary: String { text("summary") }
    var changed: String { text("changed") }
    var long: String { text("long", times: 4_000) }
    var keyword: String { "keyword-\(name)-marker" }
    var term: String { "term-\(name)-marker" }
    var extra: String { "extra-\(name)-marker" }

    /// What no file may hold after an erasure. LZ4 leaves the first occurrence of a text as it is.
    var needles: [[UInt8]] {
        ["summary", "changed", "long", "keyword", "term", "extra"].map { Array("\($0)-\(name)-marker".utf8) }
    }

    func content(linkingTo key: String) -> MemoryContent {
        MemoryContent(
            domain: "people", summary: summary, text: long, type: "note", keywords: [keyword],
            links: [MemoryLink(type: "knows", key: key, term: term, weight: 0.5)],
            extra: ["extra": .string(extra)])
    }
}

/// Looks into every file of a folder, and into what snapshots hold.
struct ByteSearch {
    let folder: URL

    /// Every file, by its path in the folder.
    func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().filter { path in
            var isFolder: ObjCBool = false
            let found = FileManager.default.fileExists(
                atPath: folder.appendingPathComponent(path).path, isDirectory: &isFolder)
            return found && !isFolder.boolValue
        }
    }

    /// Where something is found: `ledger.sqlite: summary-…`.
    func findings(_ needles: [[UInt8]]) throws -> [String] {
        try files().flatMap { path -> [String] in
            let data = try Data(contentsOf: folder.appendingPathComponent(path))
            return needles.filter { data.range(of: Data($0)) != nil }.map { needle in
                "\(path): \(String(decoding: needle.prefix(32), as: UTF8.self))"
            }
        }
    }
}

/// A thread that reads in one transaction until it is told to end.
final class LongReader: Sendable {
    private let ending = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ file: LedgerFile) {
        let begun = DispatchSemaphore(value: 0)
        let (ending, ended) = (ending, ended)
        Thread.detachNewThread {
            try? file.readSnapshot { sqlite in
                _ = try sqlite.integer("SELECT max(position) FROM events")
                begun.signal()
                ending.wait()
            }
            ended.signal()
        }
        begun.wait()
    }

    func end() {
        ending.signal()
        ended.wait()
    }
}

extension TestLedger {
    static let masterKey: [UInt8] = (0..<32).map { UInt8($0 * 7 % 251) }

    /// With the master key that the tests share, unless another one is given.
    static func openProtected(
        in folder: TemporaryFolder? = nil, random: any RandomSource = SystemRandomSource(),
        key: [UInt8]? = TestLedger.masterKey, configure: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> TestLedger {
        let key = try key.map { try MasterKey(bytes: $0) }
        return try await open(in: folder) { options in
            options.file.masterKey = key
            options.file.randomness = random
            configure(&options)
        }
    }

    var search: ByteSearch { ByteSearch(folder: URL(fileURLWithPath: path).deletingLastPathComponent()) }
}

extension MemoryKey {
    static func person(_ key: String) -> MemoryKey { MemoryKey(namespace: "people", key: key) }
}
