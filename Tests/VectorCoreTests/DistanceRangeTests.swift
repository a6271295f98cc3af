import TestSupport
import Testing
import VectorCore

/// Vectors and queries with numbers so large that `Float` does not hold their distances are refused.
@Suite struct DistanceRangeTests {
    /// The length from which a metric refuses vectors that have one number other than 0.
    static let limits: [(metric: DistanceMetric, length: Double)] = [
        (.l2, 0x1p127), (.l2Squared, 0x1p63), (.innerProduct, 0x1p64), (.l1, 0x1p127),
        (.minkowski(p: 1.5), 0x1p127), (.minkowski(p: 3), 0x1p127), (.minkowski(p: 32), 0x1p127),
    ]

    @Test(arguments: limits)
    func refusesFromALengthOn(metric: DistanceMetric, length: Double) throws {
        let largest = Float(length).nextDown
        for columns in [1, 3, 40] {
            for place in [0, columns - 1] {
                var vector = [Float](repeating: 0, count: columns)
                vector[place] = -largest
                try FloatMatrix([vector, vector], columns: columns).validate(for: metric)
                vector[place] = -largest.nextUp
                let small = [Float](repeating: 1, count: columns)
                let matrix = FloatMatrix([small, vector, small], columns: columns)
                let error = #expect(throws: IndexError.self) { try matrix.validate(for: metric) }
                #expect(error?.code == .invalidParameter)
                #expect(error?.message.hasPrefix("Vector 1 ") == true)
                #expect(error?.message.contains("scale all vectors down") == true)
            }
        }
    }

    @Test func manyNumbersMakeAVectorLong() throws {
        for (metric, number) in [
            (DistanceMetric.l2, Float(2e37)), (.l2Squared, 1e18), (.innerProduct, 2e18),
            (.l1, 2e36), (.minkowski(p: 3), 4e37), (.minkowski(p: 32), 1.5e38),
        ] {
            let few = FloatMatrix([[Float](repeating: number, count: 20)], columns: 20)
            try few.validate(for: metric)
            let many = FloatMatrix([[Float](repeating: number, count: 200)], columns: 200)
            #expect(throws: IndexError.self, "\(metric)") { try many.validate(for: metric) }
        }
    }

    @Test func cosineRefusesNoLength() throws {
        let largest = [Float](repeating: .greatestFiniteMagnitude, count: 33)
        let least = [Float](repeating: .leastNonzeroMagnitude, count: 33)
        try FloatMatrix([largest, least], columns: 33).validate(for: .cosine)
    }

    @Test func whatIsNotFiniteIsNamedAsThat() {
        let matrix = FloatMatrix([[1e38, 1e38], [2, .nan]], columns: 2)
        let error = #expect(throws: IndexError.self) { try matrix.validate(for: .cosine) }
        #expect(error?.code == .notFinite)
        #expect(error?.message.hasPrefix("Number 1 of vector 1 ") == true)
    }

    @Test(arguments: [Float(0x1p-149), 1, 0x1p40, 1e38, .infinity])
    func reachesWhatItIsAsked(size: Float) {
        withEverySeed(0..<4) { generator, seed in
            for count in [1, 5, 16, 33] {
                let place = Int.random(in: 0..<count, using: &generator)
                var numbers = [Float](repeating: 0, count: count)
                numbers[place] = size.nextDown
                let isBelow = !numbers.span.reaches(size)
                #expect(isBelow, "seed \(seed)")
                for number in [size, -size, size.nextUp, .infinity, -.infinity, .nan] {
                    numbers[place] = number
                    let reaches = numbers.span.reaches(size)
                    #expect(reaches, "\(number), seed \(seed)")
                }
            }
        }
    }

    @Test func distancesThatAreNotFiniteAreRefused() throws {
        let fine = [
            Neighbor(row: RowID(3), distance: -1), Neighbor(row: RowID(4), distance: 1e38),
        ]
        #expect(try QueryCheck.checked(fine) == fine)
        #expect(try QueryCheck.checked([fine, []]) == [fine, []])
        for distance in [-Float.infinity, .infinity, .nan] {
            let found = fine + [Neighbor(row: RowID(5), distance: distance)]
            let single = #expect(throws: IndexError.self) { try QueryCheck.checked(found) }
            #expect(single?.code == .invalidParameter)
            #expect(single?.message.hasPrefix("A distance from the query ") == true)
            let batch = #expect(throws: IndexError.self) { try QueryCheck.checked([fine, found]) }
            #expect(batch?.message.hasPrefix("A distance from query 1 ") == true)
        }
    }
}
