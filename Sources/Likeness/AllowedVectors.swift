import IndexDefinitions
import MappedStorage
import SearchService
import VectorCore

/// Which vectors of an index a search may give.
public enum AllowedVectors: Sendable {
    /// Those with these ids; ids that the index does not have allow nothing.
    case ids([UInt64])
    /// Those whose place is true: one for each vector, in the order in which they were given.
    case mask([Bool])
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
            guard mask.count == count else {
                throw ServiceError(
                    .invalidRequest,
                    "The mask has \(mask.count) places, but the index has \(count) vectors; give one for "
                        + "each.")
            }
            if index.hidden.isEmpty { return RowSet(mask) }
            var set = RowSet()
            for (row, isAllowed) in zip(index.shown.rows, mask) where isAllowed { set.insert(row) }
            return set
        }
    }
}
