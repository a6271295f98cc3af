import CLikeness
import Likeness
import PayloadFilter
import SearchService

extension SearchChoice {
    /// Which points of a store are asked for.
    ///
    /// - Throws: ``Failure`` where the filter cannot be read, or there is what only indexes take.
    func scope() throws(Failure) -> SearchScope {
        guard allowed == nil else {
            throw .invalidArgument(
                "“allowed” and “mask” are for indexes; for stores use a filter with \"has_id\".")
        }
        return SearchScope(
            filter: try LikenessC.filter(filter), within: within, offset: offset)
    }

    /// Which vectors of an index are asked for.
    ///
    /// - Throws: ``Failure`` where there is what only stores take.
    @inline(__always)
    func limits() throws(Failure) -> (allowed: AllowedVectors?, within: Float?) {
        guard filter == nil, offset == 0 else {
            throw .invalidArgument(
                "“filter” and “offset” are for stores; for indexes give the ids that are allowed.")
        }
        guard !wantsWarnings else {
            throw .invalidArgument("“warnings” are for stores; an index has none.")
        }
        return (allowed, within)
    }
}

/// A filter of JSON, or nil where there is no text.
///
/// - Throws: ``Failure`` where it cannot be read.
func filter(_ text: String?) throws(Failure) -> PayloadFilter? {
    guard let text else { return nil }
    do throws(FilterError) {
        return try PayloadFilter(text)
    } catch {
        throw .invalidArgument(error.message)
    }
}

/// A key of payloads that C handed in.
///
/// - Throws: ``Failure`` where it is NULL or no path.
@unsafe
func fieldPath(_ pointer: UnsafePointer<CChar>?) throws(Failure) -> FieldPath {
    let text = unsafe try text(pointer, "key")
    do throws(FilterError) {
        return try FieldPath(text)
    } catch {
        throw .invalidArgument(
            "“\(text)” is no key of payloads; write it like a.b, a[].b, a[0] or \"any name\".")
    }
}
