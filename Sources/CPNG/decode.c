#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <png.h>

#include "CPNG.h"

// How many rows, or pieces of data, are read between two looks at the clock.
enum { CLOCK_INTERVAL = 16 };

struct cpng_decoder {
    png_structp library;
    png_infop information;
    const uint8_t *bytes;
    size_t length;
    size_t offset;
    uint8_t *scratch;  // one row, or the whole picture where it is interlaced
    double deadline;   // of the thread's processor time
    uint32_t ticks;    // rows and pieces of data read so far
    cpng_status status;
    char message[200];
};

// A process that waits or is stopped does not use it up, so a busy machine refuses no picture.
static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void watch(cpng_decoder *decoder) {
    if (decoder->ticks++ % CLOCK_INTERVAL || processor_seconds() <= decoder->deadline) return;
    decoder->status = CPNG_TOO_SLOW;
    png_error(decoder->library, "too slow");
}

static void on_error(png_structp library, png_const_charp message) {
    cpng_decoder *decoder = png_get_error_ptr(library);
    if (decoder->status == CPNG_OK) decoder->status = CPNG_DAMAGED;
    snprintf(decoder->message, sizeof decoder->message, "%s", message);
    png_longjmp(library, 1);
}

// Warnings concern chunks that do not change pixels, such as colour profiles.
static void on_warning(png_structp library, png_const_charp message) {
    (void)library;
    (void)message;
}

static void read_bytes(png_structp library, png_bytep target, size_t count) {
    cpng_decoder *decoder = png_get_io_ptr(library);
    watch(decoder);
    if (count > decoder->length - decoder->offset) {
        decoder->status = CPNG_TRUNCATED;
        png_error(library, "the data ends too early");
    }
    memcpy(target, decoder->bytes + decoder->offset, count);
    decoder->offset += count;
}

cpng_decoder *cpng_decoder_create(double seconds) {
    cpng_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->deadline = processor_seconds() + seconds;
    decoder->library =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, on_error, on_warning);
    if (decoder->library) decoder->information = png_create_info_struct(decoder->library);
    if (!decoder->information) {
        cpng_decoder_destroy(decoder);
        return NULL;
    }
    return decoder;
}

void cpng_decoder_destroy(cpng_decoder *decoder) {
    if (!decoder) return;
    if (decoder->library)
        png_destroy_read_struct(&decoder->library, &decoder->information, NULL);
    free(decoder->scratch);
    free(decoder);
}

const char *cpng_decoder_message(const cpng_decoder *decoder) { return decoder->message; }

cpng_status cpng_read_header(
    cpng_decoder *decoder, const uint8_t *bytes, size_t length, cpng_header *header
) {
    if (setjmp(png_jmpbuf(decoder->library))) return decoder->status;
    decoder->bytes = bytes;
    decoder->length = length;
    png_set_read_fn(decoder->library, decoder, read_bytes);
    // Chunks that hold text, profiles and times are skipped unread, so they can cost nothing.
    png_set_keep_unknown_chunks(decoder->library, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    // The caller has its own limit and a better sentence for what is over it.
    png_set_user_limits(decoder->library, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_read_info(decoder->library, decoder->information);
    header->width = png_get_image_width(decoder->library, decoder->information);
    header->height = png_get_image_height(decoder->library, decoder->information);
    return CPNG_OK;
}

// c·a + 255·(255 − a), divided by 255 and rounded, without a division.
static uint8_t over_white(uint32_t colour, uint32_t alpha) {
    uint32_t sum = colour * alpha + 255 * (255 - alpha) + 128;
    return (uint8_t)((sum + (sum >> 8)) >> 8);
}

static void flatten(const uint8_t *rgba, size_t count, uint8_t *rgb) {
    for (size_t i = 0; i < count; i++, rgba += 4, rgb += 3) {
        for (int channel = 0; channel < 3; channel++)
            rgb[channel] = over_white(rgba[channel], rgba[3]);
    }
}

// Asks for RGB or RGBA of 8 bits whatever is stored.
static void normalise(png_structp library) {
    png_set_expand(library);
    png_set_scale_16(library);
    png_set_gray_to_rgb(library);
}

static void read_rows(
    cpng_decoder *decoder, uint8_t *pixels, uint32_t width, uint32_t height, int passes,
    int has_alpha
) {
    png_structp library = decoder->library;
    size_t stride = (size_t)width * (has_alpha ? 4 : 3);
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++) {
            watch(decoder);
            uint8_t *target = pixels + (size_t)y * width * 3;
            if (!has_alpha) {
                png_read_row(library, target, NULL);
                continue;
            }
            uint8_t *row = decoder->scratch + (passes > 1 ? y * stride : 0);
            png_read_row(library, row, NULL);
            if (pass == passes - 1) flatten(row, width, target);
        }
    }
}

cpng_status cpng_decode(cpng_decoder *decoder, uint8_t *pixels, size_t capacity) {
    png_structp library = decoder->library;
    if (setjmp(png_jmpbuf(library))) return decoder->status;
    normalise(library);
    int passes = png_set_interlace_handling(library);
    png_read_update_info(library, decoder->information);
    uint32_t width = png_get_image_width(library, decoder->information);
    uint32_t height = png_get_image_height(library, decoder->information);
    int has_alpha = png_get_channels(library, decoder->information) == 4;
    size_t stride = (size_t)width * (has_alpha ? 4 : 3);
    if (png_get_rowbytes(library, decoder->information) != stride)
        png_error(library, "its rows are of no known kind");
    if ((size_t)width * height * 3 > capacity)
        png_error(library, "its size is not what its header said");
    if (has_alpha) {
        decoder->scratch = calloc(passes > 1 ? height : 1, stride);
        if (!decoder->scratch) return decoder->status = CPNG_NO_MEMORY;
    }
    read_rows(decoder, pixels, width, height, passes, has_alpha);
    png_read_end(library, NULL);
    return CPNG_OK;
}
