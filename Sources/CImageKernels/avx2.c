#include "CImageKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// How many rows share one load of the weights.
enum { ROWS_AT_ONCE = 4 };

static inline __m256i four_pixels(const uint8_t *pixels) {
    // Of 4 pixels, each channel's values as pairs of 16 bits:
    // low half R0 R1 | R2 R3 | G0 G1 | G2 G3, high half B0 B1 | B2 B3 | 0 | 0.
    const __m256i order = _mm256_setr_epi8(
        0, -1, 3, -1, 6, -1, 9, -1, 1, -1, 4, -1, 7, -1, 10, -1,  //
        2, -1, 5, -1, 8, -1, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    __m128i bytes = _mm_loadu_si128((const __m128i *)pixels);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), order);
}

// From sums laid out as in four_pixels, one pixel of each of four rows, 4 bytes apart.
static inline __m128i finish(const __m256i sums[ROWS_AT_ONCE], int32_t shift) {
    __m256i half = _mm256_set1_epi32(1 << (shift - 1));
    __m128i by = _mm_cvtsi32_si128(shift);
    __m256i first = _mm256_hadd_epi32(sums[0], sums[1]);
    __m256i second = _mm256_hadd_epi32(sums[2], sums[3]);
    first = _mm256_sra_epi32(_mm256_add_epi32(first, half), by);
    second = _mm256_sra_epi32(_mm256_add_epi32(second, half), by);
    __m256i bytes = _mm256_packs_epi32(first, second);
    bytes = _mm256_packus_epi16(bytes, bytes);
    // Low half: red and green of each row, high half: blue of each row.
    return _mm_unpacklo_epi16(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}

static inline void store(__m128i pixels, uint8_t *const targets[ROWS_AT_ONCE], size_t bytes) {
    uint32_t values[ROWS_AT_ONCE];
    _mm_storeu_si128((__m128i *)values, pixels);
    for (int row = 0; row < ROWS_AT_ONCE; row++) memcpy(targets[row], &values[row], bytes);
}

static void horizontal(
    const uint8_t *source, size_t source_stride, size_t rows, uint8_t *target,
    size_t target_stride, const cimage_axis *axis
) {
    for (size_t y = 0; y < rows; y += ROWS_AT_ONCE) {
        const uint8_t *in[ROWS_AT_ONCE];
        uint8_t *out[ROWS_AT_ONCE];
        for (size_t i = 0; i < ROWS_AT_ONCE; i++) {
            // Past the end the last row is done again, with the same result.
            size_t row = y + i < rows ? y + i : rows - 1;
            in[i] = source + row * source_stride;
            out[i] = target + row * target_stride;
        }
        const int16_t *weights = axis->weights;
        for (int32_t x = 0; x < axis->outputs; x++) {
            __m256i sums[ROWS_AT_ONCE] = {0};
            size_t offset = (size_t)axis->first[x] * 3;
            int32_t left = axis->inputs - axis->first[x];
            for (int32_t t = 0; t < axis->taps; t += 4, weights += 4, offset += 12) {
                if (t >= left) continue;
                int64_t four;
                memcpy(&four, weights, sizeof four);
                __m256i weight = _mm256_set1_epi64x(four);
                for (int i = 0; i < ROWS_AT_ONCE; i++) {
                    __m256i products = _mm256_madd_epi16(four_pixels(in[i] + offset), weight);
                    sums[i] = _mm256_add_epi32(sums[i], products);
                }
            }
            __m128i pixels = finish(sums, axis->shift);
            // A fourth byte may be written where the row's next pixel will overwrite it.
            if (x + 1 < axis->outputs)
                store(pixels, out, 4);
            else
                store(pixels, out, 3);
            for (int i = 0; i < ROWS_AT_ONCE; i++) out[i] += 3;
        }
    }
}

static inline __m256i widened(__m128i bytes) { return _mm256_cvtepu8_epi16(bytes); }

// 16 bytes of one output row.
static inline __m128i mixed_rows(
    const uint8_t *source, size_t stride, const int16_t *weights, int32_t taps, int32_t shift
) {
    __m256i low = _mm256_set1_epi32(1 << (shift - 1)), high = low;
    for (int32_t t = 0; t < taps; t += 2) {
        // The last row of an odd number is paired with itself; its second weight is zero.
        const uint8_t *next = source + (t + 1 < taps ? stride : 0);
        __m128i first = _mm_loadu_si128((const __m128i *)source);
        __m128i second = _mm_loadu_si128((const __m128i *)next);
        int32_t two;
        memcpy(&two, weights + t, sizeof two);
        __m256i weight = _mm256_set1_epi32(two);
        __m256i left = widened(_mm_unpacklo_epi8(first, second));
        __m256i right = widened(_mm_unpackhi_epi8(first, second));
        low = _mm256_add_epi32(low, _mm256_madd_epi16(left, weight));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(right, weight));
        source = next + stride;
    }
    __m128i by = _mm_cvtsi32_si128(shift);
    low = _mm256_sra_epi32(low, by);
    high = _mm256_sra_epi32(high, by);
    __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
    return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

static void vertical(
    const uint8_t *source, size_t source_stride, size_t row_bytes, uint8_t *target,
    size_t target_stride, const cimage_axis *axis
) {
    for (int32_t y = 0; y < axis->outputs; y++) {
        const int16_t *weights = axis->weights + (size_t)y * axis->taps;
        const uint8_t *in = source + (size_t)axis->first[y] * source_stride;
        uint8_t *out = target + (size_t)y * target_stride;
        int32_t taps = axis->inputs - axis->first[y];
        if (taps > axis->taps) taps = axis->taps;
        size_t x = 0;
        for (; x + 16 <= row_bytes; x += 16) {
            __m128i bytes = mixed_rows(in + x, source_stride, weights, taps, axis->shift);
            _mm_storeu_si128((__m128i *)(out + x), bytes);
        }
        if (x < row_bytes) {
            uint8_t rest[16];
            __m128i bytes = mixed_rows(in + x, source_stride, weights, taps, axis->shift);
            _mm_storeu_si128((__m128i *)rest, bytes);
            memcpy(out + x, rest, row_bytes - x);
        }
    }
}

// One channel of 8 pixels, from the first 16 and the last 16 of their 24 bytes.
static inline __m256 channel_of_eight(__m128i start, __m128i end, int32_t channel) {
    const __m128i first = _mm_setr_epi8(0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1);
    const __m128i second =
        _mm_setr_epi8(4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1, 13, -1, -1, -1);
    // Only the low byte of each number is a position, and the sum never carries out of it.
    const __m128i step = _mm_set1_epi32(channel);
    __m128i low = _mm_shuffle_epi8(start, _mm_add_epi32(first, step));
    __m128i high = _mm_shuffle_epi8(end, _mm_add_epi32(second, step));
    return _mm256_cvtepi32_ps(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1));
}

static void planar(
    const uint8_t *pixels, size_t count, const int32_t channels[3], const float scale[3],
    const float offset[3], float *const planes[3]
) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i start = _mm_loadu_si128((const __m128i *)(pixels + 3 * i));
        __m128i end = _mm_loadu_si128((const __m128i *)(pixels + 3 * i + 8));
        for (int c = 0; c < 3; c++) {
            __m256 values = channel_of_eight(start, end, channels[c]);
            values = _mm256_fmadd_ps(values, _mm256_set1_ps(scale[c]), _mm256_set1_ps(offset[c]));
            _mm256_storeu_ps(planes[c] + i, values);
        }
    }
    float *const rest[3] = {planes[0] + i, planes[1] + i, planes[2] + i};
    cimage_kernels_portable()->planar(pixels + 3 * i, count - i, channels, scale, offset, rest);
}

// The three vectors in which 8 pixels' values meet their channels' numbers.
static inline void repeated(const float values[3], __m256 vectors[3]) {
    float pattern[24];
    for (int i = 0; i < 24; i++) pattern[i] = values[i % 3];
    for (int i = 0; i < 3; i++) vectors[i] = _mm256_loadu_ps(pattern + 8 * i);
}

static void interleaved(
    const uint8_t *pixels, size_t count, const int32_t channels[3], const float scale[3],
    const float offset[3], float *target
) {
    __m256 factors[3], addends[3];
    repeated(scale, factors);
    repeated(offset, addends);
    int8_t places[16];
    for (int i = 0; i < 16; i++) places[i] = (int8_t)(i < 12 ? i / 3 * 3 + channels[i % 3] : -1);
    __m128i order = _mm_loadu_si128((const __m128i *)places);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        // 12 bytes, four whole pixels, from each load.
        __m128i start = _mm_loadu_si128((const __m128i *)(pixels + 3 * i));
        __m128i end = _mm_loadu_si128((const __m128i *)(pixels + 3 * i + 8));
        start = _mm_shuffle_epi8(start, order);
        end = _mm_shuffle_epi8(_mm_srli_si128(end, 4), order);
        __m128i bytes[3] = {
            start, _mm_or_si128(_mm_srli_si128(start, 8), _mm_slli_si128(end, 4)),
            _mm_srli_si128(end, 4)};
        for (int v = 0; v < 3; v++) {
            __m256 values = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes[v]));
            values = _mm256_fmadd_ps(values, factors[v], addends[v]);
            _mm256_storeu_ps(target + 3 * i + 8 * v, values);
        }
    }
    cimage_kernels_portable()->interleaved(
        pixels + 3 * i, count - i, channels, scale, offset, target + 3 * i);
}

#pragma clang attribute pop

const cimage_kernels *cimage_kernels_avx2(void) {
    static const cimage_kernels kernels = {horizontal, vertical, planar, interleaved};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : NULL;
}

#else

const cimage_kernels *cimage_kernels_avx2(void) { return NULL; }

#endif
