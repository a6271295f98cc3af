// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import Likeness
import MappedStorage
import SearchService
import VectorCore

/// Finds the nearest vectors of one query; see likeness.h.
@c @implementation
public func likeness_index_search(
    _ index: OpaquePointer?, _ query: UnsafePointer<Float>?, _ dimension: Int, _ k: Int,
    _ options: UnsafePointer<likeness_search_options>?, _ ids: UnsafeMutablePointer<UInt64>?,
    _ distances: UnsafeMutablePointer<Float>?, _ found: UnsafeMutablePointer<Int>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let choice = unsafe try SearchChoice(options)
        let query = unsafe try required(query, "query")
        let ids = unsafe try required(ids, "ids")
        let distances = unsafe try required(distances, "distances")
        let found = unsafe try required(found, "found")
        // Before the query is looked at, since it has as many numbers as the caller says.
        guard dimension == index.dimension else {
            throw Failure(
                LIKENESS_INVALID_DATA,
                "The query has \(UInt(bitPattern: dimension)) numbers, but the index holds vectors "
                    + "of \(index.dimension).")
        }
        let k = try resultCount(k)
        let span = unsafe Span(_unsafeStart: query, count: dimension)
        let limits = try choice.limits()
        var answers = Answers()
        let all: RowIDs
        do throws(ServiceError) {
            all = try index.search(
                Queries(span), k: k, effort: choice.effort, among: limits.allowed,
                within: limits.within, into: &answers)
        } catch {
            throw Failure(error)
        }
        for (rank, neighbor) in answers.neighbors.enumerated() {
            unsafe ids[rank] = all[neighbor.row]
            unsafe distances[rank] = neighbor.distance
        }
        unsafe found.pointee = answers.neighbors.count
    }
}

/// Finds the nearest vectors of many queries; see likeness.h.
@c @implementation
public func likeness_index_search_batch(
    _ index: OpaquePointer?, _ queries: UnsafePointer<likeness_vectors>?, _ k: Int,
    _ options: UnsafePointer<likeness_search_options>?, _ ids: UnsafeMutablePointer<UInt64>?,
    _ distances: UnsafeMutablePointer<Float>?, _ found: UnsafeMutablePointer<Int>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let choice = unsafe try SearchChoice(options)
        let lent = unsafe try LentVectors(queries, "queries")
        let found = unsafe try required(found, "found")
        let k = try resultCount(k)
        try checkRoom(queries: lent.count, k: k)
        let threads = Engine.threads(choice.threads)
        let matrix = try lent.borrowedMatrix(threads: threads)
        let limits = try choice.limits()
        var answers = Answers()
        let all: RowIDs
        do throws(ServiceError) {
            all = try index.search(
                Queries(matrix), k: k, effort: choice.effort, among: limits.allowed,
                within: limits.within, threads: threads, into: &answers)
        } catch {
            throw Failure(error)
        }
        guard lent.count > 0 else {
            unsafe found.pointee = 0
            return
        }
        let ids = unsafe try required(ids, "ids")
        let distances = unsafe try required(distances, "distances")
        var most = 0
        for row in 0..<answers.count {
            let neighbors = answers[row]
            most = max(most, neighbors.count)
            let start = row * k
            for (rank, neighbor) in neighbors.enumerated() {
                unsafe ids[start + rank] = all[neighbor.row]
                unsafe distances[start + rank] = neighbor.distance
            }
            let rest = k - neighbors.count
            guard rest > 0 else { continue }
            unsafe (ids + start + neighbors.count).update(repeating: .max, count: rest)
            unsafe (distances + start + neighbors.count)
                .update(repeating: .infinity, count: rest)
        }
        unsafe found.pointee = most
    }
}

/// How many results are asked for.
@inline(__always)
func resultCount(_ k: Int) throws(Failure) -> Int {
    guard k > 0 else {
        throw .invalidArgument("k is \(UInt(bitPattern: k)); ask for at least 1 result.")
    }
    return k
}

/// Checks that rows of `k` results can be in memory.
func checkRoom(queries: Int, k: Int) throws(Failure) {
    let (results, overflow) = queries.multipliedReportingOverflow(by: k)
    guard !overflow, !results.multipliedReportingOverflow(by: 32).overflow else {
        throw .invalidArgument(
            "\(queries) queries with k \(k) have more results than memory can hold; ask for fewer.")
    }
}
