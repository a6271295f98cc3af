// The kernels on 8-bit codes of one instruction set, in terms of `CODE_SUM`, a register of partial
// sums of integers, and the `code_` operations that the including file defines. Included by
// `distance.h`.
//
// Integer sums are exact, and no product is fused with an addition of floats, so that every level
// gives the same bits.

#include "rotation.h"

#pragma clang fp contract(off)

#ifndef CODE_REST
/// What the sums of products with a query lack; nothing where codes are multiplied as they are.
#define code_rest(q, d) 0
#define code_rest_codes(y, d) 0
#endif

/// Adds up the products of `count` rows with the query, and meanwhile prefetches other rows.
INLINE void code_products(
    size_t count, const int8_t *q, const uint8_t *const *rows, const uint8_t *const *ahead, size_t d,
    int32_t *out
) {
    CODE_SUM sums[GROUP];
    for (size_t row = 0; row < count; row++) sums[row] = code_zero();
    size_t i = 0;
    for (; i + CODE_STEP <= d; i += CODE_STEP) {
        if (ahead && i % 64 == 0)
            for (size_t row = 0; row < count; row++) __builtin_prefetch(ahead[row] + i, 0, 3);
        for (size_t row = 0; row < count; row++)
            sums[row] = code_dot(sums[row], rows[row] + i, q + i);
    }
    if (i < d)
        for (size_t row = 0; row < count; row++)
            sums[row] = code_dot_half(sums[row], rows[row] + i, q + i);
    if (ahead)
        // What is left: the tail, the factors, and the line that a row not aligned reaches into.
        for (size_t row = 0; row < count; row++)
            for (size_t line = d / 64 * 64; line < d + sizeof(vk_factors) + 63; line += 64)
                __builtin_prefetch(
                    ahead[row] + (line < d + 15 ? line : d + 15), 0, 3);
    int32_t rest = code_rest(q, d);
    for (size_t row = 0; row < count; row++) out[row] = code_total(sums[row]) + rest;
}

INLINE const vk_factors *factors_of(const uint8_t *row, size_t d) {
    return (const vk_factors *)(row + d);
}

INLINE float code_estimate(const vk_factors *factors, int32_t products, float scale, float shift) {
    return factors->add + factors->rescale * (scale * (float)products + shift);
}

static void code_rows(const vk_scorer *self, const uint32_t *numbers, size_t n, float *out) {
    const uint8_t *base = self->base;
    const int8_t *q = self->query;
    size_t d = self->d, stride = self->stride;
    int32_t products[GROUP];
    const uint8_t *rows[GROUP], *ahead[GROUP];
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        for (size_t row = 0; row < GROUP; row++) {
            size_t next = i + GROUP + row < n ? i + GROUP + row : i + row;
            rows[row] = base + numbers[i + row] * stride;
            ahead[row] = base + numbers[next] * stride;
        }
        if (i + GROUP < n)
            code_products(GROUP, q, rows, ahead, d, products);
        else
            code_products(GROUP, q, rows, NULL, d, products);
        for (size_t row = 0; row < GROUP; row++)
            out[i + row] =
                code_estimate(factors_of(rows[row], d), products[row], self->scale, self->shift);
    }
    for (; i < n; i++) {
        rows[0] = base + numbers[i] * stride;
        code_products(1, q, rows, NULL, d, products);
        out[i] = code_estimate(factors_of(rows[0], d), products[0], self->scale, self->shift);
    }
}

static void code_block(const vk_scorer *self, size_t first, size_t n, float *out) {
    const uint8_t *row = (const uint8_t *)self->base + first * self->stride;
    for (size_t i = 0; i < n; i++, row += self->stride) {
        int32_t products;
        code_products(1, self->query, &row, NULL, self->d, &products);
        out[i] = code_estimate(factors_of(row, self->d), products, self->scale, self->shift);
    }
}

static float code_pair(const uint8_t *a, const uint8_t *b, size_t d) {
    CODE_SUM sums[2] = {code_zero(), code_zero()};
    size_t i = 0;
    for (; i + 2 * CODE_STEP <= d; i += 2 * CODE_STEP)
        for (size_t s = 0; s < 2; s++)
            sums[s] = code_dot_codes(sums[s], a + i + s * CODE_STEP, b + i + s * CODE_STEP);
    for (; i + CODE_STEP <= d; i += CODE_STEP) sums[0] = code_dot_codes(sums[0], a + i, b + i);
    if (i < d) sums[1] = code_dot_codes_half(sums[1], a + i, b + i);
    int32_t products = code_total(sums[0]) + code_total(sums[1]) + code_rest_codes(b, d);
    const vk_factors *left = factors_of(a, d), *right = factors_of(b, d);
    return right->add + code_estimate(left, products, right->scale, right->shift);
}

/// The sums of a vector with its integers.
typedef struct vk_sums {
    float products, squares, total;
} vk_sums;

/// Rounds numbers to integers from −127 to 127, gives each with `flip` in its bits to `codes`, and
/// returns the step.
///
/// The largest number is 127 steps. A fixed share of it, the best for normal numbers on average,
/// loses more: errors are 25 % larger at 128 numbers, and far larger where one exceeds it.
INLINE float code_round(const float *r, size_t d, uint8_t flip, uint8_t *codes, vk_sums *sums) {
    lanes largest = {0};
    for (size_t i = 0; i < d; i += 16)
        largest = __builtin_elementwise_max(largest, __builtin_elementwise_abs(load_lanes(r + i)));
    float most = 0;
    for (size_t i = 0; i < 16; i++) most = largest[i] > most ? largest[i] : most;
    float step = most / 127;
    // The inverse of a smaller one would be infinite.
    lanes inverse = fill_lanes(step >= 0x1p-126f ? 1 / step : 0), limit = fill_lanes(127);
    lanes products = {0}, squares = {0}, total = {0};
    for (size_t i = 0; i < d; i += 16) {
        lanes number = load_lanes(r + i);
        lanes y = __builtin_elementwise_roundeven(number * inverse);
        y = __builtin_elementwise_max(__builtin_elementwise_min(y, limit), -limit);
        products += number * y;
        squares += y * y;
        total += y;
        signed16 rounded = __builtin_convertvector(__builtin_convertvector(y, ints), signed16);
        bytes16 bits;
        __builtin_memcpy(&bits, &rounded, sizeof bits);
        bits ^= flip;
        __builtin_memcpy(codes + i, &bits, sizeof bits);
    }
    *sums = (vk_sums){sum_lanes(products), sum_lanes(squares), sum_lanes(total)};
    return step;
}

static void code_encode(const float *r, size_t d, uint8_t *row) {
    vk_sums sums;
    code_round(r, d, 0x80, row, &sums);
    vk_factors factors = {squared_norm(r, d), 0, 0, 0};
    if (sums.products > 0) {
        factors.rescale = -2 * factors.add / sums.products;
        factors.scale = sums.products / sums.squares;
        factors.shift = -128 * factors.scale * sums.total;
    }
    __builtin_memcpy(row + d, &factors, sizeof factors);
}

static void code_prepare(const float *r, size_t d, int8_t *q, vk_factors *factors) {
    vk_sums sums;
    float scale = code_round(r, d, 0, (uint8_t *)q, &sums);
    *factors = (vk_factors){squared_norm(r, d), 0, scale, -128 * scale * sums.total};
}

#define CODE_FORMS {code_rows, code_block, code_pair, code_encode, code_prepare, code_rotate}
