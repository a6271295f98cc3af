internal import CImageKernels

/// The sets of inner loops; tests run each that the processor has.
package enum ImageKernels: CaseIterable, Sendable {
    /// Plain C.
    case portable
    /// For x86-64 processors with AVX2 and FMA.
    case avx2

    /// The fastest that this processor runs.
    package static let fastest: ImageKernels = Self.avx2.isAvailable ? .avx2 : .portable

    /// Whether this processor runs it.
    package var isAvailable: Bool {
        switch self {
        case .portable: true
        case .avx2: unsafe cimage_kernels_avx2() != nil
        }
    }

    /// The functions; the portable ones where the processor lacks the wanted.
    @unsafe
    var table: UnsafePointer<cimage_kernels> {
        let wanted =
            switch self {
            case .portable: unsafe cimage_kernels_portable()
            case .avx2: unsafe cimage_kernels_avx2()
            }
        return unsafe wanted ?? cimage_kernels_portable()
    }
}
