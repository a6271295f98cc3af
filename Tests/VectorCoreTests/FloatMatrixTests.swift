import TestSupport
import Testing
import VectorCore

@Suite struct FloatMatrixTests {
    @Test(arguments: [1, 2, 15, 16, 17, 100])
    func rowsAreAlignedPaddedAndReadBack(columns: Int) {
        withEverySeed(0..<2) { generator, seed in
            let vectors = randomVectors(9, dimension: columns, using: &generator)
            let matrix = FloatMatrix(vectors, columns: columns)
            #expect(matrix.rows == 9)
            #expect(matrix.columns == columns)
            #expect(matrix.stride == (columns + 15) / 16 * 16)
            for (row, vector) in vectors.enumerated() {
                #expect(matrix.vector(row) == vector, "seed \(seed)")
                let start = unsafe matrix.pointer(row: row)
                #expect(UInt(bitPattern: start) % 64 == 0, "seed \(seed)")
                for place in columns..<matrix.stride {
                    unsafe #expect(start[place] == 0, "seed \(seed)")
                }
            }
        }
    }

    @Test func anEmptyMatrixHasNoRows() {
        let matrix = FloatMatrix([], columns: 4)
        #expect(matrix.rows == 0)
        #expect(matrix.columns == 4)
        #expect(matrix.firstNonFinite == nil)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, .signalingNaN])
    func findsTheFirstNumberThatIsNotFinite(value: Float) {
        for columns in [1, 16, 17, 40] {
            for (row, column) in [(0, 0), (0, columns - 1), (3, columns / 2), (4, columns - 1)] {
                var vectors = [[Float]](repeating: .init(repeating: 1e38, count: columns), count: 5)
                vectors[row][column] = value
                vectors[4][columns - 1] = .nan
                let found = FloatMatrix(vectors, columns: columns).firstNonFinite
                #expect(found?.row == row)
                #expect(found?.column == column)
            }
        }
    }

    /// Their sum overflows, though each is finite.
    @Test func largeNumbersAreFinite() {
        let largest = [Float](repeating: .greatestFiniteMagnitude, count: 33)
        let matrix = FloatMatrix([largest, largest.map { -$0 }], columns: 33)
        #expect(matrix.firstNonFinite == nil)
    }

    @Test func whatFillThrowsIsThrown() {
        let failure = IndexError(.system, "The source ended.")
        let error = #expect(throws: IndexError.self) {
            _ = unsafe try FloatMatrix(rows: 3, columns: 2) {
                row, _ throws(IndexError) in if row == 1 { throw failure }
            }
        }
        #expect(error == failure)
    }

    @Test func aBorrowedMatrixKeepsItsOwner() {
        func borrow() -> (matrix: FloatMatrix, owner: Weak) {
            let source = FloatMatrix([[7, 8, 9], [1, 2, 3]], columns: 3)
            let matrix = unsafe FloatMatrix(
                borrowing: source.baseAddress, rows: 2, columns: 3, owner: source)
            return (matrix, Weak(source))
        }
        let owner: Weak
        do {
            let borrowed = borrow()
            owner = borrowed.owner
            #expect(owner.object != nil)
            #expect(borrowed.matrix.vector(1) == [1, 2, 3])
        }
        #expect(owner.object == nil)
    }
}

private final class Weak {
    weak var object: AnyObject?
    init(_ object: AnyObject) { self.object = object }
}
