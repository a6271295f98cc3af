#include "failure.h"

#include <string.h>

#include <jerror.h>

static cjpeg_status status_of_error(int code) {
    switch (code) {
    case JERR_OUT_OF_MEMORY:
        return CJPEG_NO_MEMORY;
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
        return CJPEG_UNSUPPORTED;
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
        return CJPEG_TRUNCATED;
    default:
        return CJPEG_DAMAGED;
    }
}

// The library goes on after these with invented pixels. Features of invented pixels would be
// stored as if they were the photo's, so they end the decoding. Other warnings (stray bytes
// between markers, an odd version number) leave the picture whole, and so may the end of the data:
// the last bits of the last pixel can be there where the end marker is not.
static cjpeg_status status_of_warning(int code) {
    switch (code) {
    case JWRN_HIT_MARKER:
        return CJPEG_TRUNCATED;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_NOT_SEQUENTIAL:
        return CJPEG_DAMAGED;
    default:
        return CJPEG_OK;
    }
}

static void escape(j_common_ptr common, cjpeg_status status) {
    cjpeg_failure *failure = (cjpeg_failure *)common->err;
    failure->status = status;
    failure->manager.format_message(common, failure->message);
    longjmp(failure->escape, 1);
}

// What goes wrong after the data has ended goes wrong because of that.
static cjpeg_status unless_ended(j_common_ptr common, cjpeg_status status) {
    int ended = ((cjpeg_failure *)common->err)->ended;
    return ended && status == CJPEG_DAMAGED ? CJPEG_TRUNCATED : status;
}

static void on_error(j_common_ptr common) {
    escape(common, unless_ended(common, status_of_error(common->err->msg_code)));
}

static void on_message(j_common_ptr common, int level) {
    if (level >= 0) return;  // a trace, not a warning
    if (common->err->msg_code == JWRN_JPEG_EOF) ((cjpeg_failure *)common->err)->ended = 1;
    cjpeg_status status = status_of_warning(common->err->msg_code);
    if (status != CJPEG_OK) escape(common, unless_ended(common, status));
}

void cjpeg_fail(j_common_ptr common, cjpeg_status status, const char *message) {
    cjpeg_failure *failure = (cjpeg_failure *)common->err;
    failure->status = status;
    snprintf(failure->message, sizeof failure->message, "%s", message);
    longjmp(failure->escape, 1);
}

static void print_nothing(j_common_ptr common) { (void)common; }

struct jpeg_error_mgr *cjpeg_failure_prepare(cjpeg_failure *failure) {
    memset(failure, 0, sizeof *failure);
    jpeg_std_error(&failure->manager);
    failure->manager.error_exit = on_error;
    failure->manager.emit_message = on_message;
    failure->manager.output_message = print_nothing;
    return &failure->manager;
}
