import FeatureStorage
import ImageDecoding
import JSON

/// What a collection holds of the files of a folder, joined to the folder's listing.
///
/// It keeps about 60 bytes a file and no payload; what is displaced is kept apart.
struct PresentImages {
    /// What the collection has of one file.
    struct Entry: BitwiseCopyable {
        /// The point's number in the store, or `none`.
        var number: UInt64 = Entry.none
        /// The models whose fields the point has all, a bit each.
        var done: UInt64 = 0
        var marks: Marks = []

        static let none = UInt64.max

        /// Whether there is a point.
        var isPresent: Bool { number != Entry.none }
    }

    /// What must be looked at or written.
    struct Marks: OptionSet {
        let rawValue: UInt8

        /// Size or time differ from what the point has.
        static let suspect = Marks(rawValue: 1)
        /// The point has no facts of its file, as earlier versions wrote it.
        static let lacksFacts = Marks(rawValue: 2)
        /// The file has another label now.
        static let label = Marks(rawValue: 4)
        /// The file's content is that of a point of another path.
        static let moved = Marks(rawValue: 8)
        /// The file's content is new, and the point stays.
        static let changed = Marks(rawValue: 16)
        /// The file was written anew with the same content.
        static let touched = Marks(rawValue: 32)
        /// Any that asks for another payload.
        static let amending: Marks = [.lacksFacts, .label, .moved, .touched]
    }

    /// A point whose file is gone from its path, or has other content there.
    struct Displaced {
        /// Why it is displaced.
        enum Reason {
            /// There is no file at its path, which lies in the ingested folder.
            case goneBelow
            /// There is no file at its path, which lies elsewhere.
            case goneElsewhere
            /// Another point or another content has its path.
            case superseded
        }

        var entry: Entry
        let bytes: Int64
        let hash: ContentHash?
        let reason: Reason
        /// Whether an ingest of images made it.
        let isImage: Bool
    }

    /// One for every file of the listing.
    private(set) var entries: [Entry]
    private(set) var displaced: [Displaced] = []
    /// What the points of suspect files say of them.
    private(set) var suspects: [Int: ImageFileFacts] = [:]
    /// The number that the next new image gets as its id.
    private(set) var nextID: UInt64 = 0

    /// Whose entry a point is.
    private struct Owner: BitwiseCopyable {
        let number: UInt64
        /// A file's position, or that of a displaced point counted on from the last file.
        let place: UInt32
    }

    /// An entry for every file, none of them present.
    init(absent listing: ImageFolder) {
        entries = [Entry](repeating: Entry(), count: listing.count)
    }

    /// Joins a collection to a listing.
    ///
    /// - Parameters:
    ///   - prefix: what the collection's paths of these files begin with.
    ///   - fields: the fields of every model that is ingested.
    /// - Complexity: O((points + vectors of `fields`) · log files)
    init(
        _ transaction: borrowing ReadTransaction, _ collection: StoredCollection,
        _ listing: ImageFolder, root: String, prefix: String, labels: ImageLabels,
        fields: [[String]]
    ) throws(StorageError) {
        self.init(absent: listing)
        guard try transaction.pointCount(of: collection) > 0 else { return }
        var owners: [Owner] = []
        try transaction.forEachPayload(of: collection) { number, payload throws(StorageError) in
            if let path = payload["path"]?.stringValue {
                take(number.rawValue, path, payload, listing, root, prefix, labels, &owners)
            }
            return true
        }
        for model in fields.indices {
            try note(model, fields[model], transaction, collection, owners)
        }
        try transaction.forEachPoint(of: collection) { id, _ throws(StorageError) in
            guard case .number(let value) = id else { return false }
            guard value < .max else {
                throw StorageError(
                    .invalidParameter,
                    "The collection uses the largest id there is, so images cannot be numbered on; "
                        + "use another collection.")
            }
            nextID = value + 1
            return true
        }
    }

    /// Takes one point in.
    private mutating func take(
        _ number: UInt64, _ path: String, _ payload: JSONObject, _ listing: ImageFolder,
        _ root: String, _ prefix: String, _ labels: ImageLabels, _ owners: inout [Owner]
    ) {
        let facts = ImageFileFacts(payload: payload)
        let isImage =
            facts != nil
            || (payload["width"]?.integerValue != nil && payload["height"]?.integerValue != nil)
        let isBelow = path.hasPrefix(prefix)
        let file = isBelow ? listing.paths.position(of: String(path.dropFirst(prefix.count))) : nil
        var entry = Entry(number: number)
        guard let file else {
            guard PathText.isGone("\(root)/\(path)") else { return }
            displace(entry, facts, isBelow ? .goneBelow : .goneElsewhere, isImage, &owners)
            return
        }
        if let facts {
            if facts.bytes != listing.sizes[file] || facts.modified != listing.times[file] {
                entry.marks.insert(.suspect)
            }
        } else {
            entry.marks.insert(.lacksFacts)
        }
        let name = String(path.dropFirst(prefix.count))
        if let label = labels.label(of: name), label != payload["label"]?.stringValue {
            entry.marks.insert(.label)
        }
        // Two points have one path where moves were cut off; the one that fits the file has it.
        let other = entries[file]
        if other.isPresent, !other.marks.contains(.suspect) || entry.marks.contains(.suspect) {
            displace(Entry(number: number), facts, .superseded, isImage, &owners)
            return
        }
        if other.isPresent {
            let place = UInt32(listing.count + displaced.count)
            displaced.append(
                Displaced(
                    entry: Entry(number: other.number), bytes: suspects[file]?.bytes ?? -1,
                    hash: suspects[file]?.hash, reason: .superseded, isImage: true))
            if let index = owners.lastIndex(where: { $0.number == other.number }) {
                owners[index] = Owner(number: other.number, place: place)
            }
            suspects[file] = nil
        }
        entries[file] = entry
        owners.append(Owner(number: number, place: UInt32(file)))
        if entry.marks.contains(.suspect), let facts { suspects[file] = facts }
    }

    private mutating func displace(
        _ entry: Entry, _ facts: ImageFileFacts?, _ reason: Displaced.Reason, _ isImage: Bool,
        _ owners: inout [Owner]
    ) {
        owners.append(
            Owner(number: entry.number, place: UInt32(entries.count + displaced.count)))
        displaced.append(
            Displaced(
                entry: entry, bytes: facts?.bytes ?? -1, hash: facts?.hash, reason: reason,
                isImage: isImage))
    }

    /// Notes which points have all fields of a model.
    private mutating func note(
        _ model: Int, _ names: [String], _ transaction: borrowing ReadTransaction,
        _ collection: StoredCollection, _ owners: [Owner]
    ) throws(StorageError) {
        var counts = [UInt16](repeating: 0, count: owners.count)
        for name in names {
            guard let field = try transaction.field(named: name, of: collection) else { return }
            // Both are in the order of numbers.
            var place = 0
            for number in try transaction.numbersWithVector(of: field) {
                while place < owners.count, owners[place].number < number.rawValue { place += 1 }
                guard place < owners.count else { break }
                if owners[place].number == number.rawValue { counts[place] += 1 }
            }
        }
        for (owner, count) in zip(owners, counts) where Int(count) == names.count {
            let place = Int(owner.place)
            if place < entries.count {
                entries[place].done |= 1 << UInt64(model)
            } else {
                displaced[place - entries.count].entry.done |= 1 << UInt64(model)
            }
        }
    }
}

extension PresentImages {
    /// Marks a suspect file as written anew with the same content.
    mutating func noteTouched(_ file: Int) {
        entries[file].marks.remove(.suspect)
        entries[file].marks.insert(.touched)
    }

    /// Marks a suspect file as one of other content; its point may belong to another file now.
    mutating func noteChanged(_ file: Int) {
        guard let facts = suspects[file] else { return }
        entries[file].marks = .changed
        displaced.append(
            Displaced(
                entry: Entry(number: entries[file].number, done: entries[file].done),
                bytes: facts.bytes, hash: facts.hash, reason: .superseded, isImage: true))
    }

    /// Gives a file the point that had its content at another path.
    mutating func give(_ index: Int, to file: Int) {
        let own = entries[file].number
        var entry = displaced[index].entry
        entry.marks = entry.number == own ? .touched : .moved
        entries[file] = entry
    }

    /// Takes a file's point away, which belongs to another file now.
    mutating func release(_ file: Int) {
        entries[file] = Entry()
    }
}
