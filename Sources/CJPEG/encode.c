#include <stdlib.h>
#include <string.h>

#include "failure.h"

typedef struct {
    struct jpeg_compress_struct library;
    cjpeg_failure failure;
    unsigned char *bytes;
    unsigned long length;
} encoder;

cjpeg_status cjpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, const char *comment,
    uint8_t **bytes, size_t *length
) {
    // On the heap: what the library changes between setjmp and longjmp must not be in registers.
    encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) return CJPEG_NO_MEMORY;
    struct jpeg_compress_struct *library = &encoder->library;
    library->err = cjpeg_failure_prepare(&encoder->failure);
    if (setjmp(encoder->failure.escape)) {
        cjpeg_status status = encoder->failure.status;
        jpeg_destroy_compress(&encoder->library);
        free(encoder->bytes);
        free(encoder);
        return status;
    }
    jpeg_create_compress(library);
    jpeg_mem_dest(library, &encoder->bytes, &encoder->length);
    library->image_width = width;
    library->image_height = height;
    library->input_components = 3;
    library->in_color_space = JCS_RGB;
    jpeg_set_defaults(library);
    jpeg_set_quality(library, quality, TRUE);
    library->optimize_coding = TRUE;
    jpeg_start_compress(library, TRUE);
    if (comment)
        jpeg_write_marker(
            library, JPEG_COM, (const JOCTET *)comment, (unsigned int)strlen(comment));
    while (library->next_scanline < height) {
        // The library only reads the row; its type does not say so.
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)library->next_scanline * width * 3);
        jpeg_write_scanlines(library, &row, 1);
    }
    jpeg_finish_compress(library);
    jpeg_destroy_compress(library);
    *bytes = encoder->bytes;
    *length = encoder->length;
    free(encoder);
    return CJPEG_OK;
}

void cjpeg_free(uint8_t *bytes) { free(bytes); }
