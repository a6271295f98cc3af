// AVX2 with fused multiply-add: eight floats a register, sixteen registers.

#if defined(__x86_64__)

#include "tables.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "precise.h"

#define VF __m256
#define LANES 8
#define VK_INLINE static inline __attribute__((always_inline))

VK_INLINE VF vf_zero(void) { return _mm256_setzero_ps(); }
VK_INLINE VF vf_load(const float *from) { return _mm256_loadu_ps(from); }
VK_INLINE VF vf_add(VF a, VF b) { return _mm256_add_ps(a, b); }
VK_INLINE VF vf_sub(VF a, VF b) { return _mm256_sub_ps(a, b); }
VK_INLINE VF vf_mul(VF a, VF b) { return _mm256_mul_ps(a, b); }
VK_INLINE VF vf_fma(VF a, VF b, VF c) { return _mm256_fmadd_ps(a, b, c); }
VK_INLINE VF vf_fnma(VF a, VF b, VF c) { return _mm256_fnmadd_ps(a, b, c); }
VK_INLINE VF vf_abs(VF a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }

VK_INLINE VF vf_load_first(const float *from, size_t count) {
    __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes));
}

VK_INLINE float vf_total(VF a) {
    __m128 sum = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

/// Takes a ≥ 0 apart into m · 2^e, with m from √½ to √2.
VK_INLINE VF vf_significand(VF a, VF *exponent) {
    __m256i bits = _mm256_castps_si256(a);
    __m256i offset = _mm256_sub_epi32(bits, _mm256_set1_epi32(0x3F3504F3));
    __m256i e = _mm256_srai_epi32(offset, 23);
    *exponent = _mm256_cvtepi32_ps(e);
    return _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(e, 23)));
}

VK_INLINE VF vf_round(VF a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

VK_INLINE VF vf_div(VF a, VF b) { return _mm256_div_ps(a, b); }
VK_INLINE VF vf_fill(float a) { return _mm256_set1_ps(a); }

/// a · 2^n, infinite from n = 128, and zero below the smallest normal number.
VK_INLINE VF vf_scale(VF a, VF n) {
    VF clamped = _mm256_min_ps(_mm256_max_ps(n, vf_fill(-127)), vf_fill(128));
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(clamped), _mm256_set1_epi32(127));
    return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

/// `a` where `b` is at least the smallest normal number, else zero.
VK_INLINE VF vf_where_normal(VF a, VF b) {
    return _mm256_and_ps(a, _mm256_cmp_ps(b, vf_fill(0x1p-126f), _CMP_GE_OQ));
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
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(value, limit, _CMP_LE_OQ));
        if (!mask) continue;
        float lanes[LANES];
        _mm256_storeu_ps(lanes, value);
        for (; mask; mask &= mask - 1) {
            unsigned lane = (unsigned)__builtin_ctz(mask);
            positions[count] = first + (uint32_t)i + lane;
            kept[count++] = lanes[lane];
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

#define CODE_SUM __m256i
#define CODE_STEP 32

VK_INLINE CODE_SUM code_zero(void) { return _mm256_setzero_si256(); }

/// Products of sixteen codes and sixteen int8, in 16 bits first: those of 8 bits would saturate.
VK_INLINE CODE_SUM code_dot16(CODE_SUM sum, __m128i x, __m128i q) {
    __m256i products = _mm256_madd_epi16(_mm256_cvtepu8_epi16(x), _mm256_cvtepi8_epi16(q));
    return _mm256_add_epi32(sum, products);
}

VK_INLINE __m128i load16(const void *from) { return _mm_loadu_si128(from); }

VK_INLINE CODE_SUM code_dot(CODE_SUM sum, const uint8_t *x, const int8_t *q) {
    sum = code_dot16(sum, load16(x), load16(q));
    return code_dot16(sum, load16(x + 16), load16(q + 16));
}

VK_INLINE CODE_SUM code_dot_codes(CODE_SUM sum, const uint8_t *x, const uint8_t *y) {
    __m128i flip = _mm_set1_epi8((char)0x80);
    sum = code_dot16(sum, load16(x), _mm_xor_si128(flip, load16(y)));
    return code_dot16(sum, load16(x + 16), _mm_xor_si128(flip, load16(y + 16)));
}

// A step takes all, so nothing is ever left.
#define code_dot_half code_dot
#define code_dot_codes_half code_dot_codes

VK_INLINE int32_t code_total(CODE_SUM sum) {
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
    return _mm_cvtsi128_si32(half);
}

VK_INLINE VF vf_load_half(const uint16_t *from) { return _mm256_cvtph_ps(load16(from)); }

VK_INLINE VF vf_load_byte(const uint8_t *from) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadu_si64(from)));
}

#define BYTE_SUM __m256i

VK_INLINE BYTE_SUM byte_zero(void) { return _mm256_setzero_si256(); }
// The upper halves of the 64-bit sums are empty.
VK_INLINE uint32_t byte_total(BYTE_SUM sum) { return (uint32_t)code_total(sum); }

VK_INLINE BYTE_SUM byte_differences32(BYTE_SUM sum, const uint8_t *a, const uint8_t *b) {
    __m256i left = _mm256_loadu_si256((const __m256i *)a);
    return _mm256_add_epi64(sum, _mm256_sad_epu8(left, _mm256_loadu_si256((const __m256i *)b)));
}

VK_INLINE BYTE_SUM byte_differences(BYTE_SUM sum, const uint8_t *a, const uint8_t *b) {
    return byte_differences32(byte_differences32(sum, a, b), a + 32, b + 32);
}

#include "distance.h"

VK_TABLE(avx2);

#pragma clang attribute pop

#endif
