import EventLog
import MemoryLedger
import Projections

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
    /// Null if one was not compared and none differs.
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
}
