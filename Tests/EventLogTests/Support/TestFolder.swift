import Foundation

/// A temporary folder of one test's own. All of them are removed when the test process ends: a log may still open
/// connections in it after the test's last mention of the folder.
struct TestFolder: Sendable {
    let url: URL

    private static let root: URL = {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("eventlog-tests-\(UUID().uuidString)")
        atexit { try? FileManager.default.removeItem(at: TestFolder.root) }
        return root
    }()

    init() throws {
        url = Self.root.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func path(_ name: String = "ledger.sqlite") -> String { url.appendingPathComponent(name).path }

    /// A copy of a file of `Fixtures`, so that no test can change the original.
    func copyOfFixture(_ name: String) throws -> String {
        let source = Bundle.module.bundleURL.appendingPathComponent("Fixtures").appendingPathComponent(name)
        try FileManager.default.copyItem(at: source, to: url.appendingPathComponent(name))
        return path(name)
    }
}
