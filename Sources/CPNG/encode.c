#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "CPNG.h"

typedef struct {
    png_structp library;
    png_infop information;
    uint8_t *bytes;
    size_t length;
    size_t capacity;
} encoder;

static void on_error(png_structp library, png_const_charp message) {
    (void)message;
    png_longjmp(library, 1);
}

static void on_warning(png_structp library, png_const_charp message) {
    (void)library;
    (void)message;
}

static void write_bytes(png_structp library, png_bytep source, size_t count) {
    encoder *encoder = png_get_io_ptr(library);
    if (encoder->length + count > encoder->capacity) {
        size_t capacity = 2 * encoder->capacity + count;
        uint8_t *bytes = realloc(encoder->bytes, capacity);
        if (!bytes) png_error(library, "out of memory");
        encoder->bytes = bytes;
        encoder->capacity = capacity;
    }
    memcpy(encoder->bytes + encoder->length, source, count);
    encoder->length += count;
}

static void flush_nothing(png_structp library) { (void)library; }

static void write_picture(
    encoder *encoder, const uint8_t *pixels, uint32_t width, uint32_t height
) {
    png_set_write_fn(encoder->library, encoder, write_bytes, flush_nothing);
    png_set_IHDR(
        encoder->library, encoder->information, width, height, 8, PNG_COLOR_TYPE_RGB,
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(encoder->library, encoder->information);
    for (uint32_t y = 0; y < height; y++)
        png_write_row(encoder->library, pixels + (size_t)y * width * 3);
    png_write_end(encoder->library, encoder->information);
}

cpng_status cpng_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **bytes, size_t *length
) {
    // On the heap: what changes between setjmp and longjmp must not be in registers.
    encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) return CPNG_NO_MEMORY;
    encoder->library = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
    if (encoder->library) encoder->information = png_create_info_struct(encoder->library);
    if (encoder->information && !setjmp(png_jmpbuf(encoder->library))) {
        write_picture(encoder, pixels, width, height);
        *bytes = encoder->bytes;
        *length = encoder->length;
        encoder->bytes = NULL;
        png_destroy_write_struct(&encoder->library, &encoder->information);
        free(encoder);
        return CPNG_OK;
    }
    png_destroy_write_struct(&encoder->library, &encoder->information);
    free(encoder->bytes);
    free(encoder);
    // The sizes are checked by the caller, so only memory can be short.
    return CPNG_NO_MEMORY;
}

void cpng_free(uint8_t *bytes) { free(bytes); }
