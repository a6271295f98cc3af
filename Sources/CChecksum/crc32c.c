#include "CChecksum.h"

#include <string.h>

#if defined(__x86_64__)

#include <nmmintrin.h>

bool cs_has_crc32c(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2");
}

#define WITH_CRC __attribute__((target("sse4.2")))
#define ADD_8(crc, word) ((uint32_t)_mm_crc32_u64((crc), (word)))
#define ADD_1(crc, byte) _mm_crc32_u8((crc), (byte))

#elif defined(__aarch64__)

#include <arm_acle.h>
#include <sys/auxv.h>

bool cs_has_crc32c(void) {
    // HWCAP_CRC32, by its number: not every system's header names it.
    return (getauxval(AT_HWCAP) & (1UL << 7)) != 0;
}

#define WITH_CRC __attribute__((target("crc")))
#define ADD_8(crc, word) __crc32cd((crc), (word))
#define ADD_1(crc, byte) __crc32cb((crc), (byte))

#endif

#if defined(WITH_CRC)

WITH_CRC uint32_t cs_crc32c(uint32_t state, const void *bytes, size_t count) {
    const unsigned char *place = bytes;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, place, 8);
        state = ADD_8(state, word);
        place += 8;
        count -= 8;
    }
    while (count > 0) {
        state = ADD_1(state, *place);
        place++;
        count--;
    }
    return state;
}

#else

bool cs_has_crc32c(void) { return false; }

uint32_t cs_crc32c(uint32_t state, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return state;
}

#endif
