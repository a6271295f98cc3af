import Evaluation

/// A column of a table: words stand at the left, numbers at the right.
enum TableColumn {
    case text(String)
    case number(String)
}

/// Lays rows out under titles, without a line break at the end.
func table(_ columns: [TableColumn], _ rows: [[String]]) -> String {
    var table = TextTable(
        columns.map { column in
            switch column {
            case .text(let title): (title, .leading)
            case .number(let title): (title, .trailing)
            }
        })
    for row in rows { table.add(row) }
    return String(table.text.dropLast())
}
