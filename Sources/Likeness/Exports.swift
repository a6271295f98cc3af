// What a program needs besides this module's own types: metrics and matrices, the kinds of index and
// how they are built, stores, JSON payloads, and filters.
@_exported public import FeatureStorage
@_exported public import IndexCatalog
@_exported public import IndexDefinitions
@_exported public import JSON
@_exported public import PayloadFilter
@_exported public import SearchService
@_exported public import VectorCore
