import ArgumentParser
import SearchService

extension ExitCode {
    /// The work is done but for parts that the command has named: images that could not be read,
    /// damaged indexes.
    static let partial = ExitCode(2)
}

extension ServiceError.Code {
    /// The exit status after `sysexits.h`, which the parser follows too.
    var exitStatus: Int32 {
        switch self {
        case .notFound, .noMemory: 1
        case .invalidRequest: 64
        case .invalidData: 65
        case .unsupported, .unavailable: 69
        case .inputOutput: 74
        case .busy: 75
        case .cancelled: 130
        }
    }
}
