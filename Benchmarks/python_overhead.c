// The searches of `python-overhead`, as a C program makes them: on the handle that Python opened, timed by the same clock.

#include "likeness.h"

#include <stdlib.h>
#include <time.h>

/// The clock that all sides read: CLOCK_MONOTONIC or CLOCK_PROCESS_CPUTIME_ID.
int overhead_clock = CLOCK_MONOTONIC;

static double now(void) {
    struct timespec time;
    clock_gettime(overhead_clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static likeness_search_options options_of(size_t ef_search) {
    likeness_search_options options = LIKENESS_SEARCH_OPTIONS;
    options.setting = ef_search;
    return options;
}

/// Seconds of one batch on one thread, or a negative number where it failed.
double batch_seconds(
    const likeness_index *index, const float *queries, size_t count, size_t dimension, size_t k, size_t ef_search,
    uint64_t *ids, float *distances) {
    likeness_search_options options = options_of(ef_search);
    likeness_vectors rows = {.values = queries, .count = count, .dimension = dimension, .element = LIKENESS_F32};
    size_t found;
    double started = now();
    likeness_status status = likeness_index_search_batch(index, &rows, k, &options, ids, distances, &found, NULL);
    double seconds = now() - started;
    return status == LIKENESS_OK ? seconds : -1;
}

/// Seconds of as many single calls, one after another, or a negative number where one failed.
double single_seconds(
    const likeness_index *index, const float *queries, size_t count, size_t dimension, size_t k, size_t ef_search,
    uint64_t *ids, float *distances) {
    likeness_search_options options = options_of(ef_search);
    size_t found;
    double started = now();
    for (size_t i = 0; i < count; i++)
        if (likeness_index_search(
                index, queries + i * dimension, dimension, k, &options, ids + i * k, distances + i * k, &found, NULL) !=
            LIKENESS_OK)
            return -1;
    return now() - started;
}
