#include "CImageKernels.h"

static uint8_t rounded(int32_t sum, int32_t shift) {
    int32_t value = (sum + (1 << (shift - 1))) >> shift;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void horizontal(
    const uint8_t *source, size_t source_stride, size_t rows, uint8_t *target,
    size_t target_stride, const cimage_axis *axis
) {
    for (size_t y = 0; y < rows; y++, source += source_stride, target += target_stride) {
        for (int32_t x = 0; x < axis->outputs; x++) {
            const int16_t *weights = axis->weights + (size_t)x * axis->taps;
            const uint8_t *pixel = source + (size_t)axis->first[x] * 3;
            int32_t taps = axis->inputs - axis->first[x];
            if (taps > axis->taps) taps = axis->taps;
            int32_t red = 0, green = 0, blue = 0;
            for (int32_t t = 0; t < taps; t++, pixel += 3) {
                red += weights[t] * pixel[0];
                green += weights[t] * pixel[1];
                blue += weights[t] * pixel[2];
            }
            target[3 * x] = rounded(red, axis->shift);
            target[3 * x + 1] = rounded(green, axis->shift);
            target[3 * x + 2] = rounded(blue, axis->shift);
        }
    }
}

// Few enough sums to stay in the first-level cache.
enum { COLUMNS_AT_ONCE = 256 };

static void vertical(
    const uint8_t *source, size_t source_stride, size_t row_bytes, uint8_t *target,
    size_t target_stride, const cimage_axis *axis
) {
    for (int32_t y = 0; y < axis->outputs; y++) {
        const int16_t *weights = axis->weights + (size_t)y * axis->taps;
        int32_t taps = axis->inputs - axis->first[y];
        if (taps > axis->taps) taps = axis->taps;
        for (size_t start = 0; start < row_bytes; start += COLUMNS_AT_ONCE) {
            size_t left = row_bytes - start;
            size_t columns = left < COLUMNS_AT_ONCE ? left : COLUMNS_AT_ONCE;
            int32_t sums[COLUMNS_AT_ONCE] = {0};
            for (int32_t t = 0; t < taps; t++) {
                const uint8_t *row = source + (size_t)(axis->first[y] + t) * source_stride + start;
                for (size_t x = 0; x < columns; x++) sums[x] += weights[t] * row[x];
            }
            uint8_t *out = target + (size_t)y * target_stride + start;
            for (size_t x = 0; x < columns; x++) out[x] = rounded(sums[x], axis->shift);
        }
    }
}

static void planar(
    const uint8_t *pixels, size_t count, const int32_t channels[3], const float scale[3],
    const float offset[3], float *const planes[3]
) {
    for (int c = 0; c < 3; c++) {
        const uint8_t *pixel = pixels + channels[c];
        float factor = scale[c], addend = offset[c], *plane = planes[c];
        for (size_t i = 0; i < count; i++) plane[i] = (float)pixel[3 * i] * factor + addend;
    }
}

static void interleaved(
    const uint8_t *pixels, size_t count, const int32_t channels[3], const float scale[3],
    const float offset[3], float *target
) {
    for (size_t i = 0; i < count; i++, pixels += 3, target += 3) {
        for (int c = 0; c < 3; c++)
            target[c] = (float)pixels[channels[c]] * scale[c] + offset[c];
    }
}

const cimage_kernels *cimage_kernels_portable(void) {
    static const cimage_kernels kernels = {horizontal, vertical, planar, interleaved};
    return &kernels;
}
