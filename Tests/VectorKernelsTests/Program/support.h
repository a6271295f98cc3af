// What the parts of the program share.
#ifndef SUPPORT_H
#define SUPPORT_H

#include "CVectorKernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Counts a check, and says where it was if it failed.
void check(int holds, const char *what, const char *file, int line, const vk_kernels *table, size_t d);

#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__, table, d)

uint64_t random_bits(void);

/// From −1 to 1.
float random_number(void);

/// Memory that is never given back.
void *memory(size_t bytes);

/// |a − b|^p summed in double precision; p = 0 for the negated dot product.
double reference(const float *a, const float *b, size_t d, double p, double *magnitude);

/// How far a sum of `d` numbers in single precision may be off.
double tolerance(double magnitude, size_t d, double p);

void check_floats(const vk_kernels *table, size_t d);
void check_selection(const vk_kernels *table);
void check_codes(const vk_kernels *table, const vk_kernels *first, size_t d);
void check_halves(const vk_kernels *table, size_t d);
void check_every_half(const vk_kernels *table);
void check_bytes(const vk_kernels *table, size_t d);

#endif
