// Checks every kernel of every table that this CPU has against double precision.
//
//     program SEED

#include "support.h"

#include <inttypes.h>

static uint64_t state;
static size_t checks, failures;

void check(
    int holds, const char *what, const char *file, int line, const vk_kernels *table, size_t d
) {
    checks++;
    if (holds) return;
    if (failures++ < 20)
        fprintf(stderr, "%s:%d: %s, d = %zu: %s\n", file, line, table->name, d, what);
}

uint64_t random_bits(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

float random_number(void) { return (float)(int32_t)random_bits() * 0x1p-31f; }

void *memory(size_t bytes) {
    void *start = aligned_alloc(64, (bytes + 127) / 64 * 64);
    if (!start) exit(74);
    memset(start, 0, (bytes + 127) / 64 * 64);
    return start;
}

double reference(const float *a, const float *b, size_t d, double p, double *magnitude) {
    double sum = 0, size = 0;
    for (size_t i = 0; i < d; i++) {
        double x = a[i], y = b[i], term = p == 0 ? -x * y : pow(fabs(x - y), p);
        sum += term;
        size += fabs(term);
    }
    *magnitude = size;
    return sum;
}

double tolerance(double magnitude, size_t d, double p) {
    int whole = p == 0 || p == 1 || p == 2 || p == 3 || p == 4;
    return magnitude * ((double)(d / 4 + 12) + (whole ? 0 : 30)) * 0x1p-24;
}

int main(int count, char **arguments) {
    state = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    const vk_kernels *first = vk_kernels_for(VK_SCALAR);
    for (int level = VK_SCALAR; level <= VK_NEONDOT; level++) {
        const vk_kernels *table = vk_kernels_for((vk_level)level);
        if (!table) continue;
        for (size_t d = 1; d <= 70; d++) check_floats(table, d);
        const size_t lengths[] = {100, 127, 128, 129, 384, 783, 784, 960, 1280};
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            check_floats(table, lengths[i]);
        check_selection(table);
        for (size_t d = 32; d <= 1312; d += d < 256 ? 32 : 352) {
            check_codes(table, first, d);
            check_halves(table, d);
        }
        check_every_half(table);
        for (size_t d = 64; d <= 1344; d += d < 256 ? 64 : 320) check_bytes(table, d);
        printf("%s ", table->name);
    }
    printf("%zu checks\n", checks);
    if (failures) fprintf(stderr, "%zu of %zu checks failed\n", failures, checks);
    return failures != 0;
}
