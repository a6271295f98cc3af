import CLikeness
import VectorCore

/// A text that C handed in.
///
/// - Throws: ``Failure`` where it is NULL or not UTF-8.
@unsafe
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(Failure) -> String {
    guard let text = unsafe try optionalText(pointer, name) else {
        throw .invalidArgument("The \(name) is NULL; give a text.")
    }
    return text
}

/// A text that C handed in, or nil where it is NULL.
///
/// - Throws: ``Failure`` where it is not UTF-8.
@unsafe
func optionalText(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(Failure) -> String? {
    guard let pointer = unsafe pointer else { return nil }
    guard let text = unsafe String(validatingCString: pointer) else {
        throw .invalidArgument("The \(name) is not UTF-8.")
    }
    return text
}

/// A pointer that must not be NULL.
@unsafe
@inline(__always)
func required<Pointer>(_ pointer: Pointer?, _ name: StaticString) throws(Failure) -> Pointer {
    guard let pointer else {
        throw .invalidArgument("“\(name)” is NULL; give room for it.")
    }
    return pointer
}

/// A size of C as Swift counts.
@inline(__always)
func count(_ size: Int, _ name: StaticString) throws(Failure) -> Int {
    // Sizes arrive as words; those above half of all are negative here.
    guard size >= 0 else {
        throw .invalidArgument("“\(name)” is \(UInt(bitPattern: size)), more than there can be.")
    }
    return size
}

/// The numbers of a list that C handed in, or nil where it is NULL.
@unsafe
func numbers(_ pointer: UnsafePointer<UInt64>?, count: Int) -> [UInt64]? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe Array(UnsafeBufferPointer(start: pointer, count: count))
}

/// A metric by its name, or nil where that is NULL.
///
/// - Throws: ``Failure`` where it names none.
@unsafe
func metric(_ pointer: UnsafePointer<CChar>?) throws(Failure) -> DistanceMetric? {
    guard let name = unsafe try optionalText(pointer, "metric") else { return nil }
    guard let metric = DistanceMetric(name: name) else {
        throw .invalidArgument(
            "“\(name)” is no metric; the metrics are \(DistanceMetric.names).")
    }
    return metric
}
