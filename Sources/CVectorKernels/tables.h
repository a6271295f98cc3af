// The tables of all levels; `dispatch.c` chooses among them.
#ifndef VK_TABLES_H
#define VK_TABLES_H

#include "CVectorKernels.h"

extern const vk_kernels vk_scalar;
#if defined(__x86_64__)
extern const vk_kernels vk_avx2;
extern const vk_kernels vk_avx512;
extern const vk_kernels vk_avx512vnni;
#elif defined(__aarch64__)
extern const vk_kernels vk_neon;
extern const vk_kernels vk_neondot;
#endif

#endif
