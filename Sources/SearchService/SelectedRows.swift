import FeatureStorage
import IndexDefinitions
import MappedStorage
import VectorCore

extension IndexVersion {
    /// The rows whose points are selected, none of them hidden.
    ///
    /// - Complexity: O(rows), or O(selected · log rows) where few are selected and points ascend, as they do in an
    ///   index as it was built
    func rows(in selection: PointSelection) -> RowSet {
        var rows: RowSet
        switch selection {
        case .only(let set): rows = self.rows(in: set)
        case .allBut(let set):
            rows = RowSet(all: index.rowCount)
            rows.subtract(self.rows(in: set))
        }
        rows.subtract(index.hidden)
        return rows
    }

    private func rows(in set: PointSet) -> RowSet {
        // The ids of hidden rows may be those of a later version.
        let ascending = min(
            ids.ascendingCount, index.hidden.first.map { Int($0) } ?? index.rowCount)
        var rows = RowSet()
        var start = 0
        let isSparse = set.count < ascending / 32
        set.forEach { number in
            let wanted = number.rawValue
            if isSparse {
                var high = ascending
                while start < high {
                    let middle = (start + high) / 2
                    if ids[UInt32(middle)] < wanted { start = middle + 1 } else { high = middle }
                }
            } else {
                while start < ascending, ids[UInt32(start)] < wanted { start += 1 }
            }
            if start < ascending, ids[UInt32(start)] == wanted { rows.insert(UInt32(start)) }
            return start < ascending
        }
        for row in UInt32(ascending)..<UInt32(index.rowCount)
        where set.contains(PointNumber(rawValue: ids[row])) { rows.insert(row) }
        return rows
    }
}
