import FeatureStorage
import Foundation
import Synchronization
import VectorCore
import VectorFiles

extension Engine {
    /// Takes in a file of vectors; see ``ingestVectors(_:progress:)-(VectorIngestSource,_)``.
    public func ingestVectors(
        _ request: VectorIngestRequest, progress: (@Sendable (WorkProgress) -> Void)? = nil
    ) throws(ServiceError) -> VectorIngestReport {
        try ingestVectors(VectorIngestSource(request), progress: progress)
    }

    /// Takes in a file of vectors; a vector's row in the file becomes its point's id.
    ///
    /// Rows whose points have the same vector already are left alone, so a run that was cut off is
    /// completed by the same request.
    ///
    /// - Parameters:
    ///   - source: the file, which has been checked.
    ///   - progress: told after every batch.
    /// - Throws: ``ServiceError`` with `inputOutput`, `invalidData` where the field has another
    ///   dimension or element type, or `invalidRequest` where it has another metric.
    public func ingestVectors(
        _ source: VectorIngestSource, progress: (@Sendable (WorkProgress) -> Void)? = nil
    ) throws(ServiceError) -> VectorIngestReport {
        let clock = Stopwatch()
        let (request, file) = (source.request, source.file)
        if let metric = request.metric {
            let known = try read { transaction throws(StorageError) in
                try transaction.collection(named: request.collection)
            }
            if let known { try requireMetric(metric, ofField: request.vector, in: known) }
        }
        let (collection, field) = try write { transaction throws(StorageError) in
            let collection = try transaction.ensureCollection(named: request.collection)
            let field = try transaction.ensureField(
                named: request.vector, dimension: file.dimension,
                elementType: ElementType(file.elementType), metric: request.metric ?? .l2,
                of: collection)
            return (collection, field)
        }
        var added = 0
        var present = 0
        do {
            var reader = try file.makeReader()
            while let batch = try reader.next() {
                let wrote = try exclusive.withLock { _ throws(ServiceError) in
                    try writeBatch(batch, request.firstID, collection, field)
                }
                added += wrote
                present += batch.count - wrote
                progress?(clock.progress(done: added + present, total: file.count))
            }
        } catch let error as VectorFileError {
            throw ServiceError(error)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError(.inputOutput, "\(error)")
        }
        return VectorIngestReport(
            collection: collection.name, vector: field.name, added: added, present: present,
            dimension: field.dimension, elementType: field.elementType.rawValue,
            seconds: clock.seconds)
    }

    /// Writes the rows of a batch that the store does not have yet; returns how many.
    private func writeBatch(
        _ batch: VectorBatch, _ firstID: UInt64, _ collection: StoredCollection,
        _ field: VectorField
    ) throws(ServiceError) -> Int {
        try write { transaction throws(StorageError) in
            var wrote = 0
            for index in 0..<batch.count {
                let id = PointID.number(firstID + UInt64(batch.firstRow + index))
                let vector = batch.vectorData(index)
                guard let number = try transaction.reader.number(of: id, in: collection) else {
                    try transaction.upsert(
                        Point(id: id, vectors: [field.name: vector]), into: collection)
                    wrote += 1
                    continue
                }
                if try !transaction.reader.hasVector(of: number, field, equalTo: batch, index) {
                    try transaction.setVectors([field.name: vector], of: id, in: collection)
                    wrote += 1
                }
            }
            return wrote
        }
    }

    /// Opens a file of vectors with errors as the service has them.
    static func openVectors(_ path: String) throws(ServiceError) -> VectorFile {
        do {
            return try VectorFile.open(path)
        } catch {
            throw ServiceError(error)
        }
    }
}

/// A file of vectors that was found whole and finite; no store has been touched.
public struct VectorIngestSource: Sendable {
    /// What was asked for.
    public let request: VectorIngestRequest
    let file: VectorFile

    /// Opens a file and reads it once to check it.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput`, `invalidRequest` where ids run out, or
    ///   `invalidData` where the file is not what its name says, is cut short, or holds NaN or an
    ///   infinity.
    /// - Complexity: O(bytes)
    public init(_ request: VectorIngestRequest) throws(ServiceError) {
        self.request = request
        file = try Engine.openVectors(request.file)
        guard request.firstID.addingReportingOverflow(UInt64(file.count)).overflow == false else {
            throw ServiceError(
                .invalidRequest, "Ids from \(request.firstID) leave no room for \(file.count) rows."
            )
        }
        guard file.elementType != .u8 else { return }
        do {
            var reader = try file.makeReader()
            while let batch = try reader.next() { try batch.checkFinite() }
        } catch {
            throw ServiceError(error)
        }
    }
}

extension ElementType {
    fileprivate init(_ type: VectorFile.ElementType) {
        switch type {
        case .f32: self = .f32
        case .f16: self = .f16
        case .u8: self = .u8
        }
    }
}

extension ReadTransaction {
    /// Whether a point's vector is a row of a batch, bit for bit; a damaged one is not.
    fileprivate func hasVector(
        of number: PointNumber, _ field: VectorField, equalTo batch: VectorBatch, _ index: Int
    ) throws(StorageError) -> Bool {
        do throws(StorageError) {
            return try withVector(of: number, field) { stored throws(StorageError) in
                batch.hasSameBytes(index, as: stored.bytes)
            } ?? false
        } catch {
            guard error.code == .damagedVector else { throw error }
            return false
        }
    }
}

extension VectorBatch {
    fileprivate func vectorData(_ index: Int) -> VectorData {
        let bytes = elementBytes(index)
        return unsafe bytes.withUnsafeBytes { bytes in
            switch elementType {
            case .f32: .f32(unsafe Self.values(bytes))
            case .f16: .f16(unsafe Self.values(bytes))
            case .u8: .u8(unsafe Array(bytes))
            }
        }
    }

    private static func values<T: BitwiseCopyable>(_ bytes: UnsafeRawBufferPointer) -> [T] {
        let size = MemoryLayout<T>.size
        return unsafe [T](unsafeUninitializedCapacity: bytes.count / size) { target, count in
            unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
            count = bytes.count / size
        }
    }

    fileprivate func hasSameBytes(_ index: Int, as stored: RawSpan) -> Bool {
        let mine = elementBytes(index)
        guard mine.byteCount == stored.byteCount else { return false }
        return unsafe mine.withUnsafeBytes { mine in
            unsafe stored.withUnsafeBytes { stored in unsafe mine.elementsEqual(stored) }
        }
    }
}
