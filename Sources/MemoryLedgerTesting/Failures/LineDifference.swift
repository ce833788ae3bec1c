import EventLog

/// The difference of two texts, line by line.
enum LineDifference {
    /// More lines than these are compared place by place, because finding the shortest difference takes their square.
    static let maximumCompared = 2_000
    /// A message has this many lines at the most.
    static let maximumShown = 200
    /// Equal lines shown around those that differ.
    private static let context = 3

    private enum Line {
        case both(String)
        case expected(String)
        case found(String)

        var isEqual: Bool { if case .both = self { true } else { false } }

        var text: String {
            switch self {
            case .both(let text): "  " + text
            case .expected(let text): "- " + text
            case .found(let text): "+ " + text
            }
        }
    }

    /// Lines with `- ` are expected, with `+ ` found, with `  ` both; none where there is no difference, byte by byte.
    static func lines(expected: [String], found: [String]) -> [String] {
        let (left, right) = (expected.map(ByteText.init), found.map(ByteText.init))
        guard left != right else { return [] }
        let lines = max(left.count, right.count) > maximumCompared ? placewise(left, right) : shortest(left, right)
        return shown(lines)
    }

    private static func shortest(_ left: [ByteText], _ right: [ByteText]) -> [Line] {
        var removed = Set<Int>()
        var inserted = Set<Int>()
        for change in right.difference(from: left) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [Line] = []
        var (old, new) = (0, 0)
        while old < left.count || new < right.count {
            if removed.contains(old) {
                lines.append(.expected(left[old].text))
                old += 1
            } else if inserted.contains(new) {
                lines.append(.found(right[new].text))
                new += 1
            } else {
                lines.append(.both(left[old].text))
                (old, new) = (old + 1, new + 1)
            }
        }
        return lines
    }

    private static func placewise(_ left: [ByteText], _ right: [ByteText]) -> [Line] {
        var lines: [Line] = []
        for index in 0..<max(left.count, right.count) {
            let old = index < left.count ? left[index] : nil
            let new = index < right.count ? right[index] : nil
            if let old, old == new {
                lines.append(.both(old.text))
            } else {
                if let old { lines.append(.expected(old.text)) }
                if let new { lines.append(.found(new.text)) }
            }
        }
        return lines
    }

    /// Leaves out equal lines that are far from a difference, and what goes beyond the bound.
    private static func shown(_ lines: [Line]) -> [String] {
        var isNear = [Bool](repeating: false, count: lines.count)
        for (index, line) in lines.enumerated() where !line.isEqual {
            for near in max(0, index - context)...min(lines.count - 1, index + context) { isNear[near] = true }
        }
        var shown: [String] = []
        var skipped = 0
        for (index, line) in lines.enumerated() {
            guard isNear[index] else {
                skipped += 1
                continue
            }
            if skipped > 0 { shown.append("  … \(skipped) equal") }
            skipped = 0
            shown.append(line.text)
        }
        if skipped > 0 { shown.append("  … \(skipped) equal") }
        guard shown.count > maximumShown else { return shown }
        return shown.prefix(maximumShown) + ["… \(shown.count - maximumShown) lines more"]
    }
}
