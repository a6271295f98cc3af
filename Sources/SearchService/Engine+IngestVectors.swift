import FeatureStorage
import Foundation
import JSON
import Locks
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
    /// Rows whose points have the same vector and payload already are left alone, so a run that was cut off is
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
                let wrote = try exclusive.withTurn { () throws(ServiceError) in
                    try writeBatch(batch, source, collection, field)
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

    /// Writes the rows of a batch that the store does not have yet, or has with another vector or payload;
    /// returns how many.
    private func writeBatch(
        _ batch: VectorBatch, _ source: VectorIngestSource, _ collection: StoredCollection,
        _ field: VectorField
    ) throws(ServiceError) -> Int {
        var payloads: [JSONObject] = []
        if let lines = source.payloads {
            for row in batch.firstRow..<batch.firstRow + batch.count {
                payloads.append(try lines.payload(row))
            }
        }
        let given = payloads
        let firstID = source.request.firstID + UInt64(batch.firstRow)
        return try write { transaction throws(StorageError) in
            var wrote = 0
            for index in 0..<batch.count {
                let id = PointID.number(firstID + UInt64(index))
                let vector = batch.vectorData(index)
                let payload = given.isEmpty ? nil : given[index]
                guard let number = try transaction.reader.number(of: id, in: collection) else {
                    let point = Point(
                        id: id, payload: payload ?? [:], vectors: [field.name: vector])
                    try transaction.upsert(point, into: collection)
                    wrote += 1
                    continue
                }
                var isPresent = true
                if try !transaction.reader.hasVector(of: number, field, equalTo: batch, index) {
                    try transaction.setVectors([field.name: vector], of: id, in: collection)
                    isPresent = false
                }
                if let payload,
                    try !transaction.reader.hasPayload(of: number, payload, in: collection)
                {
                    try transaction.setPayload(payload, of: id, in: collection)
                    isPresent = false
                }
                if !isPresent { wrote += 1 }
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
    let payloads: PayloadLines?

    /// Opens a file and reads it once to check it.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput`, `invalidRequest` where ids run out, or
    ///   `invalidData` where the file is not what its name says, is cut short, or holds NaN or an
    ///   infinity, or payloads are no JSON objects or not as many.
    /// - Complexity: O(bytes)
    public init(_ request: VectorIngestRequest) throws(ServiceError) {
        self.request = request
        file = try Engine.openVectors(request.file)
        guard request.firstID.addingReportingOverflow(UInt64(file.count)).overflow == false else {
            throw ServiceError(
                .invalidRequest, "Ids from \(request.firstID) leave no room for \(file.count) rows."
            )
        }
        let count = file.count
        payloads = try request.payloads.map { path throws(ServiceError) in
            try PayloadLines(path, count: count)
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

extension ReadTransaction {
    /// Whether a point's payload is this one; a damaged one is not.
    fileprivate func hasPayload(
        of number: PointNumber, _ payload: JSONObject, in collection: StoredCollection
    ) throws(StorageError) -> Bool {
        do throws(StorageError) {
            return try self.payload(of: number, in: collection) == payload
        } catch {
            guard error.code == .damagedRecord else { throw error }
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
