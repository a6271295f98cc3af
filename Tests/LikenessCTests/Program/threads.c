// One handle in many threads: searches beside additions, removals, savings and the closing.

#include <pthread.h>
#include <stdatomic.h>
#include <threads.h>

#include "support.h"

enum { FIRST = 400, K = 10, CHANGES = 150, SEARCHERS = 3 };

static likeness_index *index_;
static likeness_store *store;
static atomic_bool changes_ended;

static void *search(void *context) {
    char *message = NULL;
    uint64_t state = (uint64_t)(uintptr_t)context;
    while (!atomic_load(&changes_ended)) {
        float query[3 * DIMENSION];
        for (size_t row = 0; row < 3; row++) vector_of(next_random(&state) % 1000, query + row * DIMENSION);
        uint64_t ids[3 * K];
        float distances[3 * K];
        size_t found = 0;
        OK(likeness_index_search(index_, query, DIMENSION, K, NULL, ids, distances, &found, &message));
        EXPECT(found == K && answer_holds(query, ids, distances, found));
        likeness_vectors asked = rows(query, 3, DIMENSION);
        likeness_search_options options = LIKENESS_SEARCH_OPTIONS;
        options.threads = 2;
        OK(likeness_index_search_batch(index_, &asked, K, &options, ids, distances, &found, &message));
        EXPECT(found == K);
        for (size_t row = 0; row < 3; row++) {
            EXPECT(answer_holds(query + row * DIMENSION, ids + row * K, distances + row * K, found));
        }
    }
    return NULL;
}

static void *add(void *context) {
    (void)context;
    char *message = NULL;
    for (uint64_t id = FIRST; id < FIRST + CHANGES; id++) {
        float vector[DIMENSION];
        vector_of(id, vector);
        likeness_vectors one = rows(vector, 1, DIMENSION);
        OK(likeness_index_add(index_, &one, &id, &message));
    }
    return NULL;
}

static void *remove_(void *context) {
    (void)context;
    char *message = NULL;
    for (uint64_t id = 0; id < CHANGES; id++) OK(likeness_index_remove(index_, &id, 1, &message));
    return NULL;
}

/// Puts vectors in their own places, again and again.
static void *upsert(void *context) {
    (void)context;
    char *message = NULL;
    for (size_t round = 0; round < 8; round++) {
        for (uint64_t id = CHANGES; id + 5 <= FIRST; id += 5) {
            float *values = vectors_of(id, 5);
            likeness_vectors five = rows(values, 5, DIMENSION);
            OK(likeness_index_upsert(index_, &five, (uint64_t[]){id, id + 1, id + 2, id + 3, id + 4}, &message));
            free(values);
        }
    }
    return NULL;
}

static int by_number(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void *save(void *context) {
    (void)context;
    char *message = NULL;
    for (int i = 0; i < 5; i++) {
        likeness_index *opened = NULL;
        OK(likeness_index_save(index_, in_folder("threads.index"), &message));
        OK(likeness_index_open(in_folder("threads.index"), false, &opened, &message));
        likeness_index_stats stats = LIKENESS_INDEX_STATS;
        OK(likeness_index_get_stats(index_, &stats, &message));
        likeness_index_free(opened);
    }
    return NULL;
}

static void test_changes(const char *kind) {
    float *values = vectors_of(0, FIRST);
    likeness_vectors vectors = rows(values, FIRST, DIMENSION);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.kind = kind;
    char *message = NULL;
    OK(likeness_index_build(&vectors, NULL, &build, &index_, &message));
    free(values);
    atomic_store(&changes_ended, false);
    pthread_t searchers[SEARCHERS], changers[5];
    for (size_t i = 0; i < SEARCHERS; i++) pthread_create(&searchers[i], NULL, search, (void *)(i + 1));
    pthread_create(&changers[0], NULL, add, NULL);
    pthread_create(&changers[1], NULL, remove_, NULL);
    // Two that save under one name.
    pthread_create(&changers[2], NULL, save, NULL);
    pthread_create(&changers[3], NULL, save, NULL);
    pthread_create(&changers[4], NULL, upsert, NULL);
    for (size_t i = 0; i < 5; i++) pthread_join(changers[i], NULL);
    atomic_store(&changes_ended, true);
    for (size_t i = 0; i < SEARCHERS; i++) pthread_join(searchers[i], NULL);
    uint64_t ids[FIRST];
    size_t count = 0;
    OK(likeness_index_get_ids(index_, ids, FIRST, &count, &message));
    EXPECT(count == FIRST);
    // The places of removed vectors may be others' by now.
    qsort(ids, FIRST, sizeof *ids, by_number);
    for (uint64_t row = 0; row < FIRST; row++) EXPECT(ids[row] == row + CHANGES);
    likeness_index_free(index_);
}

/// Searches until the handle is closed.
static void *search_until_closed(void *context) {
    double recall = 0.8 + 0.05 * (double)(uintptr_t)context;
    float query[DIMENSION];
    vector_of(77, query);
    for (;;) {
        char *message = NULL;
        uint64_t ids[K];
        float distances[K];
        size_t found = 0;
        likeness_search_options options = LIKENESS_SEARCH_OPTIONS;
        options.recall = recall;
        likeness_status status =
            likeness_index_search(index_, query, DIMENSION, K, &options, ids, distances, &found, &message);
        if (status == LIKENESS_CLOSED) {
            likeness_string_free(message);
            return NULL;
        }
        ended(status, LIKENESS_OK, NULL, &message, "search", __FILE__, __LINE__);
        EXPECT(found == K && answer_holds(query, ids, distances, found));
    }
}

static void test_closing(void) {
    float *values = vectors_of(0, FIRST);
    likeness_vectors vectors = rows(values, FIRST, DIMENSION);
    char *message = NULL;
    OK(likeness_index_build(&vectors, NULL, NULL, &index_, &message));
    free(values);
    pthread_t searchers[SEARCHERS];
    for (size_t i = 0; i < SEARCHERS; i++) {
        pthread_create(&searchers[i], NULL, search_until_closed, (void *)(i + 1));
    }
    thrd_sleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    likeness_index_close(index_);
    for (size_t i = 0; i < SEARCHERS; i++) pthread_join(searchers[i], NULL);
    likeness_index_free(index_);
}

static void *search_store(void *context) {
    (void)context;
    char *message = NULL;
    float query[DIMENSION];
    vector_of(5, query);
    while (!atomic_load(&changes_ended)) {
        likeness_vectors asked = rows(query, 1, DIMENSION);
        likeness_point_id ids[K];
        float distances[K];
        size_t found = 0;
        OK(likeness_store_search(
            store, "c", NULL, NULL, NULL, &asked, K, NULL, ids, distances, &found, &message));
        EXPECT(found == K && ids[0].number == 5 && distances[0] == 0);
    }
    return NULL;
}

static void test_store(void) {
    char *message = NULL;
    OK(likeness_store_open(in_folder("threads.store"), true, &store, &message));
    float *values = vectors_of(0, 100);
    likeness_point_id ids[100] = {{0}};
    for (uint64_t row = 0; row < 100; row++) ids[row].number = row;
    likeness_vectors vectors = rows(values, 50, DIMENSION);
    OK(likeness_store_upsert(store, "c", "f", NULL, &vectors, ids, NULL, &message));
    atomic_store(&changes_ended, false);
    pthread_t searchers[SEARCHERS];
    for (size_t i = 0; i < SEARCHERS; i++) pthread_create(&searchers[i], NULL, search_store, NULL);
    for (size_t row = 50; row < 60; row++) {
        likeness_vectors one = rows(values + row * DIMENSION, 1, DIMENSION);
        OK(likeness_store_upsert(store, "c", "f", NULL, &one, &ids[row], NULL, &message));
        if (row == 54) OK(likeness_store_build_index(store, "c", NULL, NULL, &message));
        OK(likeness_store_delete_points(store, "c", &ids[row - 30], 1, &message));
    }
    atomic_store(&changes_ended, true);
    for (size_t i = 0; i < SEARCHERS; i++) pthread_join(searchers[i], NULL);
    likeness_store_free(store);
    free(values);
}

void test_threads(void) {
    for_each_kind(test_changes);
    test_closing();
    test_store();
}
