import GraphConstruction
import VectorCore
import VectorKernels

/// What a walk does with the neighbours of a vertex, and how long it goes on.
///
/// The walk itself is one generic function, which the compiler makes anew for each policy.
protocol WalkPolicy {
    /// Whether so many more rows may be scored; then they count as scored.
    mutating func takes(_ count: Int) -> Bool

    /// Notes the rows that a vertex leads to and that have not been met.
    ///
    /// - Returns: the rows, and room for as many distances; both are the policy's until it is asked again.
    @unsafe
    mutating func rowsMet(
        from vertex: UInt32, on layer: Int, of graph: HNSWGraph, _ scorer: DistanceScorer,
        _ visited: inout VisitedSet
    ) -> MetRows
}

/// Rows that a walk has just met.
@unsafe
struct MetRows {
    let rows: UnsafePointer<UInt32>
    let distances: UnsafeMutablePointer<Float>
    let count: Int
}

/// All neighbours are looked at, until none is nearer.
@unsafe
struct PlainWalk: WalkPolicy {
    /// Room for the neighbours of one vertex, and their distances.
    let rows: UnsafeMutablePointer<UInt32>
    let distances: UnsafeMutablePointer<Float>

    @inline(__always)
    func takes(_ count: Int) -> Bool { true }

    @inline(__always)
    func rowsMet(
        from vertex: UInt32, on layer: Int, of graph: HNSWGraph, _ scorer: DistanceScorer,
        _ visited: inout VisitedSet
    ) -> MetRows {
        let links = unsafe graph.links(of: vertex, on: layer)
        let end = UInt32(truncatingIfNeeded: graph.count)
        var unvisited = 0
        for place in 0..<graph.degree(on: layer) {
            let neighbor = unsafe links[place]
            // `LinkTable.none`, or what somebody has written over the file.
            if neighbor >= end { break }
            if visited.insert(neighbor) {
                unsafe rows[unvisited] = neighbor
                unvisited &+= 1
                unsafe scorer.prefetch(row: neighbor)
            }
        }
        return unsafe MetRows(rows: rows, distances: distances, count: unvisited)
    }
}

/// Rows are counted, and the walk ends before they are more than it may score; those that are not wanted may be
/// stepped over to their neighbours.
@safe
struct CountedWalk: WalkPolicy {
    private(set) var scored = 0
    private let budget: Int
    /// Where it is given, other rows are stepped over.
    var wanted: RowSet?
    private let rows: UnsafeMutablePointer<UInt32>
    private let distances: UnsafeMutablePointer<Float>
    private var stepped: [UInt32] = []

    /// - Parameter room: for all neighbours' neighbours of a vertex, and their distances.
    @unsafe
    init(
        budget: Int,
        room: (rows: UnsafeMutablePointer<UInt32>, distances: UnsafeMutablePointer<Float>)
    ) {
        self.budget = budget
        unsafe rows = room.rows
        unsafe distances = room.distances
    }

    mutating func takes(_ count: Int) -> Bool {
        guard scored + count <= budget else { return false }
        scored += count
        return true
    }

    mutating func rowsMet(
        from vertex: UInt32, on layer: Int, of graph: HNSWGraph, _ scorer: DistanceScorer,
        _ visited: inout VisitedSet
    ) -> MetRows {
        let degree = graph.degree(on: layer)
        let links = unsafe graph.links(of: vertex, on: layer)
        let end = UInt32(truncatingIfNeeded: graph.count)
        var count = 0
        func note(_ row: UInt32) {
            unsafe scorer.prefetch(row: row)
            unsafe rows[count] = row
            count += 1
        }
        stepped.removeAll(keepingCapacity: true)
        for place in 0..<degree {
            let neighbor = unsafe links[place]
            if neighbor >= end { break }
            guard visited.insert(neighbor) else { continue }
            if let wanted, !wanted.contains(neighbor) {
                graph.prefetchLinks(of: neighbor, on: layer)
                stepped.append(neighbor)
            } else {
                note(neighbor)
            }
        }
        guard let wanted else {
            return unsafe MetRows(rows: rows, distances: distances, count: count)
        }
        for neighbor in stepped {
            let beyond = unsafe graph.links(of: neighbor, on: layer)
            for place in 0..<degree {
                let next = unsafe beyond[place]
                if next >= end { break }
                if wanted.contains(next), visited.insert(next) { note(next) }
            }
        }
        return unsafe MetRows(rows: rows, distances: distances, count: count)
    }
}
