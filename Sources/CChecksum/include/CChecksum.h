/// The Castagnoli checksum by the CPU's own instruction. All prefixed `cs_`.
#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Whether this CPU has the instruction: SSE4.2 on x86-64, the CRC extension on ARMv8.
bool cs_has_crc32c(void);

/// The state of a checksum after `count` more bytes; only where `cs_has_crc32c()`.
uint32_t cs_crc32c(uint32_t state, const void *bytes, size_t count);

#pragma clang assume_nonnull end

#endif
