// How an error inside libjpeg becomes a status: shared by decoder and encoder.
#ifndef CJPEG_FAILURE_H
#define CJPEG_FAILURE_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "CJPEG.h"

typedef struct {
    struct jpeg_error_mgr manager;  // first, so that the library's pointer is ours
    jmp_buf escape;
    cjpeg_status status;
    int ended;  // the data has ended, and the library goes on with an end marker of its own
    char message[JMSG_LENGTH_MAX];
} cjpeg_failure;

// Leaves the library with a status and a sentence; does not return.
void cjpeg_fail(j_common_ptr common, cjpeg_status status, const char *message);

// Fills in the handlers; the caller does the setjmp.
struct jpeg_error_mgr *cjpeg_failure_prepare(cjpeg_failure *failure);

#endif
