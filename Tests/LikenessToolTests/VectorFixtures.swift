import Foundation
import TestSupport
import VectorCore

/// Vectors around a few centres, so that neighbours mean something.
func clusteredVectors(_ count: Int, dimension: Int, seed: UInt64 = 1) -> [[Float]] {
    var generator = SplitMix64(seed: seed)
    let centres = randomVectors(12, dimension: dimension, using: &generator)
    return randomVectors(count, dimension: dimension, using: &generator).enumerated().map {
        row, noise in
        zip(centres[row % centres.count], noise).map { $0 * 3 + $1 }
    }
}

/// The bytes of a .npy file of f32.
func npy(_ vectors: [[Float]]) -> [UInt8] {
    npy(type: "<f4", vectors.count, vectors.first?.count ?? 0, vectors.joined().flatMap(bytes))
}

/// The bytes of a .npy file of u8.
func npy(_ vectors: [[UInt8]]) -> [UInt8] {
    npy(type: "|u1", vectors.count, vectors.first?.count ?? 0, Array(vectors.joined()))
}

private func npy(type: String, _ rows: Int, _ columns: Int, _ data: [UInt8]) -> [UInt8] {
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
        + Array(header.utf8) + data
}

/// The vectors of a .npy file of f32, version 1.
func vectors(npy file: [UInt8]) -> [[Float]] {
    let start = 10 + Int(file[8]) + Int(file[9]) << 8
    let header = String(decoding: file[10..<start], as: UTF8.self)
    let shape = header.split(separator: "(")[1].split(separator: ")")[0]
        .split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    let numbers = stride(from: start, to: file.count, by: 4).map { float(file, at: $0) }
    return (0..<shape[0]).map { Array(numbers[($0 * shape[1])..<(($0 + 1) * shape[1])]) }
}

/// The bytes of an .fvecs file.
func fvecs(_ vectors: [[Float]]) -> [UInt8] {
    vectors.flatMap { vector in
        littleEndian(UInt32(vector.count)) + vector.flatMap(bytes)
    }
}

private func bytes(_ number: Float) -> [UInt8] { littleEndian(number.bitPattern) }

private func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

private func float(_ bytes: [UInt8], at offset: Int) -> Float {
    Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) })
}

/// The rows nearest to a query in the Euclidean distance, computed in double precision.
func nearestRows(to query: [Float], in vectors: [[Float]], k: Int, leavingOut: Int? = nil) -> [Int]
{
    let distances = vectors.map { vector in
        zip(query, vector).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    }
    let rows = vectors.indices.filter { $0 != leavingOut }
    return Array(rows.sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(k))
}
