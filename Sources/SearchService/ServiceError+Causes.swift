import FeatureStorage
import VectorCore
import VectorFiles

extension ServiceError {
    init(_ error: StorageError) {
        let code: Code =
            switch error.code {
            case .noSuchStore, .noSuchCollection, .noSuchField, .noSuchPoint: .notFound
            case .writerExists, .alreadyOpen, .readersFull: .busy
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

    init(_ error: IndexError) {
        let code: Code =
            switch error.code {
            case .dimensionMismatch, .notFinite, .damagedFile: .invalidData
            case .invalidParameter, .unsupportedMetric, .cancelled: .invalidRequest
            case .system: .inputOutput
            }
        self.init(code, error.message)
    }
}

extension ServiceError {
    init(_ error: VectorFileError) {
        let code: Code =
            switch error.code {
            case .noSuchFile, .system: .inputOutput
            case .empty, .truncated, .damaged, .unsupported, .zeroDimension,
                .inconsistentDimension, .notFinite:
                .invalidData
            }
        self.init(code, error.message)
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
func indexing<R>(_ body: () throws(IndexError) -> R) throws(ServiceError) -> R {
    do {
        return try body()
    } catch {
        throw ServiceError(error)
    }
}
