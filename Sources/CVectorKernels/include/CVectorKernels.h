/// Distance kernels, one table an instruction set. All prefixed `vk_`.
///
/// Vectors are rows of `float`; no alignment is assumed, and nothing past `d` numbers is read.
/// "Raw" distances are what traversal compares: the squared L2 distance, the negated dot product,
/// the sum of absolute differences, the sum of their p-th powers. Roots and shifts for people are
/// taken in Swift.
#ifndef CVECTORKERNELS_H
#define CVECTORKERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// The raw distance of two vectors.
typedef float (*vk_pair)(const float *a, const float *b, size_t d, float p);

/// Distances of `q` to `n` rows of `base` (`stride` floats apart) given by number; prefetches ahead.
typedef void (*vk_rows)(
    const float *q, const float *base, size_t stride, const uint32_t *rows, size_t n, size_t d,
    float p, float *out);

/// Distances of `q` to `n` consecutive rows.
typedef void (*vk_block)(
    const float *q, const float *base, size_t stride, size_t n, size_t d, float p, float *out);

/// The four forms of one raw distance; `p` is read by `minkowski` alone.
///
/// `rows` and `block` give the very bits that `pair` gives.
typedef struct vk_metric {
    vk_pair pair;
    vk_rows rows;
    vk_block block;
    /// The same in double precision, for final orders; the very same bits at every level.
    double (*precise)(const float *a, const float *b, size_t d, float p);
} vk_metric;

/// Finds the scores `values[i] * scales[i] + offsets[i]` that are at most `bound`, in order.
///
/// Without `scales` or `offsets` they are 1 or 0. Writes `first + i` and the score of each, and
/// returns how many there are; `positions` and `kept` have room for `n` and 16 more.
typedef size_t (*vk_select)(
    const float *values, const float *_Nullable scales, const float *_Nullable offsets, size_t n,
    float bound, uint32_t first, uint32_t *positions, float *kept);

typedef struct vk_kernels {
    const char *name;
    vk_metric l2sq;
    vk_metric dot;
    vk_metric l1;
    vk_metric minkowski;
    vk_select select;
} vk_kernels;

typedef enum vk_level { VK_SCALAR = 0, VK_AVX2 = 1, VK_AVX512 = 2 } vk_level;

/// The table of a level, or NULL where this CPU or its system lacks it.
const vk_kernels *_Nullable vk_kernels_for(vk_level level);

/// Asks for a cache line; a hint that costs nothing when wrong.
static inline __attribute__((always_inline)) void vk_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

#pragma clang assume_nonnull end

#endif
