import Foundation

/// The package's executables, which stand beside the test bundle.
package enum BuiltExecutable {
    package struct NotBuilt: Error, CustomStringConvertible {
        package var description: String
    }

    private static let folders = (CommandLine.arguments.prefix(1) + Bundle.allBundles.map(\.bundlePath))
        .map { URL(fileURLWithPath: $0).deletingLastPathComponent() }

    static let folder =
        folders.first { FileManager.default.isExecutableFile(atPath: $0.path + "/memledger") }
        ?? FileManager.default.temporaryDirectory

    package static func path(_ name: String) throws -> String {
        let path = folder.appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw NotBuilt(description: "\(name) is not built")
        }
        return path
    }
}
