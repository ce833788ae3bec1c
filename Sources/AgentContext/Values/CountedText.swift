import MemoryLedger

/// A text with its tokens, as they were counted or estimated when it was written.
///
///     let prompt = CountedText("You help with tea.", tokens: 6)
public struct CountedText: Hashable, Sendable {
    public var text: String
    /// 0 or more.
    public var tokens: Int
    /// The tokens were estimated, since no caller counted them.
    public var isEstimated: Bool

    public init(_ text: String = "", tokens: Int = 0, isEstimated: Bool = false) {
        (self.text, self.tokens, self.isEstimated) = (text, tokens, isEstimated)
    }

    static let erased = CountedText("[erased]")
}

extension CountedText {
    public static func == (left: Self, right: Self) -> Bool {
        // By bytes, because Swift compares texts by what they look like.
        left.text.utf8.elementsEqual(right.text.utf8) && left.tokens == right.tokens
            && left.isEstimated == right.isEstimated
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(tokens) }

    var json: JSONValue {
        var object: JSONObject = ["text": .string(text), "tokens": JSONValue(tokens)]
        if isEstimated { object.append("estimated", true) }
        return .object(object)
    }

    init(_ data: EventData) throws {
        self.init(try data.text("text"), tokens: try data.tokens("tokens"), isEstimated: data.flag("estimated"))
    }
}
