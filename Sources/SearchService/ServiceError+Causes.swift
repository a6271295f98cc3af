import FeatureExtraction
import FeatureStorage
package import IndexDefinitions
package import OutputFiles
package import VectorCore
import VectorFiles

extension ServiceError {
    init(_ error: StorageError) {
        let code: Code =
            switch error.code {
            case .noSuchStore, .noSuchCollection, .noSuchField, .noSuchPoint: .notFound
            case .writerExists, .alreadyOpen, .readersFull, .replaced: .busy
            case .notAStore, .damagedStore, .damagedVector, .damagedRecord, .unsupportedFormat,
                .dimensionMismatch, .notFinite, .notRepresentable, .fieldMismatch:
                .invalidData
            case .invalidName, .invalidID, .collectionExists, .invalidParameter, .readOnly:
                .invalidRequest
            case .networkFileSystem, .diskFull, .mapFull, .transactionTooLarge, .closed, .system,
                .nestedTransaction, .logTrimmed:
                .inputOutput
            }
        self.init(code, error.message)
    }

    package init(_ error: IndexError) {
        let code: Code =
            switch error.code {
            case .dimensionMismatch, .notFinite, .damagedFile: .invalidData
            case .invalidParameter, .unsupportedMetric: .invalidRequest
            case .system: .inputOutput
            case .cancelled: .cancelled
            case .outdated: .busy
            }
        self.init(code, error.message, isOutdated: error.code == .outdated)
    }
}

extension ServiceError {
    /// Why a change of an index was not made.
    package init(_ error: ChangeError) {
        switch error.reason {
        case .index(let error): self.init(error)
        case .idUnknown: self.init(.notFound, error.message)
        case .idTaken, .idRepeated, .idCount, .noIDs: self.init(.invalidRequest, error.message)
        }
    }
}

extension ServiceError {
    package init(_ error: OutputFileError) {
        let code: Code =
            switch error.reason {
            case .exists, .refused: .invalidRequest
            case .system: .inputOutput
            }
        self.init(code, error.description)
    }

    init(_ error: VectorFileError) {
        let code: Code =
            switch error.code {
            case .noSuchFile, .system: .inputOutput
            case .refused: .invalidRequest
            case .empty, .truncated, .damaged, .unsupported, .zeroDimension,
                .inconsistentDimension, .notFinite:
                .invalidData
            }
        self.init(code, error.message)
    }
}

extension ServiceError {
    /// An error of extraction, from a file or a request.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as ServiceError:
            self = error
        case let error as StorageError:
            self.init(error)
        case let error as ExtractionError:
            let code: Code =
                switch error.code {
                case .unknownModel, .unknownLayer: .notFound
                case .invalidExtractor, .invalidModel: .invalidRequest
                case .noRuntime, .unavailable: .unavailable
                case .damagedModel, .unsupportedModel, .badImage, .inferenceFailed: .invalidData
                case .system: .inputOutput
                }
            let place = error.code == .badImage ? "\(path): " : ""
            self.init(code, place + error.message)
        default:
            self.init(.inputOutput, "\(path): \(error)")
        }
    }
}

/// Runs `body` with the store's errors as the service has them.
func translating<R: ~Copyable>(_ body: () throws(StorageError) -> R) throws(ServiceError) -> R {
    do {
        return try body()
    } catch {
        throw ServiceError(error)
    }
}

/// Runs `body` with an index's errors as the service has them.
package func indexing<R>(_ body: () throws(IndexError) -> R) throws(ServiceError) -> R {
    do {
        return try body()
    } catch {
        throw ServiceError(error)
    }
}
