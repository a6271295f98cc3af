// A fast random rotation, and sixteen numbers at a time as the compiler's own vectors, which become
// what the including file's target has. Included by `codes.h`.

#pragma clang fp contract(off)
// How such vectors are passed does not matter: all that take them are inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float lanes __attribute__((ext_vector_type(16)));
typedef int32_t ints __attribute__((ext_vector_type(16)));
typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
typedef int8_t signed16 __attribute__((ext_vector_type(16)));

INLINE lanes load_lanes(const float *from) {
    lanes result;
    __builtin_memcpy(&result, from, sizeof result);
    return result;
}

INLINE void store_lanes(float *to, lanes value) { __builtin_memcpy(to, &value, sizeof value); }

INLINE lanes fill_lanes(float value) { return (lanes)(value); }

/// The sum in one fixed order.
INLINE float sum_lanes(lanes value) {
    float sums[16];
    store_lanes(sums, value);
    for (size_t half = 8; half; half /= 2)
        for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
    return sums[0];
}

/// `d` is a multiple of 16.
INLINE float squared_norm(const float *r, size_t d) {
    lanes sum = {0};
    for (size_t i = 0; i < d; i += 16) {
        lanes number = load_lanes(r + i);
        sum += number * number;
    }
    return sum_lanes(sum);
}

/// The Walsh–Hadamard transform of sixteen numbers: at each step every number meets the one whose
/// place differs in one bit.
INLINE lanes transform_lanes(lanes x) {
    const lanes signs1 = {1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1};
    const lanes signs2 = {1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1};
    const lanes signs4 = {1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1};
    const lanes signs8 = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1};
    x = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14) + x * signs1;
    x = __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13) + x * signs2;
    x = __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11) + x * signs4;
    return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7) + x * signs8;
}

/// The Walsh–Hadamard transform of `n` numbers, a power of two of at least 16, without its factor.
INLINE void transform(float *x, size_t n) {
    for (size_t i = 0; i < n; i += 16) store_lanes(x + i, transform_lanes(load_lanes(x + i)));
    for (size_t half = 16; half < n; half *= 2)
        for (size_t start = 0; start < n; start += 2 * half)
            for (size_t i = start; i < start + half; i += 16) {
                lanes a = load_lanes(x + i), b = load_lanes(x + i + half);
                store_lanes(x + i, a + b);
                store_lanes(x + i + half, a - b);
            }
}

/// Flips the signs that bits ask for.
INLINE void flip_signs(float *x, size_t d, const uint32_t *signs) {
    const ints places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t i = 0; i < d; i += 16) {
        ints bits = (ints)((int32_t)(signs[i / 32] >> i % 32));
        ints sign = ((bits >> places) & 1) << 31;
        lanes number = load_lanes(x + i);
        ints flipped;
        __builtin_memcpy(&flipped, &number, sizeof flipped);
        flipped ^= sign;
        __builtin_memcpy(&number, &flipped, sizeof number);
        store_lanes(x + i, number);
    }
}

static void code_rotate(float *x, size_t d, const uint32_t *signs) {
    size_t power = 16;
    while (2 * power <= d) power *= 2;
    float factor = 1 / __builtin_sqrtf((float)power);
    // The halves meet where the transform does not reach all numbers.
    float half = __builtin_sqrtf(0.5f);
    for (size_t round = 0; round < 4; round++) {
        flip_signs(x, d, signs + round * (d / 32));
        float *part = round % 2 ? x + d - power : x;
        transform(part, power);
        for (size_t i = 0; i < power; i += 16)
            store_lanes(part + i, load_lanes(part + i) * fill_lanes(factor));
        if (power == d) continue;
        for (size_t i = 0; i < d / 2; i += 16) {
            lanes a = load_lanes(x + i), b = load_lanes(x + i + d / 2);
            store_lanes(x + i, (a + b) * fill_lanes(half));
            store_lanes(x + i + d / 2, (a - b) * fill_lanes(half));
        }
    }
}
