import EventLog
import MemoryLedger
import MerkleLog
import SQLiteEventLog

extension Checkpoint {
    var members: [JSONObject.Member] {
        [
            .init(name: "origin", value: .string(origin)), .init(name: "size", value: JSONValue(size)),
            .init(name: "root", value: .string(root.description)),
        ]
    }
}

extension SignedNote {
    /// Who has signed, by the note's own words.
    var signersJSON: JSONValue {
        .array(signatures.map { ["name": .string($0.name), "id": .string(Self.idText($0.keyID))] })
    }

    /// The ids of the keys.
    var signerIDs: String { signatures.map { Self.idText($0.keyID) }.joined(separator: ", ") }

    private static func idText(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}

extension StoredCheckpoint {
    var members: [JSONObject.Member] {
        [.init(name: "number", value: JSONValue(number))] + checkpoint.members + [
            .init(name: "made_at", value: .string(madeAt.rfc3339)),
            .init(name: "signers", value: signed.note.signersJSON),
            .init(name: "note", value: .string(String(decoding: signed.bytes, as: UTF8.self))),
        ]
    }
}

extension Page {
    mutating func checkpoints(_ checkpoints: [StoredCheckpoint]) {
        var table = Table([
            .init("EVENTS", right: true, paint: .bold), .init("SIGNED"), .init("ROOT", paint: .dim), .init("ORIGIN"),
            .init("BY"),
        ])
        for stored in checkpoints {
            table.add([
                Figures.grouped(stored.checkpoint.size), stored.madeAt.rfc3339,
                String(stored.checkpoint.root.description.prefix(16)), stored.checkpoint.origin,
                stored.signed.note.signerIDs,
            ])
        }
        self.table(table)
    }
}
