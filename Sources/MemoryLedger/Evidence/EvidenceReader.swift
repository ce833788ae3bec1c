import EventLog
import MerkleLog

/// Takes a file of evidence apart, by `Schemas/EVIDENCE.md`. What it answers is not verified yet.
struct EvidenceReader {
    /// An event as the file has it.
    struct Item {
        var position: Position
        var entry: [UInt8]
        var proof: [Int]
        var form: String?
        var event: JSONObject?
    }

    let ledger: LedgerID
    let origin: String
    let selection: JSONObject
    let completeness: Evidence.Completeness
    let ranges: [Evidence.StreamRange]
    let counts: JSONObject
    let checkpoint: SignedCheckpoint
    let verifierKeys: [NoteVerifierKey]
    let nodes: [MerkleHash]
    let rotations: [Item]
    let events: [Item]

    init(_ file: [UInt8]) throws {
        guard file.count <= Evidence.maximumFileBytes else {
            throw Evidence.malformed("it has more than \(Evidence.maximumFileBytes) bytes")
        }
        let root: JSONObject
        do {
            root = try Self.object(JSONParser.parse(Array(EvidenceFile.json(in: file))), "the data")
        } catch let error as JSONSyntaxError {
            throw Evidence.malformed("its data is not JSON: \(error.reason.rawValue)")
        }
        guard try Self.text(root, "format").hasSameBytes(as: Evidence.format) else {
            throw Evidence.malformed("its format is not \(Evidence.format)")
        }
        let id = try Self.text(root, "ledger_id")
        guard let ledger = LedgerID(id), ledger.description.hasSameBytes(as: id) else {
            throw Evidence.malformed("ledger_id is not 32 lower-case hexadecimal digits")
        }
        self.ledger = ledger
        origin = try Self.text(root, "origin")
        selection = try Self.selection(root)
        guard let completeness = Evidence.Completeness(rawValue: try Self.text(root, "completeness")) else {
            throw Evidence.malformed("completeness is none of the three words")
        }
        self.completeness = completeness
        ranges = try Self.array(root, "ranges").map {
            let range = try Self.object($0, "a range")
            return Evidence.StreamRange(
                stream: StreamName(try Self.text(range, "stream")),
                firstVersion: try Self.integer(range, "first_version"),
                lastVersion: try Self.integer(range, "last_version"))
        }
        _ = try Self.text(root, "made_at")
        _ = try Self.object(try Self.member(root, "made_by"), "made_by")
        counts = try Self.object(try Self.member(root, "counts"), "counts")
        checkpoint = try SignedCheckpoint(Array(try Self.text(root, "checkpoint").utf8))
        verifierKeys = try Self.array(root, "verifier_keys").map {
            guard let text = $0.string else { throw Evidence.malformed("a verifier key is no text") }
            return try NoteVerifierKey(text)
        }
        nodes = try Self.array(root, "nodes").map {
            guard let hash = $0.string.flatMap({ StrictBase64.hash(Array($0.utf8)) }) else {
                throw Evidence.malformed("a node is not 32 bytes in base64")
            }
            return hash
        }
        rotations = try Self.array(root, "rotations").map { try Self.item($0, isEvent: false) }
        events = try Self.array(root, "events").map { try Self.item($0, isEvent: true) }
        guard (1...Evidence.maximumEvents).contains(events.count) else {
            throw Evidence.malformed("it has \(events.count) events, not 1 to \(Evidence.maximumEvents)")
        }
    }

    private static func selection(_ root: JSONObject) throws -> JSONObject {
        let selection = try object(try member(root, "selection"), "selection")
        if case let key = try member(selection, "key"), !key.isNull {
            let key = try object(key, "selection.key")
            _ = (try text(key, "namespace"), try text(key, "key"))
        }
        for name in ["actor", "correlation_id", "since", "until"] {
            let value = try member(selection, name)
            guard value.isNull || value.string != nil else { throw Evidence.malformed("\(name) is no text") }
        }
        if case let positions = try member(selection, "positions"), !positions.isNull {
            guard let bounds = positions.array, bounds.count == 2 else {
                throw Evidence.malformed("positions are not two numbers")
            }
            for bound in bounds { _ = try whole(bound, "positions") }
        }
        return selection
    }

    private static func item(_ value: JSONValue, isEvent: Bool) throws -> Item {
        let item = try object(value, "an event")
        guard let entry = StrictBase64.decode(Array(try text(item, "entry").utf8)) else {
            throw Evidence.malformed("an entry is not base64")
        }
        let proof = try array(item, "proof").map { Int(try whole($0, "proof")) }
        return Item(
            position: try integer(item, "position"), entry: entry, proof: proof,
            form: isEvent ? try text(item, "form") : nil,
            event: isEvent ? try object(try member(item, "event"), "event") : nil)
    }

    // MARK: Kinds

    package static func object(_ value: JSONValue, _ name: String) throws -> JSONObject {
        guard let object = value.object else { throw Evidence.malformed("\(name) is no object") }
        guard Set(object.members.map { ByteText($0.name) }).count == object.count else {
            throw Evidence.malformed("a name is repeated in \(name)")
        }
        return object
    }

    static func member(_ object: JSONObject, _ name: String) throws -> JSONValue {
        guard let value = object[name] else { throw Evidence.malformed("\(name) is missing") }
        return value
    }

    static func text(_ object: JSONObject, _ name: String) throws -> String {
        guard let text = try member(object, name).string else { throw Evidence.malformed("\(name) is no text") }
        return text
    }

    static func array(_ object: JSONObject, _ name: String) throws -> [JSONValue] {
        guard let array = try member(object, name).array else { throw Evidence.malformed("\(name) is no list") }
        return array
    }

    static func integer(_ object: JSONObject, _ name: String) throws -> Int64 {
        try whole(try member(object, name), name)
    }

    /// Digits alone: `1.0` and `1e0` are other numbers to other programs.
    static func whole(_ value: JSONValue, _ name: String) throws -> Int64 {
        guard let text = value.number?.text, let number = Int64(text), String(number) == text else {
            throw Evidence.malformed("\(name) is no whole number")
        }
        return number
    }
}
