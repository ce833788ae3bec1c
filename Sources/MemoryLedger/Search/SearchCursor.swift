import EventLog
import TextSearchFTS5

/// Where a page of a search ended: the next page goes on behind it, ranked as the first one was, whatever was written
/// in between.
struct SearchCursor: Equatable {
    /// What is looked at on all pages of one search stands at this position.
    var position: Position
    var place: RankedSearch.Place

    /// A JSON list in base64 for URLs. The score stands as its bits, so that it is not rounded.
    var text: String {
        let list: [JSONValue] = [
            JSONValue(position), .string(String(place.score.bitPattern, radix: 16)), JSONValue(place.row),
            JSONValue(place.horizon), .string(Base64URL.encode(place.rarities)),
        ]
        return Base64URL.encode(JSONValue.array(list).compactBytes)
    }

    init(position: Position, place: RankedSearch.Place) { (self.position, self.place) = (position, place) }

    static func isNone(_ text: String) -> MemoryLedgerError {
        MemoryLedgerError(
            .invalidArgument, "\"\(text)\" is not a cursor of this search; pass the `next` of the page before.")
    }

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    init(_ text: String) throws {
        guard let bytes = Base64URL.decode(text), let list = try? JSONParser.parse(bytes).array, list.count == 5,
            let position = list[0].number?.int64, position >= 0,
            let score = list[1].string.flatMap({ UInt64($0, radix: 16) }).map({ Double(bitPattern: $0) }),
            score.isFinite, let row = list[2].number?.int64, let horizon = list[3].number?.int64,
            let rarities = list[4].string.flatMap({ Base64URL.decode($0) })
        else { throw Self.isNone(text) }
        self.position = position
        place = RankedSearch.Place(score: score, row: row, horizon: horizon, rarities: rarities)
    }
}
