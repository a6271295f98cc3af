import FeatureStorage
import Foundation
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

    /// The data file of a store, before LMDB maps it.
    static let store = FuzzTarget(
        name: "store", summary: "a store's data file before LMDB maps it, runs of zeros packed",
        maximumBytes: 16_384,
        seeds: {
            let path = ScratchFolder.path("store")
            let store = try FeatureStore(path: path, mode: .readWrite, create: true)
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
                        Point(id: .number(number), vectors: ["v": .f32(numbers)]),
                        into: collection)
                }
            }
            store.close()
            let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/data.mdb")))
            return stride(from: data.count, to: 8192, by: -4096).map {
                SparseBytes.encode(Array(data[..<$0]))
            }
        },
        run: { bytes in
            let file = SparseBytes.decode(bytes, limit: 1 << 18)
            let path = ScratchFolder.write("data.mdb", file)
            try? DataFile.check(path: path, mayBeEmpty: false)
        })

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
