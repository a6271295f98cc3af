#include "CVectorKernels.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

/// The bits of 64 bytes; every x86-64 can do it sixteen at a time.
static uint64_t bits_of_64(const uint8_t *bytes) {
    uint64_t zeros = 0;
    for (int part = 0; part < 4; part++) {
        __m128i sixteen = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * part));
        uint32_t mask = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(sixteen, _mm_setzero_si128()));
        zeros |= (uint64_t)mask << (16 * part);
    }
    return ~zeros;
}
#else
/// The bits of 64 bytes, eight at a time: the highest bit of each byte says whether it is 0, and a product moves the eight
/// bits to the highest byte.
static uint64_t bits_of_64(const uint8_t *bytes) {
    const uint64_t low = 0x7F7F7F7F7F7F7F7F;
    uint64_t bits = 0;
    for (int part = 0; part < 8; part++) {
        uint64_t eight;
        memcpy(&eight, bytes + 8 * part, 8);
        uint64_t set = (((eight & low) + low) | eight) & ~low;
        bits |= (((set >> 7) * 0x0102040810204080) >> 56) << (8 * part);
    }
    return bits;
}
#endif

void vk_nonzero_bits(const uint8_t *bytes, size_t count, uint64_t *words) {
    size_t whole = count / 64;
    for (size_t word = 0; word < whole; word++) words[word] = bits_of_64(bytes + 64 * word);
    if (count % 64 == 0) return;
    uint8_t rest[64] = {0};
    memcpy(rest, bytes + 64 * whole, count % 64);
    words[whole] = bits_of_64(rest);
}
