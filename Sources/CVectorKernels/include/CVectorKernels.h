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

typedef struct vk_scorer vk_scorer;

/// The forms of one raw distance; `p` is read by `minkowski` alone.
///
/// All but the precise ones give the very bits that `pair` gives.
typedef struct vk_metric {
    vk_pair pair;
    vk_rows rows;
    vk_block block;
    /// `rows` and `block` with what they need in a scorer.
    void (*score_rows)(const vk_scorer *self, const uint32_t *rows, size_t n, float *out);
    void (*score_block)(const vk_scorer *self, size_t first, size_t n, float *out);
    /// The same in double precision, for final orders; the very same bits at every level.
    double (*precise)(const float *a, const float *b, size_t d, float p);
    /// `precise` for `n` rows given by number (`stride` floats apart); prefetches ahead.
    void (*precise_rows)(
        const float *q, const float *base, size_t stride, const uint32_t *rows, size_t n, size_t d,
        float p, double *out);
} vk_metric;

/// Finds the scores `values[i] * scales[i] + offsets[i]` that are at most `bound`, in order.
///
/// Without `scales` or `offsets` they are 1 or 0. Writes `first + i` and the score of each, and
/// returns how many there are; `positions` and `kept` have room for `n` and 16 more.
typedef size_t (*vk_select)(
    const float *values, const float *_Nullable scales, const float *_Nullable offsets, size_t n,
    float bound, uint32_t first, uint32_t *positions, float *kept);

/// Scores rows of any element type against one query; what a traversal calls.
struct vk_scorer {
    /// The distances of `n` rows given by number; prefetches ahead.
    void (*rows)(const vk_scorer *self, const uint32_t *rows, size_t n, float *out);
    /// The distances of `n` consecutive rows.
    void (*block)(const vk_scorer *self, size_t first, size_t n, float *out);
    /// The query in the form that the rows are compared with.
    const void *query;
    const void *base;
    /// Bytes between the starts of two rows.
    size_t stride;
    size_t d;
    /// The power of the Minkowski distance.
    float p;
    /// What the query's integers are multiplied by, and what is added to the products' sum.
    float scale, shift;
};

/// 8-bit codes with factors: `d` bytes x, a multiple of 32, that stand for x − 128, and four floats.
///
/// With r the vector and y its integers: `add` = |r|², `rescale` = −2·|r|²/⟨r,y⟩, so that
/// add + rescale·⟨y,q⟩ + |q|² estimates |r − q|²; `scale` = ⟨r,y⟩/|y|² and `shift` = −128·scale·Σy
/// make the row itself a query.
typedef struct vk_factors {
    float add, rescale, scale, shift;
} vk_factors;

/// Kernels on 8-bit codes. The same bits at every level.
typedef struct vk_codes {
    /// As in `vk_scorer`: the query is `d` int8, and a score is the estimate without |q|².
    void (*rows)(const vk_scorer *self, const uint32_t *rows, size_t n, float *out);
    void (*block)(const vk_scorer *self, size_t first, size_t n, float *out);
    /// The estimate for two rows.
    float (*pair)(const uint8_t *a, const uint8_t *b, size_t d);
    /// Writes the codes and factors of `d` numbers.
    void (*encode)(const float *r, size_t d, uint8_t *row);
    /// Writes a query's integers, and to `factors` its |q|², 0, scale and shift.
    void (*prepare)(const float *r, size_t d, int8_t *q, vk_factors *factors);
    /// Turns `d` numbers by four rounds of sign flips, Walsh–Hadamard transforms and Kac steps;
    /// `signs` are 4·d bits.
    void (*rotate)(float *x, size_t d, const uint32_t *signs);
} vk_codes;

/// A distance of rows of narrow numbers, padded with zeros to a multiple of 64 bytes.
typedef struct vk_narrow {
    void (*rows)(const vk_scorer *self, const uint32_t *rows, size_t n, float *out);
    void (*block)(const vk_scorer *self, size_t first, size_t n, float *out);
    /// The same of two rows, without scale and shift.
    float (*pair)(const void *a, const void *b, size_t d, float p);
} vk_narrow;

/// Kernels on halves: the query is `d` floats, and scores are multiplied by `scale`.
typedef struct vk_halves {
    vk_narrow l2sq;
    vk_narrow dot;
    vk_narrow l1;
    vk_narrow minkowski;
    /// Writes `d` numbers as halves; infinite from 65,520 on.
    void (*encode)(const float *x, size_t d, uint16_t *row);
    void (*decode)(const uint16_t *row, size_t d, float *x);
} vk_halves;

/// Kernels on bytes that stand for `least[i] + byte / levels`.
///
/// A number's place is (x − least) · levels: from 0 to 255 where a byte can stand for it.
typedef struct vk_bytes {
    /// The query is `d` bytes: scale · Σ|x − q| + shift, the same bits at every level.
    vk_narrow l1;
    /// The query is `d` places: scale · Σ|x − q|^p, for a power that is not 1.
    vk_narrow minkowski;
    /// Writes the nearest levels of `d` numbers.
    void (*encode)(const float *x, const float *least, float levels, size_t d, uint8_t *row);
    /// The same; returns by how much places lie outside, in all.
    float (*prepare)(const float *x, const float *least, float levels, size_t d, uint8_t *row);
    /// Writes the places of `d` numbers.
    void (*place)(const float *x, const float *least, float levels, size_t d, float *places);
    void (*decode)(const uint8_t *row, size_t d, float *places);
} vk_bytes;

typedef struct vk_kernels {
    const char *name;
    vk_metric l2sq;
    vk_metric dot;
    vk_metric l1;
    vk_metric minkowski;
    vk_select select;
    /// Writes `d` numbers times a factor, each rounded once; the very same bits at every level.
    void (*scale)(const float *from, double factor, size_t d, float *to);
    vk_codes codes;
    vk_halves halves;
    vk_bytes bytes;
} vk_kernels;

typedef enum vk_level {
    VK_SCALAR = 0,
    VK_AVX2 = 1,
    VK_AVX512 = 2,
    VK_AVX512VNNI = 3,
    VK_NEON = 4,
    VK_NEONDOT = 5,
} vk_level;

/// The table of a level, or NULL where this CPU or its system lacks it.
const vk_kernels *_Nullable vk_kernels_for(vk_level level);

/// The number of the processor that the calling thread runs on; negative where the system does not tell.
int vk_processor(void);

/// Writes a bit for each of `count` bytes, 1 where the byte is not 0: (count + 63) / 64 words, the first byte's bit lowest.
void vk_nonzero_bits(const uint8_t *bytes, size_t count, uint64_t *words);

/// Asks for a cache line; a hint that costs nothing when wrong.
static inline __attribute__((always_inline)) void vk_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

#pragma clang assume_nonnull end

#endif
