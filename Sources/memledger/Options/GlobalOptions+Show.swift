import MemoryLedger

extension GlobalOptions {
    /// Prints the one document or page of a command.
    func show(_ document: @autoclosure () throws -> JSONValue, _ page: (inout Page) throws -> Void) throws {
        let output = FileWriter.standardOutput()
        if json {
            try output.write(try Self.text(of: document()))
        } else {
            var person = Page()
            try page(&person)
            try output.write(person.text)
        }
        try output.flush()
    }

    /// A document with a line break: over several lines for a person, on one for a program.
    static func text(of document: JSONValue) -> String {
        (System.isTerminal(1) ? document.indented : document.description) + "\n"
    }
}
