/// Chooses the size at which a JPEG's blocks are decoded.
enum JPEGScale {
    /// The smallest of 1, 2, 4 and 8 eighths that leaves `minimumSide` pixels on the short side.
    static func eighths(shortSide: Int, minimumSide: Int?) -> Int {
        guard let minimumSide else { return 8 }
        for eighths in [1, 2, 4] where (shortSide * eighths + 7) / 8 >= minimumSide {
            return eighths
        }
        return 8
    }
}
