import IndexDefinitions
import MappedStorage
import SearchService
public import VectorCore

/// Which vectors of an index a search may give.
public enum AllowedVectors: Sendable {
    /// Those with these ids; ids that the index does not have allow nothing.
    case ids([UInt64])
    /// Those whose place is true: one for each vector, in the order in which they were given.
    case mask([Bool])
    /// Those at these places, of so many places: as a mask, but made once for many searches.
    case places(RowSet, of: Int)
}

extension IndexVersion {
    /// The rows that are allowed and can be found.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` where a mask has another length than the index.
    /// - Complexity: O(count + ids)
    func rows(_ allowed: AllowedVectors) throws(ServiceError) -> RowSet {
        switch allowed {
        case .ids(let wanted):
            var set = ids.rows(of: wanted)
            set.subtract(index.hidden)
            return set
        case .mask(let mask):
            return try rows(RowSet(mask), of: mask.count)
        case .places(let places, let count):
            return try rows(places, of: count)
        }
    }

    /// The rows at some places among those that can be found.
    private func rows(_ places: RowSet, of given: Int) throws(ServiceError) -> RowSet {
        guard given == count else {
            throw ServiceError(
                .invalidRequest,
                "The mask has \(given) places, but the index has \(count) vectors; give one for "
                    + "each.")
        }
        if index.hidden.isEmpty { return places }
        var set = RowSet()
        for (place, row) in index.shown.rows.enumerated() where places.contains(UInt32(place)) {
            set.insert(row)
        }
        return set
    }
}
