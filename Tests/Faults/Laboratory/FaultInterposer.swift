import Foundation

/// The library that child processes are started with, compiled from `Interposer/interposer.c` at its first use.
///
/// It is no product of the package, so users of the library never build it. The compiler is `CC`, or the `clang` that
/// comes with Swift, or `cc`. The result stands beside the test bundle, under a name that follows from its source.
package enum FaultInterposer {
    /// LD_PRELOAD and the calls' names are Linux's. Elsewhere the tests that need the interposer are skipped.
    package static var isSupported: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }

    package struct CompilerFailed: Error, CustomStringConvertible {
        package var description: String
    }

    /// The compiled library's path, or why there is none.
    package static func library() throws -> String { try built.get() }

    private static let built = Result { try build() }

    private static func build() throws -> String {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Interposer/interposer.c").standardizedFileURL
        let text = try Data(contentsOf: source)
        // FNV-1a, 64 bits: the name changes with the source, so an old library is never taken for a new one.
        let hash = text.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let library = BuiltExecutable.folder.appendingPathComponent("fault-interposer-\(hash).so")
        if FileManager.default.fileExists(atPath: library.path) { return library.path }
        let compiler = try compiler()
        let output = "\(library.path).\(getpid())"
        let run = try TestChild(
            compiler, ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", output, source.path, "-ldl"])
        let end = try run.waitBlocking()
        guard end.status == 0 else { throw CompilerFailed(description: "\(compiler): \(end.error)") }
        // Another test process may have made it meanwhile; both are the same.
        guard rename(output, library.path) == 0 else { throw CompilerFailed(description: "rename: errno \(errno)") }
        return library.path
    }

    private static func compiler() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let own = environment["CC"], own.hasPrefix("/") { return own }
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/bin"]
        for name in ["clang", "cc", "gcc"] {
            for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
                return "\(folder)/\(name)"
            }
        }
        throw CompilerFailed(description: "no C compiler is in PATH: clang comes with Swift's toolchain")
    }
}
