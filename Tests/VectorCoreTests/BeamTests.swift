import TestSupport
import Testing
import VectorCore

/// A beam in a class, since expectations copy what they name.
private final class BeamBox {
    private var beam: Beam

    init(capacity: Int) { beam = Beam(capacity: capacity) }

    var capacity: Int { beam.capacity }
    var worst: Float { beam.worst }
    var nextNearest: UInt32? { beam.nextNearest }
    var kept: [Neighbor] {
        var kept: [Neighbor] = []
        for rank in 0..<beam.count {
            let (row, distance) = beam[rank]
            kept.append(Neighbor(row: RowID(rawValue: row), distance: distance))
        }
        return kept
    }

    var rows: [UInt32] { kept.map(\.row.rawValue) }

    func offer(_ row: UInt32, at distance: Float) { beam.offer(row, at: distance) }
    func popNearest() -> UInt32? { beam.popNearest() }
    func reset(capacity: Int) { beam.reset(capacity: capacity) }
    func restart(capacity: Int) { beam.restart(capacity: capacity) }
}

/// What a beam does, done by sorting an array after every offer.
private struct SortedList {
    var capacity: Int
    var entries: [(neighbor: Neighbor, isExpanded: Bool)] = []

    mutating func offer(_ row: UInt32, at distance: Float) {
        let neighbor = Neighbor(row: RowID(rawValue: row), distance: distance)
        entries.append((neighbor, false))
        entries.sort { $0.neighbor < $1.neighbor }
        entries = Array(entries.prefix(capacity))
    }

    mutating func popNearest() -> UInt32? {
        guard let rank = entries.firstIndex(where: { !$0.isExpanded }) else { return nil }
        entries[rank].isExpanded = true
        return entries[rank].neighbor.row.rawValue
    }

    var nextNearest: UInt32? { entries.first { !$0.isExpanded }?.neighbor.row.rawValue }

    var worst: Float {
        entries.count < capacity ? .infinity : entries.last?.neighbor.distance ?? .infinity
    }

    mutating func restart(capacity: Int) {
        self.capacity = capacity
        entries = entries.prefix(capacity).map { ($0.neighbor, false) }
    }
}

@Suite struct BeamTests {
    private static let distances: [Float] = [
        -.infinity, -1e30, -2.5, -1, -.leastNonzeroMagnitude, -0.0, 0, .leastNonzeroMagnitude, 0.5,
        1, 1.000_000_1, 3, 1e30, .infinity,
    ]

    /// Few different distances, so that most offers tie, and pops between them.
    @Test func keepsWhatASortedListKeeps() {
        withEverySeed(0..<40) { generator, seed in
            let capacity = Int.random(in: 1...20, using: &generator)
            let beam = BeamBox(capacity: capacity)
            var list = SortedList(capacity: capacity)
            var rows = (0..<UInt32(300)).shuffled(using: &generator)
            while let row = rows.popLast() {
                let distance = Self.distances.randomElement(using: &generator) ?? 0
                beam.offer(row, at: distance)
                list.offer(row, at: distance)
                expectSame(beam, list, "seed \(seed), \(rows.count) left")
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    #expect(beam.popNearest() == list.popNearest(), "seed \(seed)")
                }
                if Int.random(in: 0..<40, using: &generator) == 0 {
                    let capacity = Int.random(in: 1...40, using: &generator)
                    beam.restart(capacity: capacity)
                    list.restart(capacity: capacity)
                }
            }
            while let row = list.popNearest() {
                #expect(beam.popNearest() == row, "seed \(seed)")
            }
            #expect(beam.popNearest() == nil, "seed \(seed)")
        }
    }

    private func expectSame(_ beam: BeamBox, _ list: SortedList, _ place: String) {
        #expect(beam.kept == list.entries.map(\.neighbor), "\(place)")
        #expect(beam.worst == list.worst, "\(place)")
        #expect(beam.nextNearest == list.nextNearest, "\(place)")
        #expect(beam.capacity == list.capacity, "\(place)")
    }

    @Test func aNearerOfferAfterAPopIsPoppedNext() {
        let beam = BeamBox(capacity: 3)
        beam.offer(7, at: -2)
        #expect(beam.popNearest() == 7)
        #expect(beam.popNearest() == nil)
        beam.offer(9, at: -3)
        beam.offer(8, at: -1)
        #expect(beam.popNearest() == 9)
        #expect(beam.popNearest() == 8)
        #expect(beam.popNearest() == nil)
    }

    @Test func equalDistancesAreKeptBySmallestRow() {
        let beam = BeamBox(capacity: 2)
        for row: UInt32 in [5, 3, 9, 1] { beam.offer(row, at: 4) }
        #expect(beam.rows == [1, 3])
    }

    @Test func keepsRowsUpToTheLargest() {
        let beam = BeamBox(capacity: 2)
        let largest = UInt32(Int32.max)
        beam.offer(largest, at: .greatestFiniteMagnitude)
        beam.offer(largest - 1, at: -.greatestFiniteMagnitude)
        #expect(beam.rows == [largest - 1, largest])
        let finite = Float.greatestFiniteMagnitude
        #expect(beam.kept.map(\.distance) == [-finite, finite])
        #expect(beam.popNearest() == largest - 1)
        #expect(beam.popNearest() == largest)
    }

    @Test func resettingForgetsAndGrows() {
        let beam = BeamBox(capacity: 1)
        beam.offer(1, at: 1)
        beam.reset(capacity: 100)
        #expect(beam.kept.isEmpty)
        for row in 0..<UInt32(200) { beam.offer(row, at: -Float(row)) }
        #expect(beam.rows == (100..<200).reversed())
        beam.restart(capacity: 2)
        #expect(beam.popNearest() == 199)
        #expect(beam.popNearest() == 198)
        #expect(beam.popNearest() == nil)
    }
}
