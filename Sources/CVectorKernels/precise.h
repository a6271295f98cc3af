// Distances in double precision, included once a level, inside the level's target attribute.
//
// Sixteen sums, added up in a fixed order and without fused operations, give the same bits at every
// level, so that the final order of an answer does not depend on the machine.

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define PRECISE_SUMS 16

typedef double (*vk_term)(double a, double b, double p);

static inline __attribute__((always_inline)) double precise_sum(
    vk_term term, const float *a, const float *b, size_t d, double p
) {
    double sums[PRECISE_SUMS] = {0};
    size_t i = 0;
    for (; i + PRECISE_SUMS <= d; i += PRECISE_SUMS)
        for (size_t s = 0; s < PRECISE_SUMS; s++) sums[s] += term(a[i + s], b[i + s], p);
    for (size_t s = 0; i + s < d; s++) sums[s] += term(a[i + s], b[i + s], p);
    for (size_t half = PRECISE_SUMS / 2; half; half /= 2)
        for (size_t s = 0; s < half; s++) sums[s] += sums[s + half];
    return sums[0];
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
