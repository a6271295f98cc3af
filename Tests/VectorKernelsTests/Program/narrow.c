// Rows of halves and of bytes.

#include "support.h"

enum { ROWS = 6, N = 7 };
static const uint32_t numbers[N] = {5, 0, 1, 1, 2, 4, 3};

/// Scores in every form against what the widened rows say.
static void check_forms(
    const vk_kernels *table, const vk_narrow *forms, const vk_scorer *scorer, const float *q,
    const float *wide, const void *asking, double rest
) {
    size_t d = scorer->d;
    double p = scorer->p;
    float scattered[N], consecutive[ROWS];
    forms->rows(scorer, numbers, N, scattered);
    forms->block(scorer, 0, ROWS, consecutive);
    for (size_t row = 0; row < ROWS; row++) {
        double magnitude, expected = reference(q, wide + row * d, d, p, &magnitude);
        double bound = tolerance(magnitude, d, p) * scorer->scale + 1e-6 * rest;
        CHECK(fabs(consecutive[row] - (scorer->scale * expected + rest)) <= bound);
    }
    for (size_t i = 0; i < N; i++) CHECK(scattered[i] == consecutive[numbers[i]]);
    // A row that asks is like its own numbers as a query.
    for (size_t row = 0; row < ROWS; row++) {
        double magnitude, expected = reference(wide, wide + row * d, d, p, &magnitude);
        float pair = forms->pair(
            asking, (const char *)scorer->base + row * scorer->stride, d, (float)p);
        CHECK(fabs(pair - expected) <= tolerance(magnitude, d, p));
    }
}

void check_halves(const vk_kernels *table, size_t d) {
    size_t stride = d * 2;
    uint16_t *rows = memory(ROWS * stride);
    float *wide = memory(ROWS * d * sizeof(float)), *q = memory(d * sizeof(float));
    for (size_t i = 0; i < ROWS * d; i++) wide[i] = random_number();
    for (size_t i = 0; i < d; i++) q[i] = random_number();
    table->halves.encode(wide, ROWS * d, rows);
    float largest = 0;
    for (size_t i = 0; i < ROWS * d; i++) {
        float before = wide[i];
        table->halves.decode(rows + i, 1, wide + i);
        largest = fmaxf(largest, fabsf(wide[i] - before));
    }
    CHECK(largest <= 0x1p-12f);
    const vk_halves *halves = &table->halves;
    const struct { const vk_narrow *forms; float p; } metrics[] = {
        {&halves->l2sq, 2}, {&halves->dot, 0}, {&halves->l1, 1}, {&halves->minkowski, 1},
        {&halves->minkowski, 1.5f}, {&halves->minkowski, 2}, {&halves->minkowski, 3},
        {&halves->minkowski, 4}};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        vk_scorer scorer = {
            .query = q, .base = rows, .stride = stride, .d = d, .p = metrics[i].p, .scale = 1};
        check_forms(table, metrics[i].forms, &scorer, q, wide, rows, 0);
    }
    free(rows);
    free(wide);
    free(q);
}

void check_every_half(const vk_kernels *table) {
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        size_t d = bits;
        uint16_t half = (uint16_t)bits, again;
        float number;
        table->halves.decode(&half, 1, &number);
        table->halves.encode(&number, 1, &again);
        uint32_t exponent = bits >> 10 & 31, fraction = bits & 1023;
        float sign = bits & 0x8000 ? -1 : 1;
        if (exponent == 31) {
            CHECK(fraction ? isnan(number) : number == sign * INFINITY);
            CHECK(fraction ? (again & 0x7FFF) > 0x7C00 : again == half);
            continue;
        }
        float expected = exponent ? ldexpf(1024 + (float)fraction, (int)exponent - 25)
                                  : ldexpf((float)fraction, -24);
        CHECK(number == sign * expected && again == half);
        // Between two halves the even one is taken, and beside the middle the nearer one.
        if (half >= 0x7BFF) continue;
        uint16_t next = (uint16_t)(half + 1);
        float other;
        table->halves.decode(&next, 1, &other);
        float middle = (number + other) / 2;
        table->halves.encode(&middle, 1, &again);
        CHECK(again == (half % 2 ? next : half));
        float below = nextafterf(middle, 0);
        table->halves.encode(&below, 1, &again);
        CHECK(again == half);
        float above = nextafterf(middle, INFINITY);
        table->halves.encode(&above, 1, &again);
        CHECK(again == next);
    }
    size_t d = 0;
    const float large[] = {65519.996f, 65520, -1e30f};
    const uint16_t expected[] = {0x7BFF, 0x7C00, 0xFC00};
    for (size_t i = 0; i < 3; i++) {
        uint16_t half;
        table->halves.encode(large + i, 1, &half);
        CHECK(half == expected[i]);
    }
}

void check_bytes(const vk_kernels *table, size_t d) {
    const vk_bytes *bytes = &table->bytes;
    uint8_t *rows = memory(ROWS * d), *q = memory(d);
    float *vectors = memory(ROWS * d * sizeof(float)), *wide = memory(ROWS * d * sizeof(float));
    float *least = memory(d * sizeof(float)), *query = memory(d * sizeof(float));
    float *places = memory(d * sizeof(float)), levels = 255 / 2.0f;
    for (size_t i = 0; i < d; i++) least[i] = -1 + 8 * random_number();
    for (size_t i = 0; i < ROWS * d; i++) vectors[i] = least[i % d] + 1 + random_number();
    // Queries go past both ends.
    for (size_t i = 0; i < d; i++) query[i] = least[i] + 1 + 1.5f * random_number();
    for (size_t row = 0; row < ROWS; row++) {
        bytes->encode(vectors + row * d, least, levels, d, rows + row * d);
        bytes->decode(rows + row * d, d, wide + row * d);
    }
    for (size_t i = 0; i < ROWS * d; i++) {
        double place = ((double)vectors[i] - least[i % d]) * levels;
        CHECK(fabs(wide[i] - fmin(fmax(place, 0), 255)) <= 0.501);
    }
    float rest = bytes->prepare(query, least, levels, d, q);
    bytes->place(query, least, levels, d, places);
    double outside = 0;
    for (size_t i = 0; i < d; i++) {
        double place = ((double)query[i] - least[i]) * levels;
        CHECK(fabs(place - places[i]) < 1e-3);
        outside += fmax(fmax(-place, place - 255), 0);
        CHECK(fabs(q[i] - fmin(fmax(place, 0), 255)) <= 0.501);
    }
    CHECK(fabs(outside - rest) <= 1e-3 * (1 + outside) && (d < 128 || outside > 0));
    float *levels_of_q = memory(d * sizeof(float));
    bytes->decode(q, d, levels_of_q);
    vk_scorer scorer = {
        .query = q, .base = rows, .stride = d, .d = d, .p = 1, .scale = 0.25f, .shift = rest};
    check_forms(table, &bytes->l1, &scorer, levels_of_q, wide, rows, rest);
    scorer.query = places;
    scorer.shift = 0;
    const float powers[] = {1.5f, 2, 3, 4, 6.5f};
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        scorer.p = powers[i];
        check_forms(table, &bytes->minkowski, &scorer, places, wide, rows, 0);
    }
    // What is no number is at the edge, and none of it is read as a number.
    const float odd[] = {NAN, INFINITY, -INFINITY, 1e38f};
    uint8_t edge[4];
    bytes->encode(odd, least, levels, 4, edge);
    CHECK(edge[0] == 0 && edge[1] == 255 && edge[2] == 0 && edge[3] == 255);
    free(rows);
    free(q);
    free(vectors);
    free(wide);
    free(least);
    free(query);
    free(places);
    free(levels_of_q);
}
