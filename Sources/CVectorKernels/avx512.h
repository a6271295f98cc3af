// What both levels of AVX-512 have: sixteen floats a register, thirty-two registers, masks for the rest.

#include "precise.h"

#define VF __m512
#define LANES 16
#define VK_INLINE static inline __attribute__((always_inline))

VK_INLINE VF vf_zero(void) { return _mm512_setzero_ps(); }
VK_INLINE VF vf_load(const float *from) { return _mm512_loadu_ps(from); }
VK_INLINE VF vf_add(VF a, VF b) { return _mm512_add_ps(a, b); }
VK_INLINE VF vf_sub(VF a, VF b) { return _mm512_sub_ps(a, b); }
VK_INLINE VF vf_mul(VF a, VF b) { return _mm512_mul_ps(a, b); }
VK_INLINE VF vf_fma(VF a, VF b, VF c) { return _mm512_fmadd_ps(a, b, c); }
VK_INLINE VF vf_fnma(VF a, VF b, VF c) { return _mm512_fnmadd_ps(a, b, c); }
VK_INLINE VF vf_abs(VF a) { return _mm512_abs_ps(a); }
VK_INLINE VF vf_div(VF a, VF b) { return _mm512_div_ps(a, b); }
VK_INLINE VF vf_fill(float a) { return _mm512_set1_ps(a); }
VK_INLINE float vf_total(VF a) { return _mm512_reduce_add_ps(a); }

VK_INLINE __mmask16 first_lanes(size_t count) { return (__mmask16)((1u << count) - 1); }

VK_INLINE VF vf_load_first(const float *from, size_t count) {
    return _mm512_maskz_loadu_ps(first_lanes(count), from);
}

/// Takes a ≥ 0 apart into m · 2^e, with m from √½ to √2.
VK_INLINE VF vf_significand(VF a, VF *exponent) {
    __m512i bits = _mm512_castps_si512(a);
    __m512i offset = _mm512_sub_epi32(bits, _mm512_set1_epi32(0x3F3504F3));
    __m512i e = _mm512_srai_epi32(offset, 23);
    *exponent = _mm512_cvtepi32_ps(e);
    return _mm512_castsi512_ps(_mm512_sub_epi32(bits, _mm512_slli_epi32(e, 23)));
}

VK_INLINE VF vf_round(VF a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

VK_INLINE VF vf_scale(VF a, VF n) { return _mm512_scalef_ps(a, n); }

/// `a` where `b` is at least the smallest normal number, else zero.
VK_INLINE VF vf_where_normal(VF a, VF b) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(b, vf_fill(0x1p-126f), _CMP_GE_OQ), a);
}

#include "power.h"

static size_t select_below(
    const float *values, const float *scales, const float *offsets, size_t n, float bound,
    uint32_t first, uint32_t *positions, float *kept
) {
    size_t count = 0;
    VF limit = vf_fill(bound);
    __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (size_t i = 0; i < n; i += LANES) {
        __mmask16 inside = i + LANES <= n ? 0xFFFF : first_lanes(n - i);
        VF value = _mm512_maskz_loadu_ps(inside, values + i);
        if (scales) value = vf_mul(value, _mm512_maskz_loadu_ps(inside, scales + i));
        if (offsets) value = vf_add(value, _mm512_maskz_loadu_ps(inside, offsets + i));
        __mmask16 below = _mm512_mask_cmp_ps_mask(inside, value, limit, _CMP_LE_OQ);
        if (!below) continue;
        // Compressing in the register and storing it whole is far faster here than to memory.
        __m512i place = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)(first + (uint32_t)i)));
        _mm512_storeu_si512(positions + count, _mm512_maskz_compress_epi32(below, place));
        _mm512_storeu_ps(kept + count, _mm512_maskz_compress_ps(below, value));
        count += (size_t)__builtin_popcount(below);
    }
    return count;
}

VK_INLINE int32_t code_total(__m512i sum) { return _mm512_reduce_add_epi32(sum); }

VK_INLINE VF vf_load_half(const uint16_t *from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
}

VK_INLINE VF vf_load_byte(const uint8_t *from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from)));
}

#define BYTE_SUM __m512i

VK_INLINE BYTE_SUM byte_zero(void) { return _mm512_setzero_si512(); }
// The upper halves of the 64-bit sums are empty.
VK_INLINE uint32_t byte_total(BYTE_SUM sum) { return (uint32_t)code_total(sum); }

VK_INLINE BYTE_SUM byte_differences(BYTE_SUM sum, const uint8_t *a, const uint8_t *b) {
    return _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_loadu_si512(a), _mm512_loadu_si512(b)));
}
