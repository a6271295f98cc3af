import FeatureStorage
import Foundation
import JSON
import VectorCore
import VectorFiles

extension FuzzTarget {
    /// Files of vectors; the first byte chooses the name, and whether the rest is put inside gzip.
    static let vectors = FuzzTarget(
        name: "vectors", summary: "a file of vectors: a byte for its kind, then its content",
        maximumBytes: 4096,
        seeds: {
            let numbers: [Float] = [1, -2.5, 3e9, 0, 5, 6]
            let floats = unsafe numbers.withUnsafeBytes { unsafe [UInt8]($0) }
            let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
            let text =
                Array(dictionary.utf8) + [UInt8](repeating: 0x20, count: 117 - dictionary.count)
            let npy = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + text + [0x0A] + floats
            let fvecs = [3, 0, 0, 0] + floats[..<12] + [3, 0, 0, 0] + floats[12...]
            let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]
            return [
                [0] + npy, [1] + fvecs, [2, 2, 0, 0, 0, 7, 8, 2, 0, 0, 0, 9, 10], [3] + idx,
                [4] + npy, [5] + idx, [6] + gzip(npy), [7] + gzip(idx),
            ]
        },
        run: { bytes in
            guard let first = bytes.first else { return }
            let content = Array(bytes.dropFirst())
            let names = ["a.npy", "a.fvecs", "a.bvecs", "a.idx", "a.npy.gz", "a.gz", "b.gz", "a"]
            let kind = Int(first) % names.count
            let path = ScratchFolder.write(
                names[kind], kind == 4 || kind == 5 ? gzip(content) : content)
            guard let file = try? VectorFile.open(path) else { return }
            expect(file.count >= 0 && file.dimension > 0, "an impossible shape")
            // What is claimed may be much where it lies in gzip, so only a part is read at once.
            let (numbers, overflow) = file.count.multipliedReportingOverflow(by: file.dimension)
            guard !overflow, numbers <= 1 << 22 else {
                _ = try? file.floatMatrix(limit: 1)
                return
            }
            guard let matrix = try? file.floatMatrix() else { return }
            expect(
                matrix.rows == file.count && matrix.columns == file.dimension,
                "another shape than the header's")
            expect(matrix.firstNonFinite == nil, "a number that is not finite came through")
        })

    /// The data file of a store: verified, and where it is opened all of it read.
    static let store = FuzzTarget(
        name: "store", summary: "a store's data file, verified, opened and read; zeros are packed",
        maximumBytes: 16_384,
        seeds: {
            let folder = ScratchFolder.path("seed-store")
            try fill(folder).close()
            let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/data.mdb")))
            return stride(from: data.count, to: 8192, by: -4096).map {
                SparseBytes.encode(Array(data[..<$0]))
            }
        },
        run: { bytes in
            let folder = ScratchFolder.path("store")
            _ = unsafe mkdir(folder, 0o700)
            _ = ScratchFolder.write("store/data.mdb", SparseBytes.decode(bytes, limit: 1 << 18))
            _ = try? FeatureStore.verify(path: folder)
            guard let store = try? FeatureStore(path: folder, mode: .readOnly) else { return }
            try? store.read { transaction throws(StorageError) in
                for collection in try transaction.collections() {
                    try transaction.forEachPoint(of: collection) { _, _ throws(StorageError) in
                        true
                    }
                    try transaction.forEachPayload(of: collection) { _, _ throws(StorageError) in
                        true
                    }
                    for field in try transaction.fields(of: collection) {
                        try transaction.forEachVector(of: field) { _ throws(StorageError) in true }
                    }
                }
                try transaction.forEachChange(after: 0) { _ throws(StorageError) in true }
            }
            store.close()
        })

    /// Snapshots, their header's and list's checksums made right.
    static let snapshot = FuzzTarget(
        name: "snapshot", summary: "a snapshot of a store with a mended header; zeros are packed",
        maximumBytes: 16_384,
        seeds: {
            let store = try fill(ScratchFolder.path("seed-snapshot"))
            let path = ScratchFolder.path("seed.snapshot")
            _ = try store.writeSnapshot(
                to: path, replacing: true, includingIndexes: false, fault: { _ in nil })
            store.close()
            return [SparseBytes.encode([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))]
        },
        run: { bytes in
            var file = SparseBytes.decode(bytes, limit: 1 << 18)
            func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
                unsafe bytes.withUnsafeBytes { unsafe CRC32C.checksum($0) }
            }
            let list = file.number(at: 40, as: UInt64.self)
            if file.count >= 4096, list <= file.count {
                file.put(UInt64(file.count) - list, at: 48)
                file.put(checksum(file[Int(list)...]), at: 56)
                file.put(UInt64(file.count), at: 64)
                file.put(checksum(file[..<4092]), at: 4092)
            }
            let path = ScratchFolder.write("snapshot", file)
            guard let verification = try? FeatureStore.verify(snapshot: path),
                verification.faults.isEmpty
            else { return }
            let folder = ScratchFolder.path("restored")
            do {
                _ = try FeatureStore.restore(snapshot: path, to: folder)
                try FeatureStore(path: folder, mode: .readOnly).close()
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                // Ends the process, so that libFuzzer keeps the input.
                fatalError("a snapshot without a fault cannot be restored: \(error)")
            }
        })

    /// Makes a store of one collection and three points.
    private static func fill(_ folder: String) throws -> FeatureStore {
        let store = try FeatureStore(path: folder, mode: .readWrite, create: true)
        let collection = try store.write { transaction throws(StorageError) in
            let collection = try transaction.createCollection(named: "c")
            _ = try transaction.ensureField(
                named: "v", dimension: 1200, elementType: .f32, metric: .l2, of: collection)
            return collection
        }
        for number in 0..<3 as Range<UInt64> {
            let numbers = [Float](repeating: 1.5, count: 1200)
            try store.write { transaction throws(StorageError) in
                try transaction.upsert(
                    Point(id: .number(number), payload: ["a": 1], vectors: ["v": .f32(numbers)]),
                    into: collection)
            }
        }
        return store
    }

    /// A gzip member of stored blocks, so that what is changed inside stays what is read.
    private static func gzip(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        // A block holds at most 65,535 bytes, and inputs are shorter.
        let block = content.prefix(65535)
        bytes.append(1)
        bytes.append(number: UInt16(block.count))
        bytes.append(number: ~UInt16(block.count))
        bytes += block
        bytes.append(number: CRC32.checksum(block))
        bytes.append(number: UInt32(block.count))
        return bytes
    }
}
