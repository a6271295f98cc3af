// libpng behind functions that return a status.
//
// The library reports errors by longjmp, which may not cross Swift frames, so everything between
// setjmp and longjmp lives in this target.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    CPNG_OK = 0,
    CPNG_DAMAGED = 1,    // the data breaks the format's rules
    CPNG_TRUNCATED = 2,  // the data ends before the picture does
    CPNG_NO_MEMORY = 3,
    CPNG_TOO_SLOW = 4  // the processor time that was allowed has been used up
} cpng_status;

typedef struct {
    uint32_t width;
    uint32_t height;
} cpng_header;

// A decoder of one picture. Not for use by two threads at once.
typedef struct cpng_decoder cpng_decoder;

// Makes a decoder that may use so many seconds of the calling thread's processor time from now on;
// all calls must come from that thread. NULL when memory is short.
cpng_decoder *cpng_decoder_create(double seconds);
void cpng_decoder_destroy(cpng_decoder *decoder);

// The library's own words for the last status that was not CPNG_OK. Lives as long as the decoder.
const char *cpng_decoder_message(const cpng_decoder *decoder);

// Reads all that comes before the pixels. The bytes must stay in place until the decoder is
// destroyed.
cpng_status cpng_read_header(
    cpng_decoder *decoder, const uint8_t *bytes, size_t length, cpng_header *header);

// Decodes to RGB of 8 bits, rows packed, transparent parts over white. Stored values are taken as
// they are: no gamma. Call it once, after cpng_read_header.
cpng_status cpng_decode(cpng_decoder *decoder, uint8_t *pixels, size_t capacity);

// Encodes packed RGB rows. `*bytes` is to be freed with cpng_free.
cpng_status cpng_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **bytes, size_t *length);
void cpng_free(uint8_t *bytes);

#endif
