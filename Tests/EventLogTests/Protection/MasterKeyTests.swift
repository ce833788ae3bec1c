import EventLog
import Foundation
import LedgerCapabilities
import MerkleLog
import Testing

@testable import SQLiteEventLog

/// Goal: a master key is read in every form that is promised, made with care, and never shown. Method: a table of
/// texts; files of the test's own.
@Suite struct MasterKeyTests {
    private static let bytes: [UInt8] = (0..<32).map { UInt8($0) }
    private static let hexadecimal = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    @Test(arguments: [
        hexadecimal, hexadecimal.uppercased(), " \(hexadecimal)\n", Data(bytes).base64EncodedString() + "\n",
    ])
    func forms(text: String) throws {
        let key = try MasterKey(text: text)
        let ledger = try #require(LedgerID(bytes: Array(repeating: 1, count: 16)))
        #expect(try key.check(ledger) == MasterKey(bytes: Self.bytes).check(ledger))
        #expect("\(key) \(String(reflecting: key))" == "MasterKey(…) MasterKey(…)")
    }

    @Test(arguments: ["", "secret", "0001", hexadecimal + "20", Data(bytes + [1]).base64EncodedString()])
    func whatIsNoKey(text: String) throws {
        let error = #expect(throws: EventLogError.self) { try MasterKey(text: text, source: "key.txt") }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("key.txt is not 32 bytes") == true)
    }

    @Test func aNewKeyIsItsOwnersAndNeverWrittenOver() throws {
        let folder = try TestFolder()
        let path = folder.path("master.key")
        let made = try MasterKey.make(at: path)
        let ledger = try #require(LedgerID(bytes: Array(repeating: 1, count: 16)))
        #expect(try MasterKey(file: path).check(ledger) == made.check(ledger))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(throws: EventLogError.self) { try MasterKey.make(at: path) }
        #expect(try MasterKey(file: path).check(ledger) == made.check(ledger))
        #expect(chmod(path, 0o640) == 0)
        let unsafe = #expect(throws: EventLogError.self) { try MasterKey(file: path) }
        #expect(unsafe?.code == .unsafeKeyFile)
        let error = #expect(throws: EventLogError.self) { try MasterKey(file: folder.path("none")) }
        #expect(error?.code == .storage)
    }

    /// The check value is another for each ledger, so that it does not show who shares a key.
    @Test func wrapping() throws {
        let key = try MasterKey(bytes: Self.bytes)
        let first = try #require(LedgerID(bytes: Array(repeating: 1, count: 16)))
        let second = try #require(LedgerID(bytes: Array(repeating: 2, count: 16)))
        #expect(key.check(first) != key.check(second))
        let dataKey = Array(Self.bytes.reversed())
        let wrapped = try key.wrap(dataKey, 7, of: "people/ada", first, nonce: Array(repeating: 5, count: 12))
        #expect(wrapped.count == 60)
        #expect(key.unwrap(wrapped, 7, of: "people/ada", first) != nil)
        #expect(key.unwrap(wrapped, 8, of: "people/ada", first) == nil)
        #expect(key.unwrap(wrapped, 7, of: "people/bob", first) == nil)
        #expect(key.unwrap(wrapped, 7, of: "people/ada", second) == nil)
        #expect(try MasterKey(bytes: dataKey).unwrap(wrapped, 7, of: "people/ada", first) == nil)
    }
}
