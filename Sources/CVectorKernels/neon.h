// What both levels of NEON have: four floats a register, thirty-two registers.

#include "precise.h"

#include <string.h>

#define VF float32x4_t
#define LANES 4
#define VK_INLINE static inline __attribute__((always_inline))

VK_INLINE VF vf_zero(void) { return vdupq_n_f32(0); }
VK_INLINE VF vf_load(const float *from) { return vld1q_f32(from); }
VK_INLINE VF vf_add(VF a, VF b) { return vaddq_f32(a, b); }
VK_INLINE VF vf_sub(VF a, VF b) { return vsubq_f32(a, b); }
VK_INLINE VF vf_mul(VF a, VF b) { return vmulq_f32(a, b); }
VK_INLINE VF vf_div(VF a, VF b) { return vdivq_f32(a, b); }
VK_INLINE VF vf_fma(VF a, VF b, VF c) { return vfmaq_f32(c, a, b); }
VK_INLINE VF vf_fnma(VF a, VF b, VF c) { return vfmsq_f32(c, a, b); }
VK_INLINE VF vf_abs(VF a) { return vabsq_f32(a); }
VK_INLINE VF vf_fill(float a) { return vdupq_n_f32(a); }
VK_INLINE VF vf_round(VF a) { return vrndnq_f32(a); }
VK_INLINE float vf_total(VF a) { return vaddvq_f32(a); }

VK_INLINE VF vf_load_first(const float *from, size_t count) {
    float first[LANES] = {0};
    memcpy(first, from, count * sizeof(float));
    return vld1q_f32(first);
}

/// Takes a ≥ 0 apart into m · 2^e, with m from √½ to √2.
VK_INLINE VF vf_significand(VF a, VF *exponent) {
    int32x4_t bits = vreinterpretq_s32_f32(a);
    int32x4_t e = vshrq_n_s32(vsubq_s32(bits, vdupq_n_s32(0x3F3504F3)), 23);
    *exponent = vcvtq_f32_s32(e);
    return vreinterpretq_f32_s32(vsubq_s32(bits, vshlq_n_s32(e, 23)));
}

/// a · 2^n, infinite from n = 128, and zero below the smallest normal number.
VK_INLINE VF vf_scale(VF a, VF n) {
    VF clamped = vminq_f32(vmaxq_f32(n, vf_fill(-127)), vf_fill(128));
    int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(clamped), vdupq_n_s32(127));
    return vmulq_f32(a, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)));
}

/// `a` where `b` is at least the smallest normal number, else zero.
VK_INLINE VF vf_where_normal(VF a, VF b) {
    uint32x4_t normal = vcgeq_f32(b, vf_fill(0x1p-126f));
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(a), normal));
}

#include "power.h"

static size_t select_below(
    const float *values, const float *scales, const float *offsets, size_t n, float bound,
    uint32_t first, uint32_t *positions, float *kept
) {
    size_t count = 0, i = 0;
    VF limit = vf_fill(bound);
    for (; i + LANES <= n; i += LANES) {
        VF value = vf_load(values + i);
        if (scales) value = vf_mul(value, vf_load(scales + i));
        if (offsets) value = vf_add(value, vf_load(offsets + i));
        uint32x4_t below = vcleq_f32(value, limit);
        if (!vmaxvq_u32(below)) continue;
        float lanes[LANES];
        uint32_t inside[LANES];
        vst1q_f32(lanes, value);
        vst1q_u32(inside, below);
        for (size_t lane = 0; lane < LANES; lane++) {
            positions[count] = first + (uint32_t)(i + lane);
            kept[count] = lanes[lane];
            count += inside[lane] & 1;
        }
    }
    for (; i < n; i++) {
        float value = values[i];
        if (scales) value *= scales[i];
        if (offsets) value += offsets[i];
        positions[count] = first + (uint32_t)i;
        kept[count] = value;
        count += value <= bound;
    }
    return count;
}

#define CODE_SUM int32x4_t
#define CODE_STEP 32

VK_INLINE CODE_SUM code_zero(void) { return vdupq_n_s32(0); }
VK_INLINE int32_t code_total(CODE_SUM sum) { return vaddvq_s32(sum); }

/// The integers that sixteen codes stand for.
VK_INLINE int8x16_t signed_codes(const uint8_t *x) {
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(x), vdupq_n_u8(0x80)));
}

/// Adds the products of sixteen int8 with sixteen others; the level says how.
VK_INLINE CODE_SUM code_dot16(CODE_SUM sum, int8x16_t y, int8x16_t q);

// There is no product of unsigned with signed bytes: these are of x − 128, and `code_rest` has the
// 128 · Σq that they lack.

VK_INLINE CODE_SUM code_dot(CODE_SUM sum, const uint8_t *x, const int8_t *q) {
    sum = code_dot16(sum, signed_codes(x), vld1q_s8(q));
    return code_dot16(sum, signed_codes(x + 16), vld1q_s8(q + 16));
}

VK_INLINE CODE_SUM code_dot_codes(CODE_SUM sum, const uint8_t *x, const uint8_t *y) {
    sum = code_dot16(sum, signed_codes(x), signed_codes(y));
    return code_dot16(sum, signed_codes(x + 16), signed_codes(y + 16));
}

VK_INLINE int32_t code_rest(const int8_t *q, size_t d) {
    CODE_SUM sum = code_zero();
    for (size_t i = 0; i < d; i += 16) sum = code_dot16(sum, vdupq_n_s8(1), vld1q_s8(q + i));
    return 128 * code_total(sum);
}

VK_INLINE int32_t code_rest_codes(const uint8_t *y, size_t d) {
    CODE_SUM sum = code_zero();
    for (size_t i = 0; i < d; i += 16) sum = code_dot16(sum, vdupq_n_s8(1), signed_codes(y + i));
    return 128 * code_total(sum);
}

#define CODE_REST
// A step takes all, so nothing is ever left.
#define code_dot_half code_dot
#define code_dot_codes_half code_dot_codes

VK_INLINE VF vf_load_half(const uint16_t *from) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from)));
}

VK_INLINE VF vf_load_byte(const uint8_t *from) {
    uint32_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    uint8x8_t wide = vreinterpret_u8_u32(vdup_n_u32(bytes));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(wide))));
}

#define BYTE_SUM uint32x4_t

VK_INLINE BYTE_SUM byte_zero(void) { return vdupq_n_u32(0); }
VK_INLINE uint32_t byte_total(BYTE_SUM sum) { return vaddvq_u32(sum); }

VK_INLINE BYTE_SUM byte_differences32(BYTE_SUM sum, const uint8_t *a, const uint8_t *b) {
    uint16x8_t pairs = vpaddlq_u8(vabdq_u8(vld1q_u8(a), vld1q_u8(b)));
    pairs = vpadalq_u8(pairs, vabdq_u8(vld1q_u8(a + 16), vld1q_u8(b + 16)));
    return vpadalq_u16(sum, pairs);
}

VK_INLINE BYTE_SUM byte_differences(BYTE_SUM sum, const uint8_t *a, const uint8_t *b) {
    return byte_differences32(byte_differences32(sum, a, b), a + 32, b + 32);
}
