// AVX-512 with VNNI, which multiplies 64 codes by 64 integers and adds the products up.

#if defined(__x86_64__)

#include "tables.h"

#include <immintrin.h>

#pragma clang attribute push(                                                     \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma"))), \
    apply_to = function)

#include "avx512.h"

#define CODE_SUM __m512i
#define CODE_STEP 64

VK_INLINE CODE_SUM code_zero(void) { return _mm512_setzero_si512(); }

VK_INLINE __m512i load64(const void *from) { return _mm512_loadu_si512(from); }

/// The first 32 bytes, then zeros.
VK_INLINE __m512i load32(const void *from) { return _mm512_maskz_loadu_epi32(0xFF, from); }

VK_INLINE CODE_SUM code_dot(CODE_SUM sum, const uint8_t *x, const int8_t *q) {
    return _mm512_dpbusd_epi32(sum, load64(x), load64(q));
}

VK_INLINE CODE_SUM code_dot_half(CODE_SUM sum, const uint8_t *x, const int8_t *q) {
    return _mm512_dpbusd_epi32(sum, load32(x), load32(q));
}

VK_INLINE __m512i signed_codes(__m512i y) {
    return _mm512_xor_si512(_mm512_set1_epi8((char)0x80), y);
}

VK_INLINE CODE_SUM code_dot_codes(CODE_SUM sum, const uint8_t *x, const uint8_t *y) {
    return _mm512_dpbusd_epi32(sum, load64(x), signed_codes(load64(y)));
}

VK_INLINE CODE_SUM code_dot_codes_half(CODE_SUM sum, const uint8_t *x, const uint8_t *y) {
    return _mm512_dpbusd_epi32(sum, load32(x), signed_codes(load32(y)));
}

#include "distance.h"

VK_TABLE(avx512vnni);

#pragma clang attribute pop

#endif
