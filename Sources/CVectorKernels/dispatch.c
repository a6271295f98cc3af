#define _GNU_SOURCE

#include "tables.h"

#include <sched.h>

#if defined(__aarch64__)
#include <sys/auxv.h>

/// The system's word for dot products of bytes among the CPU's features.
#define ASIMDDP (1UL << 20)
#endif

#if defined(__x86_64__)
static int has_avx512(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

const vk_kernels *_Nullable vk_kernels_for(vk_level level) {
    switch (level) {
    case VK_SCALAR: return &vk_scalar;
#if defined(__x86_64__)
    // The builtin also asks whether the system saves the wide registers.
    case VK_AVX2:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                   && __builtin_cpu_supports("f16c") ? &vk_avx2 : NULL;
    case VK_AVX512: return has_avx512() ? &vk_avx512 : NULL;
    case VK_AVX512VNNI:
        return has_avx512() && __builtin_cpu_supports("avx512vnni") ? &vk_avx512vnni : NULL;
#elif defined(__aarch64__)
    case VK_NEON: return &vk_neon;
    case VK_NEONDOT: return getauxval(AT_HWCAP) & ASIMDDP ? &vk_neondot : NULL;
#endif
    default: return NULL;
    }
}

int vk_processor(void) { return sched_getcpu(); }
