import Crypto
import EventLog
import TextSearchFTS5

/// Where a page of a search ended: the next page goes on behind it, ranked as the first one was, whatever was written
/// in between.
struct SearchCursor: Equatable {
    /// Of what was asked: a place means nothing in the results of another question.
    var question: UInt64
    /// What is looked at on all pages of one search stands at this position.
    var position: Position
    var place: RankedSearch.Place

    /// A JSON list in base64 for URLs. The score stands as its bits, so that it is not rounded.
    var text: String {
        let list: [JSONValue] = [
            .string(String(question, radix: 16)), JSONValue(position),
            .string(String(place.score.bitPattern, radix: 16)), JSONValue(place.row), JSONValue(place.horizon),
            .string(Base64URL.encode(place.rarities)),
        ]
        return Base64URL.encode(JSONValue.array(list).compactBytes)
    }

    init(_ question: UInt64, position: Position, place: RankedSearch.Place) {
        (self.question, self.position, self.place) = (question, position, place)
    }

    /// The first bytes of a hash of what decides on the results, but for the moment's position: a time that is yet to
    /// come means another one on each page.
    static func question(_ search: MemorySearch, _ moment: LogMoment?) -> UInt64 {
        var object = search.filter.json
        object.append("query", .string(search.text))
        object.append("shows_hidden", .bool(search.showsHidden))
        object.append("is_past", .bool(moment != nil))
        if let time = moment?.occurredThrough { object.append("occurred", JSONValue(time.milliseconds)) }
        return question(object)
    }

    static func question(_ asked: JSONObject) -> UInt64 {
        SHA256.hash(data: JSONValue.object(asked).compactBytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func isNone(_ text: String) -> MemoryLedgerError {
        MemoryLedgerError(
            .invalidArgument, "\"\(text)\" is not a cursor of this search; pass the `next` of the page before.")
    }

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    init(_ text: String, of question: UInt64) throws {
        try self.init(text)
        guard self.question == question else { throw Self.isNone(text) }
    }

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    init(_ text: String) throws {
        guard let bytes = Base64URL.decode(text), let list = try? JSONParser.parse(bytes).array, list.count == 6,
            let question = list[0].string.flatMap({ UInt64($0, radix: 16) }), let position = list[1].number?.int64,
            position >= 0,
            let score = list[2].string.flatMap({ UInt64($0, radix: 16) }).map({ Double(bitPattern: $0) }),
            score.isFinite, let row = list[3].number?.int64, row >= 0,
            let horizon = list[4].number?.int64, horizon >= row, horizon < .max,
            let rarities = list[5].string.flatMap({ Base64URL.decode($0) })
        else { throw Self.isNone(text) }
        self.question = question
        self.position = position
        place = RankedSearch.Place(score: score, row: row, horizon: horizon, rarities: rarities)
    }
}
