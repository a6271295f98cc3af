import CLikeness
import Glibc
import SearchService

/// Where a function puts its sentence.
typealias MessagePlace = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

/// Why a call failed, as C is told.
struct Failure: Error {
    let status: likeness_status
    let message: String

    init(_ status: Int, _ message: String) {
        self.status = likeness_status(status)
        self.message = message
    }

    static func invalidArgument(_ message: String) -> Failure {
        Failure(LIKENESS_INVALID_ARGUMENT, message)
    }

    init(_ error: ServiceError) {
        let status =
            switch error.code {
            case .notFound: LIKENESS_NOT_FOUND
            case .invalidRequest: LIKENESS_INVALID_ARGUMENT
            case .invalidData: LIKENESS_INVALID_DATA
            case .unsupported: LIKENESS_UNSUPPORTED
            case .unavailable: LIKENESS_UNAVAILABLE
            case .inputOutput, .noMemory: LIKENESS_INPUT_OUTPUT
            // C has no tasks to cancel; whoever sees this may ask again.
            case .busy, .cancelled: LIKENESS_BUSY
            }
        self.init(status, error.message)
    }
}

/// Runs the body of a function of the ABI, and tells C how it ended.
@inline(__always)
func answer(_ message: MessagePlace, _ body: () throws(Failure) -> Void) -> likeness_status {
    do {
        try body()
        unsafe message?.pointee = nil
        return likeness_status(LIKENESS_OK)
    } catch {
        if let message = unsafe message { unsafe message.pointee = owned(error.message) }
        return error.status
    }
}

/// Runs `body` with the service's errors as C is told them.
@inline(__always)
func serving<R>(_ body: () throws(ServiceError) -> R) throws(Failure) -> R {
    do {
        return try body()
    } catch {
        throw Failure(error)
    }
}

/// A copy of a text that C frees with `likeness_string_free`.
func owned(_ text: String) -> UnsafeMutablePointer<CChar>? {
    unsafe strdup(text)
}
