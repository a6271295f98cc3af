// Distances in double precision, included once a level, inside the level's target attribute.
//
// Sixteen sums, added up in a fixed order and without fused operations, give the same bits at every
// level, so that the final order of an answer does not depend on the machine.

#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define PRECISE_SUMS 16
/// Rows that are measured at once: vectors lie far from the cache, and their misses overlap.
#define PRECISE_GROUP 3

typedef double (*vk_term)(double a, double b, double p);

/// Measures `count` rows at once and meanwhile prefetches as many others, line by line.
static inline __attribute__((always_inline)) void precise_sums(
    vk_term term, size_t count, const float *q, const float *const *rows,
    const float *const *ahead, size_t d, double p, double *out
) {
    double sums[PRECISE_GROUP][PRECISE_SUMS];
    for (size_t row = 0; row < count; row++)
        for (size_t s = 0; s < PRECISE_SUMS; s++) sums[row][s] = 0;
    size_t i = 0;
    for (; i + PRECISE_SUMS <= d; i += PRECISE_SUMS)
        for (size_t row = 0; row < count; row++) {
            if (ahead) __builtin_prefetch(ahead[row] + i, 0, 3);
            for (size_t s = 0; s < PRECISE_SUMS; s++)
                sums[row][s] += term(q[i + s], rows[row][i + s], p);
        }
    for (size_t row = 0; row < count; row++) {
        if (ahead && i < d) __builtin_prefetch(ahead[row] + i, 0, 3);
        for (size_t s = 0; i + s < d; s++) sums[row][s] += term(q[i + s], rows[row][i + s], p);
        for (size_t half = PRECISE_SUMS / 2; half; half /= 2)
            for (size_t s = 0; s < half; s++) sums[row][s] += sums[row][s + half];
        out[row] = sums[row][0];
    }
}

static inline __attribute__((always_inline)) double precise_sum(
    vk_term term, const float *a, const float *b, size_t d, double p
) {
    double sum;
    precise_sums(term, 1, a, &b, NULL, d, p, &sum);
    return sum;
}

static inline __attribute__((always_inline)) void precise_rows(
    vk_term term, const float *q, const float *base, size_t stride, const uint32_t *numbers,
    size_t n, size_t d, double p, double *out
) {
    size_t i = 0;
    for (; i + PRECISE_GROUP <= n; i += PRECISE_GROUP) {
        const float *rows[PRECISE_GROUP], *ahead[PRECISE_GROUP];
        for (size_t row = 0; row < PRECISE_GROUP; row++) {
            size_t next = i + PRECISE_GROUP + row;
            rows[row] = base + numbers[i + row] * stride;
            ahead[row] = base + numbers[next < n ? next : n - 1] * stride;
        }
        precise_sums(
            term, PRECISE_GROUP, q, rows, i + PRECISE_GROUP < n ? ahead : NULL, d, p, out + i);
    }
    for (; i < n; i++) out[i] = precise_sum(term, q, base + numbers[i] * stride, d, p);
}

static inline __attribute__((always_inline)) double term_l2sq(double a, double b, double p) {
    (void)p;
    return (a - b) * (a - b);
}

static inline __attribute__((always_inline)) double term_dot(double a, double b, double p) {
    (void)p;
    return -(a * b);
}

static inline __attribute__((always_inline)) double term_l1(double a, double b, double p) {
    (void)p;
    return fabs(a - b);
}

static inline __attribute__((always_inline)) double term_l3(double a, double b, double p) {
    (void)p;
    return fabs(a - b) * ((a - b) * (a - b));
}

static inline __attribute__((always_inline)) double term_l4(double a, double b, double p) {
    (void)p;
    return ((a - b) * (a - b)) * ((a - b) * (a - b));
}

static inline __attribute__((always_inline)) double term_power(double a, double b, double p) {
    return pow(fabs(a - b), p);
}

#define DEFINE_PRECISE(name)                                                             \
    static double name##_precise(const float *a, const float *b, size_t d, float p) {    \
        return precise_sum(term_##name, a, b, d, p);                                     \
    }                                                                                    \
    static void name##_precise_rows(                                                     \
        const float *q, const float *base, size_t stride, const uint32_t *rows,          \
        size_t n, size_t d, float p, double *out                                         \
    ) {                                                                                  \
        precise_rows(term_##name, q, base, stride, rows, n, d, p, out);                  \
    }

DEFINE_PRECISE(l2sq)
DEFINE_PRECISE(dot)
DEFINE_PRECISE(l1)
DEFINE_PRECISE(l3)
DEFINE_PRECISE(l4)
DEFINE_PRECISE(power)

/// Each number is multiplied in double precision and rounded once.
static void scale_numbers(const float *from, double factor, size_t d, float *to) {
    for (size_t i = 0; i < d; i++) to[i] = (float)(from[i] * factor);
}

static double minkowski_precise(const float *a, const float *b, size_t d, float p) {
    return p == 1   ? l1_precise(a, b, d, p)
           : p == 2 ? l2sq_precise(a, b, d, p)
           : p == 3 ? l3_precise(a, b, d, p)
           : p == 4 ? l4_precise(a, b, d, p)
                    : power_precise(a, b, d, p);
}

static void minkowski_precise_rows(
    const float *q, const float *base, size_t stride, const uint32_t *rows, size_t n, size_t d,
    float p, double *out
) {
    (p == 1   ? l1_precise_rows
     : p == 2 ? l2sq_precise_rows
     : p == 3 ? l3_precise_rows
     : p == 4 ? l4_precise_rows
              : power_precise_rows)(q, base, stride, rows, n, d, p, out);
}
