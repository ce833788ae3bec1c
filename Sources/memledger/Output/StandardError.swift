/// Where a person is told what is not the command's answer.
enum StandardError {
    /// One line: why the command failed, or what did not keep it from doing what it was asked.
    static func say(_ message: String) {
        let writer = FileWriter(descriptor: FileWriter.standardError)
        try? writer.write("memledger: " + Line.sanitised(message) + "\n")
        try? writer.flush()
    }
}
