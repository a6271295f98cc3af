#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "failure.h"

// A progressive file may hold any number of scans, each of which costs a pass over the whole
// picture. Cameras and encoders write about ten; beyond this it is an attack.
enum { MAXIMUM_SCANS = 500 };

// How many rows are asked for at once; the library gives fewer where it likes.
enum { ROWS_AT_ONCE = 16 };

struct cjpeg_decoder {
    struct jpeg_decompress_struct library;  // first, so that the library's pointer is ours
    cjpeg_failure failure;
    struct jpeg_progress_mgr progress;
    double deadline;     // of the thread's processor time
    uint32_t seen;       // a bit for each component that a scan has brought
};

// A process that waits or is stopped does not use it up, so a busy machine refuses no picture.
static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

cjpeg_decoder *cjpeg_decoder_create(double seconds) {
    cjpeg_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->deadline = processor_seconds() + seconds;
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

// The library calls this for every row of blocks that it reads and every few rows that it gives.
static void watch(j_common_ptr common) {
    cjpeg_decoder *decoder = (cjpeg_decoder *)common;
    const struct jpeg_decompress_struct *library = &decoder->library;
    if (library->input_scan_number > MAXIMUM_SCANS) {
        char message[40];
        snprintf(message, sizeof message, "more than %d scans", MAXIMUM_SCANS);
        cjpeg_fail(common, CJPEG_DAMAGED, message);
    }
    if (!(processor_seconds() <= decoder->deadline))
        cjpeg_fail(common, CJPEG_TOO_SLOW, "too slow");
    for (int i = 0; i < library->comps_in_scan; i++)
        decoder->seen |= 1u << library->cur_comp_info[i]->component_index;
}

// Whether scans have brought every component, and every coefficient of each to its last bit. What
// is read of arithmetic coding after the end of the data cannot be told from what was there.
static int has_every_scan(const cjpeg_decoder *decoder) {
    const struct jpeg_decompress_struct *library = &decoder->library;
    if (library->arith_code) return 0;
    for (int component = 0; component < library->num_components; component++) {
        if (!(decoder->seen >> component & 1)) return 0;
        if (!library->progressive_mode) continue;
        for (int coefficient = 0; coefficient < DCTSIZE2; coefficient++)
            if (library->coef_bits[component][coefficient] != 0) return 0;
    }
    return 1;
}

cjpeg_status cjpeg_read_header(
    cjpeg_decoder *decoder, const uint8_t *bytes, size_t length, cjpeg_header *header
) {
    struct jpeg_decompress_struct *library = &decoder->library;
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    decoder->progress.progress_monitor = watch;
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
    // Asked now, because the end of the decompression frees what tells.
    int whole = has_every_scan(decoder);
    jpeg_finish_decompress(library);
    if (decoder->failure.ended && !whole)
        return refuse(decoder, CJPEG_TRUNCATED, "there is no end marker, and scans are missing");
    return CJPEG_OK;
}
