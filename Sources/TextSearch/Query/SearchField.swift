/// What `field:word` can name: the columns of prose of the text index, in their order there.
package enum SearchField: String, CaseIterable, Sendable {
    case key
    case summary
    case text
    case keywords

    package var set: SearchFields { SearchFields(rawValue: 1 << SearchFields.RawValue(index)) }
    /// Its place among the fields, and so among the columns of the index.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Some of the fields.
package struct SearchFields: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let all = SearchFields(SearchField.allCases.map(\.set))
}
