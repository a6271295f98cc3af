// Turns, and 8-bit codes: sums of integers are exact, and all tables give the same bits.

#include "support.h"

// The kernels round products before they add them.
#pragma STDC FP_CONTRACT OFF

enum { ROWS = 6 };

static double squared_norm(const float *x, size_t d) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) sum += (double)x[i] * x[i];
    return sum;
}

static void check_turn(const vk_kernels *table, const vk_kernels *first, size_t d) {
    uint32_t *signs = memory(d / 2);
    float *x = memory(d * sizeof(float)), *same = memory(d * sizeof(float));
    for (size_t i = 0; i < d / 8; i++) signs[i] = (uint32_t)random_bits();
    for (size_t i = 0; i < d; i++) x[i] = same[i] = random_number();
    double before = squared_norm(x, d);
    table->codes.rotate(x, d, signs);
    first->codes.rotate(same, d, signs);
    CHECK(fabs(squared_norm(x, d) / before - 1) < 1e-5);
    CHECK(memcmp(x, same, d * sizeof(float)) == 0);
    free(signs);
    free(x);
    free(same);
}

/// The sum of products of a row's codes with integers.
static int64_t products(const uint8_t *row, const int8_t *q, size_t d) {
    int64_t sum = 0;
    for (size_t i = 0; i < d; i++) sum += row[i] * q[i];
    return sum;
}

static void check_rows(const vk_kernels *table, const vk_kernels *first, size_t d, int extreme) {
    size_t stride = d + sizeof(vk_factors);
    uint8_t *rows = memory(ROWS * stride), *same = memory(stride);
    float *vector = memory(d * sizeof(float));
    int8_t *q = memory(d), *same_q = memory(d);
    vk_factors asking, same_factors;
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < d; i++)
            vector[i] = extreme ? (random_bits() & 1 ? 1.0f : -1.0f) : random_number();
        table->codes.encode(vector, d, rows + row * stride);
        first->codes.encode(vector, d, same);
        CHECK(memcmp(same, rows + row * stride, stride) == 0);
        if (extreme) memset(rows + row * stride, row % 2 ? 255 : 1, d);
    }
    table->codes.prepare(vector, d, q, &asking);
    first->codes.prepare(vector, d, same_q, &same_factors);
    CHECK(memcmp(q, same_q, d) == 0 && memcmp(&asking, &same_factors, sizeof asking) == 0);
    CHECK(fabs(asking.add - squared_norm(vector, d)) < 1e-4 * asking.add);
    if (extreme) memset(q, 0x81, d);

    vk_scorer scorer = {
        .query = q, .base = rows, .stride = stride, .d = d, .scale = asking.scale,
        .shift = asking.shift};
    const uint32_t numbers[] = {5, 0, 1, 1, 2, 4, 3};
    float scattered[7], consecutive[ROWS];
    table->codes.rows(&scorer, numbers, 7, scattered);
    table->codes.block(&scorer, 0, ROWS, consecutive);
    for (size_t row = 0; row < ROWS; row++) {
        const uint8_t *start = rows + row * stride, *last = rows + (ROWS - 1) * stride;
        vk_factors factors, of_last;
        memcpy(&factors, start + d, sizeof factors);
        memcpy(&of_last, last + d, sizeof of_last);
        float sum = (float)products(start, q, d);
        CHECK(consecutive[row] == factors.add + factors.rescale * (asking.scale * sum + asking.shift));
        for (size_t i = 0; i < d; i++) same_q[i] = (int8_t)(last[i] ^ 0x80);
        sum = (float)products(start, same_q, d);
        CHECK(
            table->codes.pair(start, last, d)
            == of_last.add + (factors.add + factors.rescale * (of_last.scale * sum + of_last.shift)));
    }
    for (size_t i = 0; i < 7; i++) CHECK(scattered[i] == consecutive[numbers[i]]);
    free(rows);
    free(same);
    free(vector);
    free(q);
    free(same_q);
}

void check_codes(const vk_kernels *table, const vk_kernels *first, size_t d) {
    check_turn(table, first, d);
    check_rows(table, first, d, 0);
    check_rows(table, first, d, 1);
}
