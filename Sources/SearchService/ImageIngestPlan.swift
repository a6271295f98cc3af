import FeatureStorage
import ImageDecoding
import WorkerThreads

/// What an ingest is going to do with every file and every point.
struct ImageIngestPlan {
    /// What the collection has of the files, moves and changes settled.
    private(set) var present: PresentImages
    /// The files that networks run on, in order.
    private(set) var work: [Int] = []
    /// The files whose points only get another payload, in order.
    private(set) var amended: [Int] = []
    /// The points whose file in the folder is gone.
    private(set) var gone: [UInt64] = []
    /// How many files are images as far as their first bytes tell.
    private(set) var imageCount = 0
    /// Files whose name claims an image that their content is not.
    private(set) var failures: [ImageFailure] = []
    /// How many other files there are.
    private(set) var otherCount = 0
    /// What the content of files is that were looked at.
    private(set) var hashes: [Int: ContentHash] = [:]

    /// Looks at the files that are new or have changed; the others are not opened.
    ///
    /// - Complexity: O(files), and the bytes of those that changed or may have moved
    init(_ source: ImageIngestSource, _ present: PresentImages, threads: Int) {
        self.present = present
        let listing = source.listing
        failures = listing.failures
        var new: [Int] = []
        var suspects: [Int] = []
        for file in 0..<listing.count {
            let entry = present.entries[file]
            if entry.isPresent, !entry.marks.contains(.suspect) {
                imageCount += 1
                continue
            }
            switch source.sniff(file) {
            case .image:
                imageCount += 1
                if entry.isPresent { suspects.append(file) } else { new.append(file) }
            case .failure(let failure): failures.append(failure)
            case .other: otherCount += 1
            }
        }
        settle(new, suspects, source, threads)
        let all = source.allModels
        for file in 0..<listing.count {
            let entry = self.present.entries[file]
            // A suspect that is left is no image any more; its point stays as it is.
            guard !entry.marks.contains(.suspect) else { continue }
            if entry.isPresent, !entry.marks.isDisjoint(with: .amending) {
                amended.append(file)
            }
            if entry.marks.contains(.changed) || (entry.isPresent && entry.done != all) {
                work.append(file)
            }
        }
        let fresh = new.filter { !self.present.entries[$0].isPresent }
        let released = suspects.filter { !self.present.entries[$0].isPresent }
        work = (work + fresh + released).sorted()
    }

    /// Tells changed files from touched ones, and finds the points of files that have moved.
    private mutating func settle(
        _ new: [Int], _ suspects: [Int], _ source: ImageIngestSource, _ threads: Int
    ) {
        var changed: [Int] = []
        for (file, hash) in read(suspects, source, threads) {
            if present.suspects[file]?.hash == hash {
                present.noteTouched(file)
            } else {
                present.noteChanged(file)
                changed.append(file)
            }
        }
        var candidates: [ContentHash: [Int]] = [:]
        var sizes: Set<Int64> = []
        for (index, point) in present.displaced.enumerated() {
            guard let hash = point.hash else { continue }
            candidates[hash, default: []].append(index)
            sizes.insert(point.bytes)
        }
        let possible = new.filter { sizes.contains(source.listing.sizes[$0]) }
        _ = read(possible, source, threads)
        var claimed: Set<UInt64> = []
        for file in (changed + possible).sorted() {
            guard let hash = hashes[file], let index = candidates[hash]?.first else { continue }
            candidates[hash]?.removeFirst()
            claimed.insert(present.displaced[index].entry.number)
            present.give(index, to: file)
        }
        var kept: Set<UInt64> = []
        for file in changed where present.entries[file].marks.contains(.changed) {
            let number = present.entries[file].number
            if claimed.contains(number) { present.release(file) } else { kept.insert(number) }
        }
        for point in present.displaced where point.isImage {
            let number = point.entry.number
            guard !claimed.contains(number), !kept.contains(number) else { continue }
            switch point.reason {
            case .goneBelow: gone.append(number)
            case .goneElsewhere: continue
            // Only a point that had a file's content can be known to have lost it.
            case .superseded: if point.hash != nil { gone.append(number) }
            }
        }
    }

    /// The hashes of files; those that cannot be read become failures.
    private mutating func read(
        _ files: [Int], _ source: ImageIngestSource, _ threads: Int
    ) -> [(file: Int, hash: ContentHash)] {
        var found: [(file: Int, hash: ContentHash)] = []
        for (file, result) in zip(files, source.hashes(of: files, threads: threads)) {
            switch result {
            case .success(let hash):
                hashes[file] = hash
                found.append((file, hash))
            case .failure(let error):
                failures.append(
                    ImageFailure(path: source.listing.paths[file], reason: error.message))
            }
        }
        return found
    }
}
