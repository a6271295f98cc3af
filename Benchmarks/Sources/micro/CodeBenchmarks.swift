import Quantization
import VectorCore
import VectorKernels

/// Distances of one query to rows of codes, beside those of the vectors, in the random order of a graph; and what codes cost.
struct CodeBenchmarks {
    let quick: Bool

    func run(_ meter: Meter, _ report: inout Report) throws {
        for dimension in quick ? [100] : [100, 128, 384, 784, 960] {
            report.measureLimits()
            let bytes = quick ? 1 << 20 : 256 << 20
            let vectors = KernelBenchmarks.random(
                rows: bytes / 4 / FloatMatrix.stride(columns: dimension), columns: dimension)
            let order = KernelBenchmarks.order(vectors.rows)
            for level in InstructionSet.available {
                try gather(vectors, order, level, meter, &report)
            }
            try encode(vectors, meter, &report)
        }
    }

    private func gather(
        _ vectors: FloatMatrix, _ order: [UInt32], _ level: InstructionSet, _ meter: Meter,
        _ report: inout Report
    ) throws {
        let name = "× \(vectors.columns), \(level.rawValue), rows at random, 32 a call"
        let plain = meter.secondsPerCall { KernelBenchmarks.gather(vectors, order, level) }
        report.add(
            "l2Squared, f32 \(name)", 1e-9 * Double(order.count * vectors.stride * 4) / plain,
            .gigabytes)
        report.add("l2Squared, f32 \(name)", Double(order.count) / plain, .perSecond)
        for (quantizer, what) in try Self.quantizers(vectors, level) {
            let rows = try Self.rows(vectors, quantizer)
            let scratch = CodeScratch(width: quantizer.width)
            let (scorer, _) = unsafe rows.scorer(vectors.pointer(row: 0), scratch)
            let seconds = meter.secondsPerCall { KernelBenchmarks.gather(scorer, order) }
            report.add("\(what) \(name)", 1e-9 * Double(rows.byteCount) / seconds, .gigabytes)
            report.add("\(what) \(name)", Double(order.count) / seconds, .perSecond)
        }
    }

    /// The time of turning and rounding a vector, and of preparing a query.
    private func encode(
        _ vectors: FloatMatrix, _ meter: Meter, _ report: inout Report
    ) throws {
        let some = min(vectors.rows, 1000)
        for (quantizer, what) in try Self.quantizers(vectors, .best) {
            let scratch = CodeScratch(width: quantizer.width)
            unsafe withUnsafeTemporaryAllocation(byteCount: quantizer.stride, alignment: 64) {
                guard let row = $0.baseAddress else { return }
                let seconds = meter.secondsPerCall {
                    for i in 0..<some {
                        unsafe quantizer.encode(vectors.pointer(row: i), into: row, scratch)
                    }
                }
                report.add(
                    "\(what) × \(vectors.columns), encoding a vector",
                    1e6 * seconds / Double(some), .microseconds)
                let query = meter.secondsPerCall {
                    for i in 0..<some {
                        unsafe use(
                            quantizer.scorer(
                                vectors.pointer(row: i), base: UnsafeRawPointer(row), scratch
                            ).rest)
                    }
                }
                report.add(
                    "\(what) × \(vectors.columns), preparing a query",
                    1e6 * query / Double(some), .microseconds)
            }
        }
    }

    private static func quantizers(
        _ vectors: FloatMatrix, _ level: InstructionSet
    ) throws -> [(any VectorQuantizer, String)] {
        var all: [(any VectorQuantizer, String)] = [
            (
                HalfQuantizer(
                    dimension: vectors.columns, metric: .l2Squared, instructionSet: level),
                "l2Squared, f16"
            ),
            (
                RotatedQuantizer(
                    center: [Float](repeating: 0, count: vectors.columns), seed: 1,
                    kernel: CodeKernel(instructionSet: level)), "l2Squared, rq8"
            ),
        ]
        let least = [Float](repeating: -1, count: vectors.columns)
        for metric in [.l1, .minkowski(p: 3)] as [DistanceMetric] {
            let quantizer = ByteQuantizer(
                least: least, step: 2 / 255, metric: metric, instructionSet: level)
            if let quantizer { all.append((quantizer, "\(metric), sq8")) }
        }
        return all
    }

    /// Codes of all vectors.
    private static func rows(
        _ vectors: FloatMatrix, _ quantizer: any VectorQuantizer
    ) throws -> CodeRows {
        try CodeRows(vectors, quantizer, threads: 2)
    }
}
