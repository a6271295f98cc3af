extension FloatMatrix {
    /// A copy of some rows, in the order given.
    ///
    /// - Parameter chosen: rows of this matrix.
    /// - Complexity: O(chosen · columns)
    public func selecting(rows chosen: some RandomAccessCollection<Int>) -> FloatMatrix {
        precondition(chosen.allSatisfy { $0 >= 0 && $0 < rows })
        let chosen = Array(chosen)
        return unsafe FloatMatrix(rows: chosen.count, columns: columns) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe start.update(from: pointer(row: chosen[row]), count: columns)
        }
    }
}
