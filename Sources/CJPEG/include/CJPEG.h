// libjpeg-turbo behind functions that return a status.
//
// The library reports errors by calling a handler that must not return. In C that is a longjmp,
// which may not cross Swift frames, so everything between setjmp and longjmp lives in this target.
#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    CJPEG_OK = 0,
    CJPEG_DAMAGED = 1,      // the data breaks the format's rules
    CJPEG_TRUNCATED = 2,    // the data ends before the picture does
    CJPEG_UNSUPPORTED = 3,  // a kind of JPEG that the library does not decode
    CJPEG_NO_MEMORY = 4,
    CJPEG_TOO_SLOW = 5  // the processor time that was allowed has been used up
} cjpeg_status;

typedef struct {
    uint32_t width;
    uint32_t height;
    uint32_t components;
} cjpeg_header;

// A decoder of one picture. Not for use by two threads at once.
typedef struct cjpeg_decoder cjpeg_decoder;

// Makes a decoder that may use so many seconds of the calling thread's processor time from now on;
// all calls must come from that thread. NULL when memory is short.
cjpeg_decoder *cjpeg_decoder_create(double seconds);
void cjpeg_decoder_destroy(cjpeg_decoder *decoder);

// The library's own words for the last status that was not CJPEG_OK. Lives as long as the decoder.
const char *cjpeg_decoder_message(const cjpeg_decoder *decoder);

// Reads the header. The bytes must stay in place until the decoder is destroyed.
cjpeg_status cjpeg_read_header(
    cjpeg_decoder *decoder, const uint8_t *bytes, size_t length, cjpeg_header *header);

// Decodes at `eighths`/8 of the size to RGB, ceil(width * eighths / 8) pixels a row, rows packed.
// Data that ends after its last pixel, without the marker that should follow, is whole.
// Call it once, after cjpeg_read_header.
cjpeg_status cjpeg_decode(
    cjpeg_decoder *decoder, uint32_t eighths, uint8_t *pixels, size_t capacity);

// Encodes packed RGB rows, with a comment where one is given. `*bytes` is to be freed with cjpeg_free.
cjpeg_status cjpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, const char *comment,
    uint8_t **bytes, size_t *length);
void cjpeg_free(uint8_t *bytes);

#endif
