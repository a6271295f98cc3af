// The inner loops of resizing and normalising, per instruction set. Pixels are RGB, 8 bits each,
// interleaved.
//
// They are C because Swift has no per-function target attribute, so its loops stay at SSE2.
#ifndef CIMAGEKERNELS_H
#define CIMAGEKERNELS_H

#include <stddef.h>
#include <stdint.h>

// How the pixels of one axis are mixed: output i is the sum over t < taps of
// weights[i * taps + t] * input[first[i] + t], divided by 2^shift.
typedef struct {
    const int32_t *first;
    const int16_t *weights;  // zero beyond the last input
    int32_t outputs;
    int32_t inputs;
    int32_t taps;  // a multiple of 4 for `horizontal`, of 2 for `vertical`
    int32_t shift;
} cimage_axis;

// Rows may be read up to this many bytes beyond their end; what is read there is not used.
enum { CIMAGE_SLACK = 32 };

typedef struct {
    // Mixes pixels within each of `rows` rows.
    void (*horizontal)(
        const uint8_t *source, size_t source_stride, size_t rows, uint8_t *target,
        size_t target_stride, const cimage_axis *axis);
    // Mixes rows of `row_bytes` bytes. The target has axis->outputs rows.
    void (*vertical)(
        const uint8_t *source, size_t source_stride, size_t row_bytes, uint8_t *target,
        size_t target_stride, const cimage_axis *axis);
    // planes[c][i] = pixels[3 * i + channels[c]] * scale[c] + offset[c]
    void (*planar)(
        const uint8_t *pixels, size_t count, const int32_t channels[3], const float scale[3],
        const float offset[3], float *const planes[3]);
    // target[3 * i + c] = pixels[3 * i + channels[c]] * scale[c] + offset[c]
    void (*interleaved)(
        const uint8_t *pixels, size_t count, const int32_t channels[3], const float scale[3],
        const float offset[3], float *target);
} cimage_kernels;

// Plain C, on every machine.
const cimage_kernels *cimage_kernels_portable(void);
// NULL where the processor lacks AVX2 and FMA.
const cimage_kernels *cimage_kernels_avx2(void);

#endif
