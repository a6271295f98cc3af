#include "CFuzzer.h"

// Weak, so that a usual build needs no libFuzzer.
extern int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*run)(const uint8_t *bytes, size_t count)
) __attribute__((weak));

int cfuzzer_run(int argc, char **argv, int (*run)(const uint8_t *bytes, size_t count)) {
    if (!LLVMFuzzerRunDriver) return -1;
    return LLVMFuzzerRunDriver(&argc, &argv, run);
}
