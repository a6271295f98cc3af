// The level that every CPU has, and the reference for the others.

#include "tables.h"

#include "half.h"
#include "precise.h"

#include <math.h>

#define VF float
#define LANES 1

static inline VF vf_zero(void) { return 0; }
static inline VF vf_load(const float *from) { return *from; }
static inline VF vf_load_first(const float *from, size_t count) { return count ? *from : 0; }
static inline VF vf_add(VF a, VF b) { return a + b; }
static inline VF vf_sub(VF a, VF b) { return a - b; }
static inline VF vf_mul(VF a, VF b) { return a * b; }
static inline VF vf_fma(VF a, VF b, VF c) { return a * b + c; }
static inline VF vf_fnma(VF a, VF b, VF c) { return c - a * b; }
static inline VF vf_abs(VF a) { return fabsf(a); }
static inline VF vf_power(VF a, float p) { return powf(a, p); }
static inline float vf_total(VF a) { return a; }

static size_t select_below(
    const float *values, const float *scales, const float *offsets, size_t n, float bound,
    uint32_t first, uint32_t *positions, float *kept
) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        float value = values[i];
        if (scales) value *= scales[i];
        if (offsets) value += offsets[i];
        positions[count] = first + (uint32_t)i;
        kept[count] = value;
        count += value <= bound;
    }
    return count;
}

#define CODE_SUM int32_t
#define CODE_STEP 32
static inline CODE_SUM code_zero(void) { return 0; }
static inline CODE_SUM code_dot(CODE_SUM sum, const uint8_t *x, const int8_t *q) {
    for (size_t i = 0; i < CODE_STEP; i++) sum += x[i] * q[i];
    return sum;
}
static inline CODE_SUM code_dot_codes(CODE_SUM sum, const uint8_t *x, const uint8_t *y) {
    for (size_t i = 0; i < CODE_STEP; i++) sum += x[i] * (y[i] - 128);
    return sum;
}
// A step takes all, so nothing is ever left.
#define code_dot_half code_dot
#define code_dot_codes_half code_dot_codes
static inline int32_t code_total(CODE_SUM sum) { return sum; }

static inline VF vf_load_half(const uint16_t *from) { return float_of(*from); }
static inline VF vf_load_byte(const uint8_t *from) { return *from; }

#define BYTE_SUM uint32_t
static inline BYTE_SUM byte_zero(void) { return 0; }
static inline uint32_t byte_total(BYTE_SUM sum) { return sum; }
static inline BYTE_SUM byte_differences(BYTE_SUM sum, const uint8_t *a, const uint8_t *b) {
    for (size_t i = 0; i < 64; i++) sum += (uint32_t)(a[i] < b[i] ? b[i] - a[i] : a[i] - b[i]);
    return sum;
}

#include "distance.h"

VK_TABLE(scalar);
