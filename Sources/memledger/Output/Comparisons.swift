import EventLog
import MemoryLedger
import Projections

extension RowDifference {
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
