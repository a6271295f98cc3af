/// Chooses the size at which a JPEG's blocks are decoded.
enum JPEGScale {
    /// How much larger than wanted a reduced picture must be: 7/4.
    ///
    /// A block decoded at a reduced size is less well filtered than a resize of all its pixels; the
    /// resize that follows hides this only if it still has something to average.
    private static let margin = (numerator: 7, denominator: 4)

    /// The smallest of 1, 2, 4 and 8 eighths that leaves the margin above `minimumSide` pixels on
    /// the short side.
    ///
    /// The sizes between are left out: libjpeg-turbo has no vector code for them, and a picture
    /// at 3/8 takes longer than at 4/8, one at 5/8 longer than the whole.
    static func eighths(shortSide: Int, minimumSide: Int?) -> Int {
        guard let minimumSide else { return 8 }
        for eighths in [1, 2, 4] {
            let reduced = (shortSide * eighths + 7) / 8
            // In floating point any wanted side is safe from overflow.
            let wanted = Double(minimumSide) * Double(margin.numerator)
            if Double(reduced * margin.denominator) >= wanted { return eighths }
        }
        return 8
    }
}
