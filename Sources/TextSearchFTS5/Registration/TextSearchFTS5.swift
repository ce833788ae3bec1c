import GRDBSQLite
import LedgerStorage
import TextSearch

/// Makes SQLite's FTS5 cut text as `TextSearch` does.
package enum TextSearchFTS5 {
    /// What `tokenize=` names.
    package static let tokenizerName = "memledger"

    /// Registers the tokenizer on a connection, for as long as it is open. Each connection that touches a text index
    /// needs it.
    ///
    /// - Throws: `TextIndexError.noFTS5`, or what SQLite reports.
    package static func register(on connection: OpaquePointer) throws {
        let api = try api(of: connection)
        var functions = fts5_tokenizer(xCreate: create, xDelete: delete, xTokenize: tokenize)
        let code = api.pointee.xCreateTokenizer(api, tokenizerName, nil, &functions, nil)
        guard code == SQLITE_OK else { throw SQLiteFailure(connection, during: "registering a tokenizer") }
    }

    private static func api(of connection: OpaquePointer) throws -> UnsafeMutablePointer<fts5_api> {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(connection, "SELECT fts5(?)", -1, &statement, nil)
        // There is no such function.
        if code == SQLITE_ERROR { throw noFTS5(connection) }
        guard code == SQLITE_OK else { throw SQLiteFailure(connection, during: "looking for FTS5") }
        defer { sqlite3_finalize(statement) }
        // SQLite keeps the name's address.
        let name: StaticString = "fts5_api_ptr"
        var api: UnsafeMutablePointer<fts5_api>?
        withUnsafeMutablePointer(to: &api) { place in
            name.withUTF8Buffer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { text in
                    _ = sqlite3_bind_pointer(statement, 1, place, text.baseAddress, nil)
                    _ = sqlite3_step(statement)
                }
            }
        }
        guard let api else { throw noFTS5(connection) }
        return api
    }

    private static func noFTS5(_ connection: OpaquePointer) -> TextIndexError {
        TextIndexError(
            .noFTS5,
            "Memories cannot be searched: SQLite has no FTS5, its full-text search "
                + "(\(String(cString: sqlite3_errmsg(connection)))); use an SQLite that was built with it.")
    }

    // MARK: Callbacks

    private static let create:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafePointer<CChar>?>?, Int32,
            UnsafeMutablePointer<OpaquePointer?>?
        ) -> Int32 = { _, _, _, made in
            made?.pointee = OpaquePointer(Unmanaged.passRetained(Tokenizer()).toOpaque())
            return SQLITE_OK
        }

    private static let delete: @convention(c) (OpaquePointer?) -> Void = { tokenizer in
        guard let tokenizer else { return }
        Unmanaged<Tokenizer>.fromOpaque(UnsafeRawPointer(tokenizer)).release()
    }

    private static let tokenize:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int32,
            (
                @convention(c) (
                    UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int32, Int32, Int32
                ) -> Int32
            )?
        ) -> Int32 = { tokenizer, context, _, text, count, give in
            guard let tokenizer, let give, let text, count > 0 else { return SQLITE_OK }
            return text.withMemoryRebound(to: UInt8.self, capacity: Int(count)) { bytes in
                Unmanaged<Tokenizer>.fromOpaque(UnsafeRawPointer(tokenizer))._withUnsafeGuaranteedRef {
                    feed($0, UnsafeBufferPointer(start: bytes, count: Int(count)), give, context)
                }
            }
        }

    private static func feed(
        _ tokenizer: Tokenizer, _ text: UnsafeBufferPointer<UInt8>,
        _ give: @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int32, Int32, Int32) -> Int32,
        _ context: UnsafeMutableRawPointer?
    ) -> Int32 {
        var code = SQLITE_OK
        tokenizer.tokenize(text) { token in
            let flags = token.isColocated ? FTS5_TOKEN_COLOCATED : 0
            token.bytes.withMemoryRebound(to: CChar.self) { bytes in
                code = give(
                    context, flags, bytes.baseAddress, Int32(bytes.count), Int32(token.start), Int32(token.end))
            }
            return code == SQLITE_OK
        }
        return code
    }
}
