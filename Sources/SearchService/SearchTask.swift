import FeatureStorage
import PayloadFilter
import VectorCore

/// What is asked of whatever answers a request, the queries aside.
struct SearchTask: Sendable {
    /// How many results a query, at least 1.
    var k: Int
    /// How hard to look.
    var effort = SearchEffort.usual
    /// The largest distance that a result has.
    var within: Float?
    /// A point that is left out, such as the one that asks.
    var excluded: UInt64?
    /// The points that a result may be; nil for all.
    var selection: PointSelection?
    /// How many threads work; nil for all cores.
    var threads: Int?

    /// Whether all points may be in the answer, however far.
    var isPlain: Bool { selection == nil && within == nil }
}

/// What answers a request, as the store was at one moment.
struct PinnedSearch {
    let collection: StoredCollection
    let field: VectorField
    let metric: DistanceMetric
    let searcher: Searcher
    /// The points that fulfil the filter; nil for all that the searcher knows.
    let selection: PointSelection?
    let warnings: [String]
}

extension Engine {
    /// Does what searches the store as it is at one moment, again at a later one where vectors that are
    /// read meanwhile have changed since.
    ///
    /// - Throws: what `body` throws otherwise, and where they have each time, so that a search that is slower
    ///   than the changes ends.
    func searching<R>(
        _ body: () throws(ServiceError) -> R
    ) throws(ServiceError) -> R {
        for _ in 1..<Self.mostTries {
            do throws(ServiceError) {
                return try body()
            } catch {
                guard error.isOutdated else { throw error }
            }
        }
        return try body()
    }

    /// How often a search is made whose vectors change meanwhile.
    static var mostTries: Int { 20 }

    /// Chooses what answers a request, and finds the points that its filter lets through, both of the same
    /// moment.
    ///
    /// - Throws: ``ServiceError`` with `notFound` where the kind that was asked for is not built.
    func pinned(
        _ collection: StoredCollection, _ field: VectorField, _ metric: DistanceMetric,
        _ mode: SearchMode, _ filter: PayloadFilter?
    ) throws(ServiceError) -> PinnedSearch {
        var warnings: [String] = []
        while true {
            let (searcher, found) = try searcher(
                collection, field, metric, mode, filter: filter)
            warnings += found
            func pinned(_ searcher: Searcher, _ selection: PointSelection?) -> PinnedSearch {
                PinnedSearch(
                    collection: collection, field: field, metric: metric, searcher: searcher,
                    selection: selection, warnings: warnings)
            }
            // A scan of the store's own vectors has read only those that the filter lets through.
            guard let filter, let view = searcher.view else { return pinned(searcher, nil) }
            let current = try read {
                transaction throws(StorageError) -> (IndexView, PointSelection)? in
                do throws(StorageError) {
                    // Another search may have taken in later changes already.
                    guard
                        let current = try view.view(
                            transaction, field, of: collection, in: store)
                    else { return nil }
                    return (
                        current,
                        try filters.points(matching: filter, in: collection, transaction)
                    )
                } catch {
                    // The index was published anew, and what it replaced is not kept up any more.
                    guard error.code == .logTrimmed else { throw error }
                    return nil
                }
            }
            if let (view, selection) = current { return pinned(Searcher(view), selection) }
        }
    }
}
