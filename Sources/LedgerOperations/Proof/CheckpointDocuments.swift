import EventLog
import LedgerCapabilities
package import MemoryLedger
package import MerkleLog
import SQLiteEventLog

extension Checkpoint {
    /// `"origin"`, `"size"`, `"root"`.
    package var members: [JSONObject.Member] {
        [
            .init(name: "origin", value: .string(origin)), .init(name: "size", value: JSONValue(size)),
            .init(name: "root", value: .string(root.description)),
        ]
    }
}

extension SignedNote {
    /// Who has signed, by the note's own words: `[{"name", "id"}]`.
    package var signersJSON: JSONValue {
        .array(signatures.map { ["name": .string($0.name), "id": .string(Self.idText($0.keyID))] })
    }

    /// The ids of the keys.
    package var signerIDs: String { signatures.map { Self.idText($0.keyID) }.joined(separator: ", ") }

    private static func idText(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}

extension StoredCheckpoint {
    /// `"number"`, `"origin"`, `"size"`, `"root"`, `"made_at"`, `"signers"`, `"note"`.
    var members: [JSONObject.Member] {
        [.init(name: "number", value: JSONValue(number))] + checkpoint.members + [
            .init(name: "made_at", value: .string(madeAt.rfc3339)),
            .init(name: "signers", value: signed.note.signersJSON),
            .init(name: "note", value: .string(String(decoding: signed.bytes, as: UTF8.self))),
        ]
    }
}
