import LedgerService
import MemoryLedger

extension ServiceAnswer {
    /// A refusal as the old program says it, so that its clients can read it.
    static func failure(_ status: Int, _ message: String, _ headers: [String: String] = [:]) -> ServiceAnswer {
        let body: JSONValue = ["success": false, "message": .string(message)]
        var all = ["content-type": "application/json;charset=utf-8"]
        all.merge(headers) { _, given in given }
        return ServiceAnswer(status: status, headers: all, body: Array(body.description.utf8))
    }
}
