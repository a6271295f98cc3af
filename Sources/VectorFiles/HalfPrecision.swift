/// 16-bit floats (IEEE 754 binary16) as bits.
package enum HalfPrecision {
    /// The float that 16 bits mean, exactly.
    ///
    /// Shifted into place, the exponent is 112 too small for a `Float`, for numbers below the
    /// normal ones too; one multiplication mends it, in code that vectorises on every machine.
    @inline(__always)
    package static func float(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7FFF) << 13
        let sign = UInt32(bits & 0x8000) << 16
        let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        // An exponent of all ones means infinity or NaN, and must stay all ones.
        let special = magnitude | 0x7F80_0000
        return Float(bitPattern: sign | (magnitude >= 0x0F80_0000 ? special : finite))
    }
}
