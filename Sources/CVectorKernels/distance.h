// The kernels of one instruction set, in terms of the vector `VF` of `LANES` floats and the `vf_`
// operations that the including file defines, and of `code_dot` for codes. It is included once a
// level, inside the level's target attribute, and ends in the macro `VK_TABLE`.
//
// Every form of a distance adds the same numbers in the same order, so that all give the same bits.

#define INLINE static inline __attribute__((always_inline))

/// Independent sums a row, which hide the latency of the addition; a power of two, at least 2.
#ifndef SUMS
#define SUMS 4
#endif

/// Rows that `score_rows` takes at once. They share the loads of the query, and, what counts more
/// far from the cache, four rows at once with the next four prefetched line by line keep more misses
/// in flight than one after another: 201 against 279 ns a row of 784 (Zen 4, rows at random).
#define GROUP 4

/// Adds to `sum` what one vector's worth of numbers contributes to the distance.
typedef VF (*vk_step)(VF sum, VF a, VF b, float p);

INLINE VF step_l2sq(VF sum, VF a, VF b, float p) {
    (void)p;
    VF difference = vf_sub(a, b);
    return vf_fma(difference, difference, sum);
}

INLINE VF step_dot(VF sum, VF a, VF b, float p) {
    (void)p;
    return vf_fnma(a, b, sum);
}

INLINE VF step_l1(VF sum, VF a, VF b, float p) {
    (void)p;
    return vf_add(sum, vf_abs(vf_sub(a, b)));
}

INLINE VF step_l3(VF sum, VF a, VF b, float p) {
    (void)p;
    VF difference = vf_abs(vf_sub(a, b));
    return vf_fma(vf_mul(difference, difference), difference, sum);
}

INLINE VF step_l4(VF sum, VF a, VF b, float p) {
    (void)p;
    VF difference = vf_sub(a, b);
    VF square = vf_mul(difference, difference);
    return vf_fma(square, square, sum);
}

INLINE VF step_power(VF sum, VF a, VF b, float p) {
    return vf_add(sum, vf_power(vf_abs(vf_sub(a, b)), p));
}

/// Scores `count` rows at once and meanwhile prefetches as many others, line by line.
INLINE void score(
    vk_step step, size_t count, const float *q, const float *const *rows,
    const float *const *ahead, size_t d, float p, float *out
) {
    VF sums[GROUP][SUMS];
    for (size_t row = 0; row < count; row++)
        for (size_t s = 0; s < SUMS; s++) sums[row][s] = vf_zero();
    size_t i = 0;
    for (; i + SUMS * LANES <= d; i += SUMS * LANES) {
        if (ahead)
            for (size_t row = 0; row < count; row++)
                for (size_t line = 0; line < SUMS * LANES; line += 16)
                    __builtin_prefetch(ahead[row] + i + line, 0, 3);
        for (size_t s = 0; s < SUMS; s++) {
            VF number = vf_load(q + i + s * LANES);
            for (size_t row = 0; row < count; row++)
                sums[row][s] = step(sums[row][s], number, vf_load(rows[row] + i + s * LANES), p);
        }
    }
    if (ahead && i < d)
        for (size_t row = 0; row < count; row++)
            for (size_t line = i; line < d + 15; line += 16)
                __builtin_prefetch(ahead[row] + (line < d ? line : d - 1), 0, 3);
    for (; i + LANES <= d; i += LANES) {
        VF number = vf_load(q + i);
        for (size_t row = 0; row < count; row++)
            sums[row][0] = step(sums[row][0], number, vf_load(rows[row] + i), p);
    }
    if (i < d) {
        VF number = vf_load_first(q + i, d - i);
        for (size_t row = 0; row < count; row++)
            sums[row][1] = step(sums[row][1], number, vf_load_first(rows[row] + i, d - i), p);
    }
    for (size_t row = 0; row < count; row++) {
        for (size_t half = SUMS / 2; half; half /= 2)
            for (size_t s = 0; s < half; s++)
                sums[row][s] = vf_add(sums[row][s], sums[row][s + half]);
        out[row] = vf_total(sums[row][0]);
    }
}

INLINE float score_pair(vk_step step, const float *a, const float *b, size_t d, float p) {
    float distance;
    score(step, 1, a, &b, NULL, d, p, &distance);
    return distance;
}

INLINE void score_rows(
    vk_step step, const float *q, const float *base, size_t stride, const uint32_t *numbers,
    size_t n, size_t d, float p, float *out
) {
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        const float *rows[GROUP], *ahead[GROUP];
        for (size_t row = 0; row < GROUP; row++) {
            size_t next = i + GROUP + row < n ? i + GROUP + row : i + row;
            rows[row] = base + numbers[i + row] * stride;
            ahead[row] = base + numbers[next] * stride;
        }
        if (i + GROUP < n)
            score(step, GROUP, q, rows, ahead, d, p, out + i);
        else
            score(step, GROUP, q, rows, NULL, d, p, out + i);
    }
    for (; i < n; i++) out[i] = score_pair(step, q, base + numbers[i] * stride, d, p);
}

INLINE void score_block(
    vk_step step, const float *q, const float *base, size_t stride, size_t n, size_t d, float p,
    float *out
) {
    // One stream, which the hardware prefetches; four at once ran at half its speed.
    for (size_t i = 0; i < n; i++) out[i] = score_pair(step, q, base + i * stride, d, p);
}

#define DEFINE_FORMS(name)                                                                        \
    static float name##_pair(const float *a, const float *b, size_t d, float p) {                 \
        return score_pair(step_##name, a, b, d, p);                                               \
    }                                                                                             \
    static void name##_rows(                                                                      \
        const float *q, const float *base, size_t stride, const uint32_t *rows, size_t n,         \
        size_t d, float p, float *out                                                             \
    ) {                                                                                           \
        score_rows(step_##name, q, base, stride, rows, n, d, p, out);                             \
    }                                                                                             \
    static void name##_block(                                                                     \
        const float *q, const float *base, size_t stride, size_t n, size_t d, float p, float *out \
    ) {                                                                                           \
        score_block(step_##name, q, base, stride, n, d, p, out);                                  \
    }                                                                                             \
    static void name##_score_rows(                                                                \
        const vk_scorer *self, const uint32_t *rows, size_t n, float *out                         \
    ) {                                                                                           \
        score_rows(                                                                               \
            step_##name, self->query, self->base, self->stride / sizeof(float), rows, n, self->d, \
            self->p, out);                                                                        \
    }                                                                                             \
    static void name##_score_block(                                                               \
        const vk_scorer *self, size_t first, size_t n, float *out                                 \
    ) {                                                                                           \
        size_t stride = self->stride / sizeof(float);                                             \
        score_block(                                                                              \
            step_##name, self->query, (const float *)self->base + first * stride, stride, n,      \
            self->d, self->p, out);                                                               \
    }

DEFINE_FORMS(l2sq)
DEFINE_FORMS(dot)
DEFINE_FORMS(l1)
DEFINE_FORMS(l3)
DEFINE_FORMS(l4)
DEFINE_FORMS(power)

// The whole powers that people use need no logarithm.
#define BY_POWER(kind, form, ...)              \
    p == 1   ? kind##l1_##form(__VA_ARGS__)    \
    : p == 2 ? kind##l2sq_##form(__VA_ARGS__)  \
    : p == 3 ? kind##l3_##form(__VA_ARGS__)    \
    : p == 4 ? kind##l4_##form(__VA_ARGS__)    \
             : kind##power_##form(__VA_ARGS__)

static float minkowski_pair(const float *a, const float *b, size_t d, float p) {
    return BY_POWER(, pair, a, b, d, p);
}

static void minkowski_rows(
    const float *q, const float *base, size_t stride, const uint32_t *rows, size_t n, size_t d,
    float p, float *out
) {
    BY_POWER(, rows, q, base, stride, rows, n, d, p, out);
}

static void minkowski_block(
    const float *q, const float *base, size_t stride, size_t n, size_t d, float p, float *out
) {
    BY_POWER(, block, q, base, stride, n, d, p, out);
}

static void minkowski_score_rows(
    const vk_scorer *self, const uint32_t *rows, size_t n, float *out
) {
    float p = self->p;
    BY_POWER(, score_rows, self, rows, n, out);
}

static void minkowski_score_block(
    const vk_scorer *self, size_t first, size_t n, float *out
) {
    float p = self->p;
    BY_POWER(, score_block, self, first, n, out);
}

#include "codes.h"
#include "half.h"
#include "narrow.h"

#define FORMS(name)                                                                        \
    {name##_pair,  name##_rows, name##_block, name##_score_rows, name##_score_block, \
     name##_precise, name##_precise_rows}

#define VK_TABLE(level)              \
    const vk_kernels vk_##level = {  \
        .name = #level,              \
        .l2sq = FORMS(l2sq),         \
        .dot = FORMS(dot),           \
        .l1 = FORMS(l1),             \
        .minkowski = FORMS(minkowski), \
        .select = select_below,      \
        .scale = scale_numbers,      \
        .codes = CODE_FORMS,         \
        .halves = HALF_FORMS,        \
        .bytes = BYTE_FORMS,         \
    }
