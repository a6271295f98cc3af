import IndexCatalog
import VectorCore

/// Every kind of index that may answer, and none: then all vectors are scanned.
let everyKindAndNone: [IndexKind?] = [nil] + IndexCatalog.kinds.map { $0 }
