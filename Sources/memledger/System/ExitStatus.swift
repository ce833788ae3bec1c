/// What a command ends with.
enum ExitStatus {
    static let failed: Int32 = 1
    /// Done, with something to look at: throw `ExitCode(ExitStatus.lookAt)` after printing what it is.
    static let lookAt: Int32 = 3
    static let usage: Int32 = 64

    /// Interrupted, as a shell has it: 130 after Ctrl-C, 143 after a request to end.
    static func of(signal: Int32) -> Int32 { 128 + signal }
}
