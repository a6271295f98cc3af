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

/// Numbers times `factor`, with the signs flipped that bits ask for.
INLINE lanes flip_signs(lanes number, uint32_t bits, float factor) {
    const ints places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    ints sign = (((ints)((int32_t)bits) >> places) & 1) << 31;
    ints flipped;
    __builtin_memcpy(&flipped, &number, sizeof flipped);
    flipped ^= sign;
    __builtin_memcpy(&number, &flipped, sizeof number);
    return number * fill_lanes(factor);
}

/// The steps of the Walsh–Hadamard transform of `n` numbers, a power of two, that reach beyond
/// sixteen; two at a time, since moving numbers costs more than adding them.
INLINE void transform_far(float *x, size_t n) {
    size_t half = 16;
    for (; 4 * half <= n; half *= 4)
        for (size_t start = 0; start < n; start += 4 * half)
            for (float *i = x + start; i < x + start + half; i += 16) {
                lanes a = load_lanes(i), b = load_lanes(i + half);
                lanes c = load_lanes(i + 2 * half), d = load_lanes(i + 3 * half);
                lanes sum = a + b, difference = a - b, other_sum = c + d, other_difference = c - d;
                store_lanes(i, sum + other_sum);
                store_lanes(i + half, difference + other_difference);
                store_lanes(i + 2 * half, sum - other_sum);
                store_lanes(i + 3 * half, difference - other_difference);
            }
    if (half < n)
        for (float *i = x; i < x + half; i += 16) {
            lanes a = load_lanes(i), b = load_lanes(i + half);
            store_lanes(i, a + b);
            store_lanes(i + half, a - b);
        }
}

static void code_rotate(float *x, size_t d, const uint32_t *signs) {
    size_t power = 16;
    while (2 * power <= d) power *= 2;
    float factor = 1 / __builtin_sqrtf((float)power);
    // The halves meet where the transform does not reach all numbers.
    float half = __builtin_sqrtf(0.5f);
    for (size_t round = 0; round < 4; round++, signs += d / 32) {
        size_t first = round % 2 ? d - power : 0;
        for (size_t i = 0; i < d; i += 16) {
            lanes number = load_lanes(x + i);
            uint32_t bits = signs[i / 32] >> i % 32;
            int inside = i >= first && i < first + power;
            number = flip_signs(number, bits, inside ? factor : 1);
            store_lanes(x + i, inside ? transform_lanes(number) : number);
        }
        transform_far(x + first, power);
        if (power == d) continue;
        for (size_t i = 0; i < d / 2; i += 16) {
            lanes a = load_lanes(x + i), b = load_lanes(x + i + d / 2);
            store_lanes(x + i, (a + b) * fill_lanes(half));
            store_lanes(x + i + d / 2, (a - b) * fill_lanes(half));
        }
    }
}
