// What a program needs besides this module's own types: metrics and matrices, the kinds of index and
// how they are built, stores, and JSON payloads.
@_exported public import FeatureStorage
@_exported public import HNSW
@_exported public import IndexCatalog
@_exported public import JSON
@_exported public import SearchService
@_exported public import VectorCore
