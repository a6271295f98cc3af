// Numbers of 16 bits, as IEEE 754 defines them, by integers alone.
#ifndef VK_HALF_H
#define VK_HALF_H

#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) uint32_t bits_of_float(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline __attribute__((always_inline)) float float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// The nearest half, of two the even one; infinite from 65,520 on.
static inline __attribute__((always_inline)) uint16_t half_of(float x) {
    uint32_t bits = bits_of_float(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7FFFFFFF;
    if (magnitude >= 0x47800000) return (uint16_t)(sign | (magnitude > 0x7F800000 ? 0x7E00 : 0x7C00));
    // A sum with ½ is rounded to multiples of 2⁻²⁴, the smallest half.
    if (magnitude < 0x38800000)
        return (uint16_t)(sign | (bits_of_float(float_of_bits(magnitude) + 0.5f) - 0x3F000000));
    uint32_t odd = magnitude >> 13 & 1;
    return (uint16_t)(sign | (magnitude - (112u << 23) + 0xFFF + odd) >> 13);
}

/// The number that a half is.
static inline __attribute__((always_inline)) float float_of(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    float magnitude = float_of_bits((uint32_t)(half & 0x7FFF) << 13) * 0x1p112f;
    uint32_t bits = bits_of_float(magnitude);
    return float_of_bits(sign | (bits >= 0x47800000 ? bits | 0x7F800000 : bits));
}

#endif
