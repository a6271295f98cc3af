// NEON with dot products of bytes, which add up sixteen products at once.

#if defined(__aarch64__)

#include "tables.h"

#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "neon.h"

VK_INLINE CODE_SUM code_dot16(CODE_SUM sum, int8x16_t y, int8x16_t q) {
    return vdotq_s32(sum, y, q);
}

#include "distance.h"

VK_TABLE(neondot);

#pragma clang attribute pop

#endif
