// Rows of floats, and the selection of scores.

#include "support.h"

enum { ROWS = 7 };

static void check_metric(const vk_kernels *table, const vk_metric *metric, size_t d, double p) {
    size_t stride = d + 3;
    float *rows = memory(ROWS * stride * sizeof(float)), *q = memory(d * sizeof(float));
    for (size_t i = 0; i < ROWS * stride; i++) rows[i] = i % stride < d ? random_number() : NAN;
    for (size_t i = 0; i < d; i++) q[i] = random_number();
    const uint32_t numbers[] = {3, 0, 6, 6, 1, 2, 5, 4, 3};
    enum { N = sizeof numbers / sizeof *numbers };
    float scattered[N], consecutive[ROWS], scored[N], block[ROWS];
    metric->rows(q, rows, stride, numbers, N, d, (float)p, scattered);
    metric->block(q, rows, stride, ROWS, d, (float)p, consecutive);
    vk_scorer scorer = {
        .query = q, .base = rows, .stride = stride * sizeof(float), .d = d, .p = (float)p};
    metric->score_rows(&scorer, numbers, N, scored);
    metric->score_block(&scorer, 1, ROWS - 1, block);
    for (size_t row = 0; row < ROWS; row++) {
        double magnitude, expected = reference(q, rows + row * stride, d, p, &magnitude);
        float pair = metric->pair(q, rows + row * stride, d, (float)p);
        CHECK(fabs(pair - expected) <= tolerance(magnitude, d, p));
        CHECK(consecutive[row] == pair);
        CHECK(row == 0 || block[row - 1] == pair);
        double precise = metric->precise(q, rows + row * stride, d, (float)p);
        CHECK(fabs(precise - expected) <= magnitude * (double)(d + 8) * 0x1p-52);
    }
    double precise[N + 1];
    precise[N] = -7;
    metric->precise_rows(q, rows, stride, numbers, N, d, (float)p, precise);
    CHECK(precise[N] == -7);
    for (size_t i = 0; i < N; i++) {
        CHECK(precise[i] == metric->precise(q, rows + numbers[i] * stride, d, (float)p));
        CHECK(scattered[i] == consecutive[numbers[i]]);
        CHECK(scored[i] == consecutive[numbers[i]]);
    }
    free(rows);
    free(q);
}

static void check_scaling(const vk_kernels *table, size_t d) {
    float *from = memory(d * sizeof(float)), *to = memory(d * sizeof(float));
    for (size_t i = 0; i < d; i++) from[i] = random_number();
    for (int exponent = -140; exponent <= 120; exponent += 20) {
        double factor = ldexp(fabs(random_number()), exponent);
        table->scale(from, factor, d, to);
        for (size_t i = 0; i < d; i++) CHECK(to[i] == (float)(from[i] * factor));
    }
    free(to);
    free(from);
}

void check_floats(const vk_kernels *table, size_t d) {
    check_scaling(table, d);
    check_metric(table, &table->l2sq, d, 2);
    check_metric(table, &table->dot, d, 0);
    check_metric(table, &table->l1, d, 1);
    const double powers[] = {1, 1.5, 2, 3, 4, 7.25};
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++)
        check_metric(table, &table->minkowski, d, powers[i]);
}

void check_selection(const vk_kernels *table) {
    for (size_t n = 0; n < 70; n++) {
        float values[70], scales[70], offsets[70], kept[86];
        uint32_t positions[86];
        size_t d = n;
        for (size_t i = 0; i < n; i++) {
            values[i] = (float)(int)(random_bits() % 19) - 9;
            scales[i] = (float)(int)(random_bits() % 5) - 2;
            offsets[i] = (float)(int)(random_bits() % 19) - 9;
        }
        for (int with = 0; with < 4; with++) {
            size_t found = table->select(
                values, with & 1 ? scales : NULL, with & 2 ? offsets : NULL, n, -4, 70, positions,
                kept);
            size_t expected = 0;
            for (size_t i = 0; i < n; i++) {
                float score = values[i] * (with & 1 ? scales[i] : 1) + (with & 2 ? offsets[i] : 0);
                if (score > -4) continue;
                CHECK(expected < found && positions[expected] == 70 + i);
                CHECK(expected < found && kept[expected] == score);
                expected++;
            }
            CHECK(found == expected);
        }
    }
}
