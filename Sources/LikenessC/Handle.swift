import CLikeness
import Locks

/// What a handle of C points to: something that can be closed, and says so afterwards.
///
/// Calls that are running when it is closed keep what they work with; it goes when the last ends.
final class Handle<Value: AnyObject & Sendable>: Sendable {
    private let value: Lock<Value?>
    private let name: String

    /// - Parameter name: what people call the value.
    init(_ value: Value, named name: String) {
        self.value = Lock(value)
        self.name = name
    }

    /// What the handle holds.
    ///
    /// - Throws: ``Failure`` where it has been closed.
    func open() throws(Failure) -> Value {
        guard let value = value.withLock({ $0 }) else {
            throw Failure(LIKENESS_CLOSED, "The \(name) has been closed; open it again.")
        }
        return value
    }

    func close() {
        // Let go of outside the lock, as that may take long.
        _ = value.withLock { value in
            let held = value
            value = nil
            return held
        }
    }
}

extension Handle {
    /// A pointer for C, which owns the handle.
    @unsafe
    func given() -> OpaquePointer {
        unsafe OpaquePointer(Unmanaged.passRetained(self).toOpaque())
    }

    /// The handle behind a pointer that ``given()`` made.
    ///
    /// - Throws: ``Failure`` where the pointer is NULL.
    @unsafe
    static func from(_ pointer: OpaquePointer?, _ name: String) throws(Failure) -> Handle {
        guard let pointer = unsafe pointer else {
            throw .invalidArgument("The \(name) is NULL; give a handle.")
        }
        return unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer))
            .takeUnretainedValue()
    }

    /// Takes a handle back from C and closes it.
    @unsafe
    static func free(_ pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else { return }
        unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).takeRetainedValue()
            .close()
    }
}
