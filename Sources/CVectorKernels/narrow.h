// The kernels on rows of narrow numbers of one instruction set: halves of 16 bits, and bytes. Rows
// are widened as they are read, in terms of the `vf_load_half`, `vf_load_byte` and `byte_` operations
// that the including file defines. Included by `distance.h`.
//
// Rows are padded with zeros to whole cache lines, and queries alike, so that nothing is ever left.

/// The numbers of a row from the i-th on.
typedef VF (*vk_load)(const void *row, size_t i);

INLINE VF load_float(const void *row, size_t i) { return vf_load((const float *)row + i); }
INLINE VF load_half(const void *row, size_t i) { return vf_load_half((const uint16_t *)row + i); }
INLINE VF load_byte(const void *row, size_t i) { return vf_load_byte((const uint8_t *)row + i); }

/// Scores `count` rows of numbers of `size` bytes, and meanwhile prefetches as many others.
INLINE void score_narrow(
    vk_step step, vk_load load_query, vk_load load, size_t size, size_t count, const void *q,
    const uint8_t *const *rows, const uint8_t *const *ahead, size_t d, float p, float *out
) {
    VF sums[GROUP][SUMS];
    for (size_t row = 0; row < count; row++)
        for (size_t s = 0; s < SUMS; s++) sums[row][s] = vf_zero();
    size_t i = 0, line = 0;
    for (; i + SUMS * LANES <= d; i += SUMS * LANES) {
        if (ahead)
            for (; line < (i + SUMS * LANES) * size; line += 64)
                for (size_t row = 0; row < count; row++)
                    __builtin_prefetch(ahead[row] + line, 0, 3);
        for (size_t s = 0; s < SUMS; s++) {
            VF number = load_query(q, i + s * LANES);
            for (size_t row = 0; row < count; row++)
                sums[row][s] = step(sums[row][s], number, load(rows[row], i + s * LANES), p);
        }
    }
    if (ahead)
        for (; line < d * size; line += 64)
            for (size_t row = 0; row < count; row++) __builtin_prefetch(ahead[row] + line, 0, 3);
    for (; i < d; i += LANES) {
        VF number = load_query(q, i);
        for (size_t row = 0; row < count; row++)
            sums[row][0] = step(sums[row][0], number, load(rows[row], i), p);
    }
    for (size_t row = 0; row < count; row++) {
        for (size_t half = SUMS / 2; half; half /= 2)
            for (size_t s = 0; s < half; s++)
                sums[row][s] = vf_add(sums[row][s], sums[row][s + half]);
        out[row] = vf_total(sums[row][0]);
    }
}

/// Scores `count` rows and meanwhile prefetches others; what `vk_scorer` has says against what.
typedef void (*vk_group)(
    const vk_scorer *self, size_t count, const uint8_t *const *rows, const uint8_t *const *ahead,
    float *out);

INLINE void group_rows(
    vk_group group, const vk_scorer *self, const uint32_t *numbers, size_t n, float *out
) {
    const uint8_t *base = self->base, *rows[GROUP], *ahead[GROUP];
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        for (size_t row = 0; row < GROUP; row++) {
            size_t next = i + GROUP + row < n ? i + GROUP + row : i + row;
            rows[row] = base + numbers[i + row] * self->stride;
            ahead[row] = base + numbers[next] * self->stride;
        }
        if (i + GROUP < n)
            group(self, GROUP, rows, ahead, out + i);
        else
            group(self, GROUP, rows, NULL, out + i);
    }
    for (; i < n; i++) {
        rows[0] = base + numbers[i] * self->stride;
        group(self, 1, rows, NULL, out + i);
    }
}

INLINE void group_block(
    vk_group group, const vk_scorer *self, size_t first, size_t n, float *out
) {
    const uint8_t *row = (const uint8_t *)self->base + first * self->stride;
    for (size_t i = 0; i < n; i++, row += self->stride) group(self, 1, &row, NULL, out + i);
}

#define DEFINE_NARROW_FORMS(name, score_pair)                                               \
    static void name##_rows(                                                                \
        const vk_scorer *self, const uint32_t *rows, size_t n, float *out                   \
    ) {                                                                                     \
        group_rows(name##_group, self, rows, n, out);                                       \
    }                                                                                       \
    static void name##_block(const vk_scorer *self, size_t first, size_t n, float *out) {   \
        group_block(name##_group, self, first, n, out);                                     \
    }                                                                                       \
    static float name##_pair(const void *a, const void *b, size_t d, float p) {             \
        const uint8_t *row = b;                                                             \
        float distance;                                                                     \
        score_pair;                                                                         \
        (void)p;                                                                            \
        return distance;                                                                    \
    }

#define DEFINE_NARROW(kind, name, size)                                                     \
    INLINE void kind##_##name##_group(                                                      \
        const vk_scorer *self, size_t count, const uint8_t *const *rows,                    \
        const uint8_t *const *ahead, float *out                                             \
    ) {                                                                                     \
        score_narrow(                                                                       \
            step_##name, load_float, load_##kind, size, count, self->query, rows, ahead,    \
            self->d, self->p, out);                                                         \
        for (size_t row = 0; row < count; row++) out[row] *= self->scale;                   \
    }                                                                                       \
    DEFINE_NARROW_FORMS(                                                                    \
        kind##_##name,                                                                      \
        score_narrow(                                                                       \
            step_##name, load_##kind, load_##kind, size, 1, a, &row, NULL, d, p, &distance))

DEFINE_NARROW(half, l2sq, 2)
DEFINE_NARROW(half, dot, 2)
DEFINE_NARROW(half, l1, 2)
DEFINE_NARROW(half, l3, 2)
DEFINE_NARROW(half, l4, 2)
DEFINE_NARROW(half, power, 2)

DEFINE_NARROW(byte, l2sq, 1)
DEFINE_NARROW(byte, l3, 1)
DEFINE_NARROW(byte, l4, 1)
DEFINE_NARROW(byte, power, 1)

/// Sums of absolute differences of bytes need no widening, and are exact at every level.
INLINE void sum_differences(
    size_t count, const uint8_t *q, const uint8_t *const *rows, const uint8_t *const *ahead,
    size_t d, float *out
) {
    BYTE_SUM sums[GROUP];
    for (size_t row = 0; row < count; row++) sums[row] = byte_zero();
    for (size_t i = 0; i < d; i += 64) {
        if (ahead)
            for (size_t row = 0; row < count; row++) __builtin_prefetch(ahead[row] + i, 0, 3);
        for (size_t row = 0; row < count; row++)
            sums[row] = byte_differences(sums[row], q + i, rows[row] + i);
    }
    for (size_t row = 0; row < count; row++) out[row] = (float)byte_total(sums[row]);
}

INLINE void byte_l1_group(
    const vk_scorer *self, size_t count, const uint8_t *const *rows, const uint8_t *const *ahead,
    float *out
) {
    sum_differences(count, self->query, rows, ahead, self->d, out);
    for (size_t row = 0; row < count; row++) out[row] = self->scale * out[row] + self->shift;
}

DEFINE_NARROW_FORMS(byte_l1, sum_differences(1, a, &row, NULL, d, &distance))

#define DEFINE_NARROW_MINKOWSKI(kind)                                                       \
    static void kind##_minkowski_rows(                                                      \
        const vk_scorer *self, const uint32_t *rows, size_t n, float *out                   \
    ) {                                                                                     \
        float p = self->p;                                                                  \
        BY_POWER(kind##_, rows, self, rows, n, out);                                        \
    }                                                                                       \
    static void kind##_minkowski_block(                                                     \
        const vk_scorer *self, size_t first, size_t n, float *out                           \
    ) {                                                                                     \
        float p = self->p;                                                                  \
        BY_POWER(kind##_, block, self, first, n, out);                                      \
    }                                                                                       \
    static float kind##_minkowski_pair(const void *a, const void *b, size_t d, float p) {   \
        return BY_POWER(kind##_, pair, a, b, d, p);                                         \
    }

DEFINE_NARROW_MINKOWSKI(half)
DEFINE_NARROW_MINKOWSKI(byte)

static void half_encode(const float *x, size_t d, uint16_t *row) {
    for (size_t i = 0; i < d; i++) row[i] = half_of(x[i]);
}

static void half_decode(const uint16_t *row, size_t d, float *x) {
    for (size_t i = 0; i < d; i++) x[i] = float_of(row[i]);
}

/// The place of a number among the levels, before it is rounded.
INLINE float place_of(float x, float least, float levels) { return (x - least) * levels; }

/// The nearest level. A number that is none becomes level 0.
INLINE float level_of(float place) {
    return place > 0 ? __builtin_roundevenf(place < 255 ? place : 255) : 0;
}

static void byte_encode(
    const float *x, const float *least, float levels, size_t d, uint8_t *row
) {
    for (size_t i = 0; i < d; i++) row[i] = (uint8_t)level_of(place_of(x[i], least[i], levels));
}

static float byte_prepare(
    const float *x, const float *least, float levels, size_t d, uint8_t *row
) {
    double rest = 0;
    for (size_t i = 0; i < d; i++) {
        float place = place_of(x[i], least[i], levels);
        rest += place < 0 ? -place : place > 255 ? place - 255 : 0;
        row[i] = (uint8_t)level_of(place);
    }
    return (float)rest;
}

static void byte_place(const float *x, const float *least, float levels, size_t d, float *places) {
    for (size_t i = 0; i < d; i++) places[i] = place_of(x[i], least[i], levels);
}

static void byte_decode(const uint8_t *row, size_t d, float *places) {
    for (size_t i = 0; i < d; i++) places[i] = row[i];
}

#define NARROW_FORMS(name) {name##_rows, name##_block, name##_pair}
#define HALF_FORMS                                                                          \
    {NARROW_FORMS(half_l2sq),      NARROW_FORMS(half_dot), NARROW_FORMS(half_l1),           \
     NARROW_FORMS(half_minkowski), half_encode,            half_decode}
#define BYTE_FORMS                                                                          \
    {NARROW_FORMS(byte_l1), NARROW_FORMS(byte_minkowski), byte_encode, byte_prepare, byte_place, \
     byte_decode}
