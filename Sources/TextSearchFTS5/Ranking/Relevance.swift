import TextSearch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// BM25 with weights for the fields.
enum Relevance {
    /// By column. What is in the key or was chosen as a keyword says more of a memory than one of its many words; what
    /// narrows a search says nothing.
    private static let weights: [UInt8] = [4, 2, 1, 3, 0]
    /// - Parameter mask: by bits, which columns count.
    static func columns(_ mask: Int) -> ColumnWeights { ColumnWeights(weights, mask: mask) }

    /// Behind the fields.
    static let scopeColumn = SearchField.allCases.count

    /// The usual constants.
    private static let saturation = 1.2
    private static let lengthShare = 0.75
    /// The length that neither helps nor harms. It is fixed, so that a score does not change if other memories are
    /// added.
    private static let middleLength = 64.0

    /// What a phrase says that stands so often (its frequency is weighted by columns) in a row of that class of length.
    static func saturated(_ frequency: Int, lengthClass: Int) -> Double {
        let length = Double(TextRow.lengths[lengthClass]) / middleLength
        let damping = saturation * (1 - lengthShare + lengthShare * length)
        return Double(frequency) * (saturation + 1) / (Double(frequency) + damping)
    }

    // MARK: Rarity

    /// Rarity in steps of 1/8, in which it stands in a place of the results.
    private static let steps = 8.0

    static func rarity(count: Int, of rows: Int64) -> UInt8 {
        let count = Double(max(count, 0))
        let rest = max(Double(rows) - count, 0)
        let value = log(1 + (rest + 0.5) / (count + 0.5))
        return UInt8(max(1, min(255, (value * steps).rounded())))
    }

    static func value(_ rarity: UInt8) -> Double { Double(rarity) / steps }
}

/// What a phrase is worth, worked out once for each class of length and each frequency that is not very high.
final class RelevanceTable {
    private static let frequencies = 32
    private let values: UnsafeMutablePointer<Double>
    private let rarity: Double

    init(rarity: Double) {
        self.rarity = rarity
        values = .allocate(capacity: Self.frequencies * TextRow.lengths.count)
        for lengthClass in TextRow.lengths.indices {
            for frequency in 0..<Self.frequencies {
                let value = rarity * Relevance.saturated(frequency, lengthClass: lengthClass)
                (values + lengthClass * Self.frequencies + frequency).initialize(to: value)
            }
        }
    }

    deinit { values.deallocate() }

    @inline(__always) func worth(_ frequency: Int, _ row: Int64) -> Double {
        let lengthClass = TextRow.lengthClass(of: row)
        return frequency >= 0 && frequency < Self.frequencies
            ? values[lengthClass * Self.frequencies + frequency]
            : rarity * Relevance.saturated(frequency, lengthClass: lengthClass)
    }
}
