/// The decimal logarithm of a positive number, to about twelve digits; plots need no more, and the
/// standard library has none.
func logarithm(_ value: Double) -> Double {
    // ln m = 2 artanh((m − 1) / (m + 1)), quick for a significand near 1.
    var exponent = Double(value.exponent)
    var significand = value.significand
    if significand > 1.414_213_562 {
        significand /= 2
        exponent += 1
    }
    let ratio = (significand - 1) / (significand + 1)
    var term = ratio
    var sum = 0.0
    for n in 0..<12 {
        sum += term / Double(2 * n + 1)
        term *= ratio * ratio
    }
    return (2 * sum + exponent * 0.693_147_180_559_945_3) / 2.302_585_092_994_045_7
}
