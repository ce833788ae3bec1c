import Foundation

/// A temporary folder of one test's own, removed when the test lets go of it.
final class TestFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("eventlog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String = "ledger.sqlite") -> String { url.appendingPathComponent(name).path }

    /// A copy of a file of `Fixtures`, so that no test can change the original.
    func copyOfFixture(_ name: String) throws -> String {
        let source = Bundle.module.bundleURL.appendingPathComponent("Fixtures").appendingPathComponent(name)
        try FileManager.default.copyItem(at: source, to: url.appendingPathComponent(name))
        return path(name)
    }
}
