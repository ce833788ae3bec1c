import GRDBSQLite
import TextSearchFTS5

/// The product's tokenizer, and beside it one by which FTS5's own MATCH can be asked for tokens as they stand: in a
/// query it takes what follows `mark` as one token.
enum VerbatimTokenizer {
    static let name = "verbatim"
    static let mark: UInt8 = 2

    struct NoTokenizer: Error {}

    /// The functions of the product's tokenizer, which needs nothing else.
    private struct Base {
        var functions: fts5_tokenizer
        var tokenizer: OpaquePointer?
    }

    static func register(on connection: OpaquePointer) throws {
        try TextSearchFTS5.register(on: connection)
        let api = try api(of: connection)
        var base = fts5_tokenizer()
        var data: UnsafeMutableRawPointer?
        guard api.pointee.xFindTokenizer(api, TextSearchFTS5.tokenizerName, &data, &base) == SQLITE_OK else {
            throw NoTokenizer()
        }
        let place = UnsafeMutablePointer<fts5_tokenizer>.allocate(capacity: 1)
        place.initialize(to: base)
        var functions = fts5_tokenizer(xCreate: create, xDelete: delete, xTokenize: tokenize)
        let code = api.pointee.xCreateTokenizer(api, name, place, &functions) { $0?.deallocate() }
        guard code == SQLITE_OK else { throw NoTokenizer() }
    }

    private static func api(of connection: OpaquePointer) throws -> UnsafeMutablePointer<fts5_api> {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        var api: UnsafeMutablePointer<fts5_api>?
        guard sqlite3_prepare_v2(connection, "SELECT fts5(?)", -1, &statement, nil) == SQLITE_OK else {
            throw NoTokenizer()
        }
        // SQLite keeps the name's address.
        let name: StaticString = "fts5_api_ptr"
        withUnsafeMutablePointer(to: &api) { place in
            name.withUTF8Buffer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { text in
                    _ = sqlite3_bind_pointer(statement, 1, place, text.baseAddress, nil)
                    _ = sqlite3_step(statement)
                }
            }
        }
        guard let api else { throw NoTokenizer() }
        return api
    }

    private static let create:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafePointer<CChar>?>?, Int32,
            UnsafeMutablePointer<OpaquePointer?>?
        ) -> Int32 = { data, arguments, count, made in
            guard let functions = data?.assumingMemoryBound(to: fts5_tokenizer.self).pointee else {
                return SQLITE_ERROR
            }
            let base = UnsafeMutablePointer<Base>.allocate(capacity: 1)
            base.initialize(to: Base(functions: functions))
            made?.pointee = OpaquePointer(base)
            return functions.xCreate(nil, arguments, count, &base.pointee.tokenizer)
        }

    private static let delete: @convention(c) (OpaquePointer?) -> Void = { tokenizer in
        guard let tokenizer else { return }
        let base = UnsafeMutablePointer<Base>(tokenizer)
        base.pointee.functions.xDelete(base.pointee.tokenizer)
        base.deallocate()
    }

    private static let tokenize:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int32,
            (
                @convention(c) (
                    UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int32, Int32, Int32
                ) -> Int32
            )?
        ) -> Int32 = { tokenizer, context, flags, text, count, give in
            guard let tokenizer else { return SQLITE_ERROR }
            let base = UnsafeMutablePointer<Base>(tokenizer).pointee
            if flags & FTS5_TOKENIZE_QUERY != 0, count > 0, let text, text.pointee == CChar(VerbatimTokenizer.mark) {
                return give?(context, 0, text + 1, count - 1, 1, count) ?? SQLITE_ERROR
            }
            return base.functions.xTokenize(base.tokenizer, context, flags, text, count, give)
        }
}
