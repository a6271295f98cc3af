import FeatureExtraction
import FeatureStorage
import JSON

/// Gathers what is to be written of images and writes it many at a time, each group in one
/// transaction.
struct ImageWriter {
    private let engine: Engine
    private let collection: StoredCollection
    private let source: ImageIngestSource
    private let prefix: String
    private let fields: [String]
    private let element: ElementType
    private var nextID: UInt64
    var outcome = ImageIngest.Outcome()

    private var waiting: [Change] = []
    private var waitingBytes = 0

    /// A sync costs about as much as extracting one image, so it is shared by as many as this.
    private static let groupCount = 64
    static let groupBytes = 32 << 20
    /// Payloads are short, and a chain of renames should not be cut in two.
    private static let payloadGroupCount = 8192

    private enum Change: Sendable {
        case add(Point)
        case complete(UInt64, [String: VectorData])
        case replace(UInt64, Members, [String: VectorData])
        case amend(UInt64, Members)
        case delete(UInt64)
    }

    /// The members of a payload that an ingest sets; nil leaves a member as it is.
    fileprivate struct Members: Sendable {
        let path: String
        let label: String?
        /// The label that the path would have given before, for points that leave a folder.
        let labels: ImageLabels
        var width: Int?
        var height: Int?
        var facts: ImageFileFacts?
    }

    init(
        engine: Engine, collection: StoredCollection, source: ImageIngestSource, prefix: String,
        nextID: UInt64
    ) {
        self.engine = engine
        self.collection = collection
        self.source = source
        self.prefix = prefix
        self.nextID = nextID
        fields = source.fields.map(\.name)
        element = source.request.element.stored
    }

    /// Takes one extracted image, and writes a group once it is large enough.
    mutating func take(
        _ image: ExtractedImage, of file: Int, _ entry: PresentImages.Entry
    ) throws(ServiceError) {
        let path = source.listing.paths[file]
        let features: ExtractedImage.Features
        var vectors: [String: VectorData] = [:]
        do throws(ExtractionError) {
            features = try image.outcome.get()
        } catch {
            return outcome.failures.append(ImageFailure(path: path, reason: error.message))
        }
        for (field, vector) in zip(fields, features.vectors) where !vector.isEmpty {
            do throws(StorageError) {
                let data = try VectorData(vector, as: element)
                guard data.firstNonFinite == nil else {
                    throw StorageError(.notFinite, "Its vector “\(field)” has NaN or an infinity.")
                }
                vectors[field] = data
                waitingBytes += data.count * element.size
            } catch {
                return outcome.failures.append(ImageFailure(path: path, reason: error.message))
            }
        }
        let facts = ContentHash(hexadecimal: features.sha256).map { hash in
            ImageFileFacts(
                bytes: Int64(features.byteCount), modified: source.listing.times[file], hash: hash)
        }
        let members = Members(
            path: prefix + path, label: source.labels.label(of: path), labels: source.labels,
            width: features.width, height: features.height, facts: facts)
        if !entry.isPresent {
            let id = try makeID()
            waiting.append(
                .add(Point(id: id, payload: members.applied(to: [:]), vectors: vectors)))
            outcome.added += 1
        } else if entry.marks.contains(.changed) {
            waiting.append(.replace(entry.number, members, vectors))
            outcome.updated += 1
        } else {
            waiting.append(.complete(entry.number, vectors))
            // What was moved or labelled anew is counted already.
            if entry.marks.isDisjoint(with: [.moved, .label]) { outcome.completed += 1 }
        }
        if waiting.count >= Self.groupCount || waitingBytes >= Self.groupBytes { try flush() }
    }

    /// Gives a point that is there the path, the label and the facts that its file has now.
    mutating func amend(
        _ file: Int, _ entry: PresentImages.Entry, hash: ContentHash?
    ) throws(ServiceError) {
        let path = source.listing.paths[file]
        let facts = hash.map { hash in
            ImageFileFacts(
                bytes: source.listing.sizes[file], modified: source.listing.times[file], hash: hash)
        }
        waiting.append(
            .amend(
                entry.number,
                Members(
                    path: prefix + path, label: source.labels.label(of: path),
                    labels: source.labels, facts: facts)))
        if entry.marks.contains(.moved) {
            outcome.moved += 1
        } else if entry.marks.contains(.label) {
            outcome.completed += 1
        }
        if waiting.count >= Self.payloadGroupCount { try flush() }
    }

    /// Deletes a point.
    mutating func delete(_ number: UInt64) throws(ServiceError) {
        waiting.append(.delete(number))
        outcome.pruned += 1
        if waiting.count >= Self.payloadGroupCount { try flush() }
    }

    private mutating func makeID() throws(ServiceError) -> PointID {
        guard nextID < .max else {
            throw ServiceError(
                .invalidRequest, "The collection has no ids left; use another collection.")
        }
        defer { nextID += 1 }
        return .number(nextID)
    }

    /// Writes what waits; returns once it is on disk.
    mutating func flush() throws(ServiceError) {
        guard !waiting.isEmpty else { return }
        let clock = Stopwatch()
        let changes = waiting
        let collection = collection
        let own = Set(fields)
        let stale = try engine.write { transaction throws(StorageError) in
            var stale: Set<String> = []
            for change in changes {
                try Self.write(change, collection, own, &stale, transaction)
            }
            return stale
        }
        outcome.stale.formUnion(stale)
        waiting = []
        waitingBytes = 0
        outcome.storeSeconds += clock.seconds
    }

    private static func write(
        _ change: Change, _ collection: StoredCollection, _ fields: Set<String>,
        _ stale: inout Set<String>, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        func id(_ number: UInt64) throws(StorageError) -> PointID {
            let number = PointNumber(rawValue: number)
            guard let id = try transaction.reader.id(of: number, in: collection) else {
                throw StorageError(
                    .noSuchPoint, "A point was deleted during the ingest; start it again.")
            }
            return id
        }
        func payload(_ number: UInt64) throws(StorageError) -> JSONObject {
            try transaction.reader.payload(of: PointNumber(rawValue: number), in: collection) ?? [:]
        }
        switch change {
        case .add(let point):
            try transaction.upsert(point, into: collection)
        case .complete(let number, let vectors):
            try transaction.setVectors(vectors.mapValues { $0 }, of: id(number), in: collection)
        case .replace(let number, let members, let vectors):
            for field in try transaction.reader.fields(of: collection)
            where !fields.contains(field.name) {
                let point = PointNumber(rawValue: number)
                if try transaction.reader.hasVector(of: point, field) { stale.insert(field.name) }
            }
            let point = Point(
                id: try id(number), payload: members.applied(to: try payload(number)),
                vectors: vectors)
            try transaction.upsert(point, into: collection)
        case .amend(let number, let members):
            try transaction.setPayload(
                members.applied(to: try payload(number)), of: id(number), in: collection)
        case .delete(let number):
            try transaction.deletePoint(id(number), from: collection)
        }
    }
}

extension ImageWriter.Members {
    /// A payload with these members set, and the others as they were.
    fileprivate func applied(to old: JSONObject) -> JSONObject {
        var payload = old
        payload["path"] = .string(path)
        if let label {
            payload["label"] = .string(label)
        } else if let before = old["path"]?.stringValue, before != path,
            let label = old["label"]?.stringValue, label == labels.label(of: before)
        {
            // The label was that of the folder which the file has left.
            payload["label"] = nil
        }
        if let width { payload["width"] = .integer(Int64(width)) }
        if let height { payload["height"] = .integer(Int64(height)) }
        if let facts { payload["file"] = facts.json }
        return payload
    }
}
