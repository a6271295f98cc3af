// AVX-512 (F, BW, VL, DQ): sixteen floats a register, thirty-two registers, masks for the rest.

#if defined(__x86_64__)

#include "tables.h"

#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)

#include "avx512.h"

#define CODE_SUM __m512i
#define CODE_STEP 32

VK_INLINE CODE_SUM code_zero(void) { return _mm512_setzero_si512(); }

/// Products of 32 codes and 32 int8, in 16 bits first: those of 8 bits would saturate.
VK_INLINE CODE_SUM code_dot32(CODE_SUM sum, __m256i x, __m256i q) {
    __m512i products = _mm512_madd_epi16(_mm512_cvtepu8_epi16(x), _mm512_cvtepi8_epi16(q));
    return _mm512_add_epi32(sum, products);
}

VK_INLINE __m256i load32(const void *from) { return _mm256_loadu_si256(from); }

VK_INLINE CODE_SUM code_dot(CODE_SUM sum, const uint8_t *x, const int8_t *q) {
    return code_dot32(sum, load32(x), load32(q));
}

VK_INLINE CODE_SUM code_dot_codes(CODE_SUM sum, const uint8_t *x, const uint8_t *y) {
    return code_dot32(sum, load32(x), _mm256_xor_si256(_mm256_set1_epi8((char)0x80), load32(y)));
}

// A step takes all, so nothing is ever left.
#define code_dot_half code_dot
#define code_dot_codes_half code_dot_codes

#include "distance.h"

VK_TABLE(avx512);

#pragma clang attribute pop

#endif
