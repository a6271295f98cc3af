package import CVectorKernels
import Glibc
public import VectorCore

/// The instructions that the kernels are written in; later cases are faster.
public enum InstructionSet: String, CaseIterable, Comparable, Sendable {
    /// What every CPU has.
    case scalar
    /// AVX2 with fused multiply-add: eight floats at a time.
    case avx2
    /// AVX-512 F, BW, VL and DQ: sixteen floats at a time.
    case avx512
    /// AVX-512 with VNNI: 64 codes at a time.
    case avx512vnni
    /// What every 64-bit ARM has: four floats at a time.
    case neon
    /// NEON with dot products of bytes: 16 codes at a time.
    case neondot

    /// The environment variable that forces one, such as `LIKENESS_INSTRUCTION_SET=avx2`.
    public static let variable = "LIKENESS_INSTRUCTION_SET"

    /// What this CPU and its system support, the slowest first.
    public static let available = allCases.filter { unsafe $0.kernels != nil }

    /// What kernels use unless told otherwise: the environment's choice, else the fastest.
    ///
    /// The process ends with one sentence if the environment asks for what is not there. A program
    /// that would rather report it calls ``fromEnvironment()`` first.
    public static let best: InstructionSet = {
        do throws(IndexError) {
            return try fromEnvironment()
        } catch {
            fatalError(error.message)
        }
    }()

    /// What the environment asks for, or the fastest where it asks for nothing.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` if the name is unknown or the CPU lacks it.
    public static func fromEnvironment() throws(IndexError) -> InstructionSet {
        let value = unsafe getenv(variable).map { unsafe String(cString: $0) }
        return try named(value ?? "")
    }

    /// The set of a name, or the fastest where the name is empty.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` if the name is unknown or the CPU lacks it.
    package static func named(_ name: String) throws(IndexError) -> InstructionSet {
        if name.isEmpty { return available.last ?? .scalar }
        guard let set = InstructionSet(rawValue: name) else {
            let known = allCases.map(\.rawValue).joined(separator: ", ")
            throw IndexError(
                .invalidParameter, "\(variable) is \"\(name)\"; use one of \(known), or unset it.")
        }
        guard available.contains(set) else {
            let usable = available.map(\.rawValue).joined(separator: ", ")
            throw IndexError(
                .invalidParameter,
                "\(variable) is \"\(name)\", which this CPU lacks; it has \(usable).")
        }
        return set
    }

    /// Orders by speed.
    public static func < (left: InstructionSet, right: InstructionSet) -> Bool {
        left.level.rawValue < right.level.rawValue
    }

    private var level: vk_level {
        switch self {
        case .scalar: VK_SCALAR
        case .avx2: VK_AVX2
        case .avx512: VK_AVX512
        case .avx512vnni: VK_AVX512VNNI
        case .neon: VK_NEON
        case .neondot: VK_NEONDOT
        }
    }

    /// The C kernels, or nil where the CPU lacks them.
    package var kernels: UnsafePointer<vk_kernels>? {
        unsafe vk_kernels_for(level)
    }
}
