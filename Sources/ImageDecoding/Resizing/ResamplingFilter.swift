internal import Glibc

/// The kernel that weighs the pixels under one resized pixel.
///
/// Downscaling widens the kernel by the scale, so that no pixel is left out (antialiasing).
public enum ResamplingFilter: String, Hashable, Sendable, CaseIterable {
    /// A triangle of half width 1.
    case bilinear
    /// The cubic of Keys (1981) with a = −0.5, half width 2.
    case bicubic
    /// The sinc windowed by its own centre lobe of half width 3 (Duchon, 1979).
    case lanczos

    /// How far the kernel reaches from its centre, in pixels of the coarser grid.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The kernel's weight at a distance from its centre.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        if x >= support { return 0 }
        switch self {
        case .bilinear: return 1 - x
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return ((x - 5) * x + 8) * x * a - 4 * a
        case .lanczos: return Self.sinc(x) * Self.sinc(x / 3)
        }
    }

    private static func sinc(_ x: Double) -> Double {
        x == 0 ? 1 : sin(.pi * x) / (.pi * x)
    }
}
