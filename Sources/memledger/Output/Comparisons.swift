import EventLog
import MemoryLedger
import SQLiteEventLog

extension ProjectionState {
    var json: JSONValue {
        [
            "name": .string(name), "version": JSONValue(version), "generation": JSONValue(generation),
            "position": JSONValue(position),
        ]
    }
}

extension ProjectionComparison {
    /// The name first.
    var members: [JSONObject.Member] {
        var compared = JSONValue.null
        var because = JSONValue.null
        switch outcome {
        case .equal: compared = "equal"
        case .different: compared = "different"
        case .notCompared(let reason): because = .string(reason)
        }
        return [
            JSONObject.Member(name: "name", value: .string(projection)),
            JSONObject.Member(name: "compared", value: compared),
            JSONObject.Member(name: "not_compared_because", value: because),
        ]
    }

    var json: JSONValue { .object(JSONObject(members)) }
}

extension [ProjectionComparison] {
    /// Null where one was not compared and none differs.
    var digestsEqual: JSONValue {
        if contains(where: { $0.outcome == .different }) { return false }
        return allSatisfy { $0.outcome == .equal } ? true : .null
    }
}

extension GenerationDifference {
    var json: JSONValue {
        [
            "position": JSONValue(position), "kept_path": keptPath.map { .string($0) } ?? .null,
            "tables": .array(tables.map(\.json)),
        ]
    }
}

extension TableDifference {
    fileprivate var json: JSONValue {
        [
            "projection": .string(projection), "table": .string(table), "serving_digest": .string(servingDigest),
            "rebuilt_digest": .string(rebuiltDigest), "changed": JSONValue(changed), "missing": JSONValue(missing),
            "surplus": JSONValue(surplus),
            "serving_columns": servingColumns.map { .array($0.map { .string($0) }) } ?? .null,
            "rows": .array(rows.map(\.json)),
        ]
    }
}

extension RowDifference {
    fileprivate var json: JSONValue {
        let key = key.map { JSONObject.Member(name: $0.column, value: .string($0.value)) }
        let columns: [JSONValue] = columns.map {
            ["column": .string($0.column), "serving": .string($0.serving), "rebuilt": .string($0.rebuilt)]
        }
        return ["kind": .string(kind.rawValue), "key": .object(JSONObject(key)), "columns": .array(columns)]
    }

    fileprivate var keyText: String { key.map { "\($0.column) \($0.value)" }.joined(separator: ", ") }
}

extension Page {
    mutating func comparisons(_ comparisons: [ProjectionComparison]) {
        if comparisons.allSatisfy({ $0.outcome == .equal }) { return line("The digests are equal.") }
        for comparison in comparisons {
            switch comparison.outcome {
            case .equal: line("\(comparison.projection): the digests are equal.")
            case .different: line("\(comparison.projection): the tables did not hold what the log says.", .yellow)
            case .notCompared(let reason): line("\(comparison.projection): not compared, because \(reason).", .dim)
            }
        }
    }

    /// The rows that differ, table by table.
    mutating func difference(_ difference: GenerationDifference) {
        for table in difference.tables {
            line()
            if let columns = table.servingColumns {
                line("\(table.table): other columns: \(columns.joined(separator: ", "))", .bold)
                continue
            }
            line(
                "\(table.table): \(Figures.grouped(table.changed)) changed, \(Figures.grouped(table.missing)) missing, "
                    + "\(Figures.grouped(table.surplus)) surplus", .bold)
            var rows = Table([
                .init("ROW"), .init("KEY", paint: .cyan), .init("COLUMN"), .init("SERVING", paint: .red),
                .init("REBUILT", paint: .green),
            ])
            for row in table.rows {
                if row.columns.isEmpty { rows.add([row.kind.rawValue, row.keyText, "", "", ""]) }
                for (index, change) in row.columns.enumerated() {
                    let isFirst = index == 0
                    rows.add([
                        isFirst ? row.kind.rawValue : "", isFirst ? row.keyText : "", change.column, change.serving,
                        change.rebuilt,
                    ])
                }
            }
            self.table(rows)
            if table.count > table.rows.count {
                line("and \(Figures.count(table.count - table.rows.count, "row more", "rows more")).", .dim)
            }
        }
        line()
        if let path = difference.keptPath { line("The rebuilt tables are in \(path).") }
    }
}
