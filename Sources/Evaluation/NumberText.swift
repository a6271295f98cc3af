/// Numbers as people read them, the same in every locale.
public enum NumberText {
    /// A number with a fixed count of decimals, such as `0.950`, halves rounded away from zero.
    ///
    /// Numbers of 10¹⁵ and more, and those that are not finite, appear as Swift writes them.
    ///
    /// - Parameters:
    ///   - value: the number.
    ///   - decimals: from 0 to 9.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        precondition((0...9).contains(decimals))
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard value.isFinite, value.magnitude < 1e15, value.magnitude * scale < 9e18 else {
            return "\(value)"
        }
        let scaled = Int64((value.magnitude * scale).rounded(.toNearestOrAwayFromZero))
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// A whole number with its thousands set apart, such as `12,300`.
    public static func grouped(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(value.magnitude).reversed().enumerated() {
            if index > 0 && index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + String(text.reversed())
    }
}
