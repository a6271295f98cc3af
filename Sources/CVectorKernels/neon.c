// NEON as every 64-bit ARM has it.

#if defined(__aarch64__)

#include "tables.h"

#include <arm_neon.h>

#include "neon.h"

VK_INLINE CODE_SUM code_dot16(CODE_SUM sum, int8x16_t y, int8x16_t q) {
    sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(y), vget_low_s8(q)));
    return vpadalq_s16(sum, vmull_high_s8(y, q));
}

#include "distance.h"

VK_TABLE(neon);

#endif
