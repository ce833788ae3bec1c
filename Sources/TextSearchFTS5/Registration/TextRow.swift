/// The number of a row of the text index: the caller's own number, and in the lowest bits how long the row is. So a
/// search knows the length of what it ranks without looking it up.
package enum TextRow {
    static let lengthBits: Int64 = 4
    /// The caller's numbers are from 0 to this.
    package static let maximumNumber = Int64.max >> lengthBits - 1

    /// The most tokens of each class but the last; each class is longer than the one before by the root of two.
    static let lengths: [Int] = [8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448]
    /// A Latin word and its blank.
    private static let bytesOfWord = 6

    /// - Parameters:
    ///   - number: rising: later rows have higher ones.
    ///   - fields: what is indexed of it, without the scope.
    package static func id(number: Int64, fields: [String]) -> Int64 {
        precondition((0...maximumNumber).contains(number), "a row's number is out of range")
        return number << lengthBits | Int64(lengthClass(tokens(fields)))
    }

    package static func number(of row: Int64) -> Int64 { row >> lengthBits }

    /// No row of the number is lower.
    static func lowest(of number: Int64) -> Int64 { number << lengthBits }

    /// About how many tokens there are, without cutting the texts.
    private static func tokens(_ fields: [String]) -> Int {
        var letters = 0
        var others = 0
        for field in fields {
            for byte in field.utf8 {
                // From three bytes on most characters are of scripts that have a token for each.
                if byte >= 0xE0 { others += 1 } else if byte < 0x80 || byte >= 0xC0 { letters += 1 }
            }
        }
        return letters / bytesOfWord + others
    }

    static func lengthClass(_ tokens: Int) -> Int {
        lengths.dropLast().firstIndex { tokens <= $0 } ?? lengths.count - 1
    }

    @inline(__always) static func lengthClass(of row: Int64) -> Int { Int(row & (1 << lengthBits - 1)) }
}
