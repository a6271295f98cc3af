#include <stdlib.h>
#include <string.h>

#include "failure.h"

// A progressive file may hold any number of scans, each of which costs a pass over the whole
// picture. Cameras and encoders write about ten; beyond this it is an attack.
enum { MAXIMUM_SCANS = 500 };

// How many rows are asked for at once; the library gives fewer where it likes.
enum { ROWS_AT_ONCE = 16 };

struct cjpeg_decoder {
    struct jpeg_decompress_struct library;
    cjpeg_failure failure;
    struct jpeg_progress_mgr progress;
};

cjpeg_decoder *cjpeg_decoder_create(void) {
    cjpeg_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->library.err = cjpeg_failure_prepare(&decoder->failure);
    if (setjmp(decoder->failure.escape)) {
        free(decoder);
        return NULL;
    }
    jpeg_create_decompress(&decoder->library);
    return decoder;
}

void cjpeg_decoder_destroy(cjpeg_decoder *decoder) {
    if (!decoder) return;
    jpeg_destroy_decompress(&decoder->library);
    free(decoder);
}

const char *cjpeg_decoder_message(const cjpeg_decoder *decoder) {
    return decoder->failure.message;
}

static cjpeg_status refuse(cjpeg_decoder *decoder, cjpeg_status status, const char *message) {
    snprintf(decoder->failure.message, sizeof decoder->failure.message, "%s", message);
    return status;
}

static void count_scans(j_common_ptr common) {
    j_decompress_ptr library = (j_decompress_ptr)common;
    if (library->input_scan_number <= MAXIMUM_SCANS) return;
    cjpeg_failure *failure = (cjpeg_failure *)common->err;
    failure->status = CJPEG_DAMAGED;
    snprintf(failure->message, sizeof failure->message, "more than %d scans", MAXIMUM_SCANS);
    longjmp(failure->escape, 1);
}

cjpeg_status cjpeg_read_header(
    cjpeg_decoder *decoder, const uint8_t *bytes, size_t length, cjpeg_header *header
) {
    struct jpeg_decompress_struct *library = &decoder->library;
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    decoder->progress.progress_monitor = count_scans;
    library->progress = &decoder->progress;
    jpeg_mem_src(library, bytes, length);
    if (jpeg_read_header(library, TRUE) != JPEG_HEADER_OK)
        return refuse(decoder, CJPEG_DAMAGED, "no picture in it");
    switch (library->jpeg_color_space) {
    case JCS_GRAYSCALE:
    case JCS_RGB:
    case JCS_YCbCr:
        library->out_color_space = JCS_RGB;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        library->out_color_space = JCS_CMYK;
        break;
    default:
        return refuse(decoder, CJPEG_UNSUPPORTED, "its colours are of no known kind");
    }
    header->width = library->image_width;
    header->height = library->image_height;
    header->components = (uint32_t)library->num_components;
    return CJPEG_OK;
}

// Adobe's programs store CMYK as the light that is left, not as the ink; their marker tells.
static void rgb_from_cmyk(const uint8_t *cmyk, uint32_t width, int inverted, uint8_t *rgb) {
    for (uint32_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        uint32_t black = inverted ? cmyk[3] : 255u - cmyk[3];
        for (int channel = 0; channel < 3; channel++) {
            uint32_t colour = inverted ? cmyk[channel] : 255u - cmyk[channel];
            rgb[channel] = (uint8_t)((colour * black + 127) / 255);
        }
    }
}

static void read_rgb(struct jpeg_decompress_struct *library, uint8_t *pixels) {
    size_t stride = (size_t)library->output_width * 3;
    while (library->output_scanline < library->output_height) {
        JSAMPROW rows[ROWS_AT_ONCE];
        uint32_t left = library->output_height - library->output_scanline;
        uint32_t count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (uint32_t i = 0; i < count; i++)
            rows[i] = pixels + (library->output_scanline + i) * stride;
        jpeg_read_scanlines(library, rows, count);
    }
}

static void read_cmyk(struct jpeg_decompress_struct *library, uint8_t *pixels) {
    size_t stride = (size_t)library->output_width * 3;
    JSAMPARRAY row = library->mem->alloc_sarray(
        (j_common_ptr)library, JPOOL_IMAGE, library->output_width * 4, 1);
    while (library->output_scanline < library->output_height) {
        uint8_t *target = pixels + library->output_scanline * stride;
        if (jpeg_read_scanlines(library, row, 1) == 1)
            rgb_from_cmyk(row[0], library->output_width, library->saw_Adobe_marker, target);
    }
}

cjpeg_status cjpeg_decode(
    cjpeg_decoder *decoder, uint32_t eighths, uint8_t *pixels, size_t capacity
) {
    struct jpeg_decompress_struct *library = &decoder->library;
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    library->scale_num = eighths;
    library->scale_denom = 8;
    jpeg_start_decompress(library);
    if ((size_t)library->output_width * library->output_height * 3 > capacity)
        return refuse(decoder, CJPEG_DAMAGED, "its size is not what its header said");
    if (library->out_color_space == JCS_CMYK)
        read_cmyk(library, pixels);
    else
        read_rgb(library, pixels);
    jpeg_finish_decompress(library);
    return CJPEG_OK;
}
