// Arguments that cannot be, one at a time: each is refused with a status and a sentence.

#include "support.h"

enum { COUNT = 12, K = 3 };

static char *message;
static uint64_t ids[64];
static float distances[64];
static size_t found;

static void refuses_vectors(likeness_vectors vectors, likeness_status status, const char *word) {
    likeness_index *index = NULL;
    FAILS(status, word, likeness_index_build(&vectors, NULL, NULL, &index, &message));
    EXPECT(index == NULL);
}

static void refuses_build(likeness_build_options build, const char *word) {
    float *values = vectors_of(0, COUNT);
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    likeness_index *index = NULL;
    FAILS(LIKENESS_INVALID_ARGUMENT, word, likeness_index_build(&vectors, NULL, &build, &index, &message));
    EXPECT(index == NULL);
    free(values);
}

static void test_vectors(float *values) {
    likeness_vectors good = rows(values, COUNT, DIMENSION);
    likeness_vectors bad = good;
    bad.values = NULL;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "NULL");
    bad = good;
    bad.dimension = 0;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "0 numbers");
    bad.dimension = SIZE_MAX;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "18446744073709551615 numbers");
    bad = good;
    bad.count = SIZE_MAX;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "count");
    bad.count = (size_t)1 << 40;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "at most");
    bad = good;
    bad.element = 5;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "element 5");
    bad = good;
    bad.row_stride = DIMENSION * sizeof(float) - 1;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "row_stride");
    bad.row_stride = SIZE_MAX / 2;
    refuses_vectors(bad, LIKENESS_INVALID_ARGUMENT, "memory");
    float kept = values[2 * DIMENSION + 5];
    values[2 * DIMENSION + 5] = NAN;
    refuses_vectors(good, LIKENESS_INVALID_DATA, "Number 5 of vector 2");
    values[2 * DIMENSION + 5] = -INFINITY;
    refuses_vectors(good, LIKENESS_INVALID_DATA, "Number 5 of vector 2");
    values[2 * DIMENSION + 5] = kept;
    double large[] = {1, 2, 3, 1e300};
    likeness_vectors doubles = {large, 2, 2, 0, LIKENESS_F64};
    refuses_vectors(doubles, LIKENESS_INVALID_DATA, "Number 1 of row 1");
}

static void test_build_options(void) {
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.size = 0;
    refuses_build(build, "size");
    build.size = sizeof build + 8;
    refuses_build(build, "size");
    build = LIKENESS_BUILD_OPTIONS;
    build.kind = "tree";
    refuses_build(build, "tree");
    build.kind = "\xFF\xFE";
    refuses_build(build, "UTF-8");
    build.kind = NULL;
    build.metric = "hamming";
    refuses_build(build, "hamming");
    build.metric = "minkowski:0.5";
    refuses_build(build, "minkowski");
    build.metric = NULL;
    const char *parameters[][2] = {
        {"", "JSON"},
        {"[]", "The parameters are no JSON object"},
        {"{\"m\": 16", "JSON"},
        {"{\"M\": 16}", "no parameter M"},
        {"{\"m\": 1}", "m is 1"},
        {"{\"m\": 16.5}", "16.5"},
        {"{\"m\": -3}", "-3"},
        {"{\"m\": \"16\"}", "from 2 to 512"},
        {"{\"m\": 18446744073709551615}", "from 2 to 512"},
        {"{\"byteLimit\": 5}", "byteLimit"},
        {"{\"efSearch\": 0}", "efSearch"},
        {"{\"codes\": \"rq3\"}", "f32, f16, rq8, sq8"},
        {"{\"codes\": 8}", "f32, f16, rq8, sq8"},
    };
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        build.parameters = parameters[i][0];
        refuses_build(build, parameters[i][1]);
    }
    build.kind = "matrix";
    build.parameters = "{\"byteLimit\": 100}";
    refuses_build(build, "100 are allowed");
    build.kind = "flat";
    refuses_build(build, "none");
    // What an earlier library's caller does not know of is as usual.
    float *values = vectors_of(0, COUNT);
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    build.size = offsetof(likeness_build_options, metric);
    build.metric = "nonsense";
    likeness_index *index = NULL;
    OK(likeness_index_build(&vectors, NULL, &build, &index, &message));
    likeness_index_stats stats = LIKENESS_INDEX_STATS;
    stats.size = offsetof(likeness_index_stats, dimension);
    stats.dimension = 77;
    OK(likeness_index_get_stats(index, &stats, &message));
    EXPECT(stats.count == COUNT && stats.dimension == 77);
    stats.size = 4;
    FAILS(LIKENESS_INVALID_ARGUMENT, "size", likeness_index_get_stats(index, &stats, &message));
    likeness_index_free(index);
    free(values);
}

static void refuses_search(
    const likeness_index *index, likeness_search_options options, likeness_status status, const char *word
) {
    float query[DIMENSION] = {0};
    FAILS(
        status, word,
        likeness_index_search(index, query, DIMENSION, K, &options, ids, distances, &found, &message));
    likeness_vectors asked = rows(query, 1, DIMENSION);
    FAILS(
        status, word,
        likeness_index_search_batch(index, &asked, K, &options, ids, distances, &found, &message));
}

static void test_searches(const likeness_index *index) {
    float query[DIMENSION] = {0};
    likeness_search_options options = LIKENESS_SEARCH_OPTIONS;
    options.size = 3;
    refuses_search(index, options, LIKENESS_INVALID_ARGUMENT, "size");
    options = LIKENESS_SEARCH_OPTIONS;
    options.recall = 0.5;
    options.setting = 5;
    refuses_search(index, options, LIKENESS_INVALID_ARGUMENT, "exclude");
    options.setting = 0;
    double recalls[] = {NAN, -1, 1.0001, INFINITY};
    for (int i = 0; i < 4; i++) {
        options.recall = recalls[i];
        refuses_search(index, options, LIKENESS_INVALID_ARGUMENT, "recall");
    }
    options = LIKENESS_SEARCH_OPTIONS;
    options.warnings = &message;
    refuses_search(index, options, LIKENESS_INVALID_ARGUMENT, "for stores");
    options = LIKENESS_SEARCH_OPTIONS;
    options.setting = SIZE_MAX;
    options.threads = SIZE_MAX;
    OK(likeness_index_search(index, query, DIMENSION, K, &options, ids, distances, &found, &message));
    OK(likeness_index_search(index, query, DIMENSION, SIZE_MAX / 2, NULL, ids, distances, &found, &message));
    EXPECT(found == COUNT);

    FAILS(
        LIKENESS_INVALID_DATA, "16 numbers",
        likeness_index_search(index, query, DIMENSION - 1, K, NULL, ids, distances, &found, &message));
    FAILS(
        LIKENESS_INVALID_DATA, "numbers",
        likeness_index_search(index, query, SIZE_MAX, K, NULL, ids, distances, &found, &message));
    query[3] = NAN;
    FAILS(
        LIKENESS_INVALID_DATA, "Number 3",
        likeness_index_search(index, query, DIMENSION, K, NULL, ids, distances, &found, &message));
    query[3] = 0;
    size_t sizes[] = {0, SIZE_MAX};
    for (int i = 0; i < 2; i++) {
        FAILS(
            LIKENESS_INVALID_ARGUMENT, "k is",
            likeness_index_search(index, query, DIMENSION, sizes[i], NULL, ids, distances, &found, &message));
    }
    likeness_vectors asked = rows(query, 1, DIMENSION);
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "more results",
        likeness_index_search_batch(index, &asked, SIZE_MAX / 4, NULL, ids, distances, &found, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "NULL",
        likeness_index_search(index, NULL, DIMENSION, K, NULL, ids, distances, &found, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "ids",
        likeness_index_search(index, query, DIMENSION, K, NULL, NULL, distances, &found, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "distances",
        likeness_index_search_batch(index, &asked, K, NULL, ids, NULL, &found, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "found",
        likeness_index_search_batch(index, &asked, K, NULL, ids, distances, NULL, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "queries",
        likeness_index_search_batch(index, NULL, K, NULL, ids, distances, &found, &message));
    asked.dimension--;
    FAILS(
        LIKENESS_INVALID_DATA, "16",
        likeness_index_search_batch(index, &asked, K, NULL, ids, distances, &found, &message));
    asked = rows(NULL, 0, DIMENSION);
    OK(likeness_index_search_batch(index, &asked, K, NULL, NULL, NULL, &found, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "room", likeness_index_get_ids(index, ids, COUNT - 1, &found, &message));
    EXPECT(found == COUNT);
    FAILS(LIKENESS_INVALID_ARGUMENT, "NULL", likeness_index_get_ids(index, NULL, COUNT, &found, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "count", likeness_index_get_ids(index, ids, COUNT, NULL, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "fault", likeness_index_get_fault(index, NULL, &message));
    // Whoever does not want to know why passes NULL.
    EXPECT(likeness_index_get_ids(index, NULL, COUNT, &found, NULL) == LIKENESS_INVALID_ARGUMENT);
}

static void test_handles(void) {
    float query[DIMENSION] = {0};
    likeness_vectors vectors = rows(query, 1, DIMENSION);
    likeness_index_stats stats = LIKENESS_INDEX_STATS;
    size_t count, dimension;
    char *json;
    likeness_index_close(NULL);
    likeness_index_free(NULL);
    likeness_store_close(NULL);
    likeness_store_free(NULL);
    likeness_string_free(NULL);
#define REFUSES(call) FAILS(LIKENESS_INVALID_ARGUMENT, "NULL", call)
    REFUSES(likeness_index_build(&vectors, NULL, NULL, NULL, &message));
    REFUSES(likeness_index_get_vectors(NULL, NULL, 1, NULL, &message));
    REFUSES(likeness_index_open("x", false, NULL, &message));
    REFUSES(likeness_index_save(NULL, "x", &message));
    REFUSES(likeness_index_add(NULL, &vectors, NULL, &message));
    REFUSES(likeness_index_upsert(NULL, &vectors, ids, &message));
    REFUSES(likeness_index_remove(NULL, ids, 1, &message));
    REFUSES(likeness_index_search(NULL, query, DIMENSION, K, NULL, ids, distances, &found, &message));
    REFUSES(likeness_index_search_batch(NULL, &vectors, K, NULL, ids, distances, &found, &message));
    REFUSES(likeness_index_get_stats(NULL, &stats, &message));
    REFUSES(likeness_index_get_ids(NULL, ids, 1, &found, &message));
    REFUSES(likeness_index_settle(NULL, 1, &message));
    REFUSES(likeness_index_get_fault(NULL, &json, &message));
    REFUSES(likeness_index_get_operating_points(NULL, &json, &message));
    REFUSES(likeness_index_get_rebuilds(NULL, &json, &message));
    REFUSES(likeness_index_tune(NULL, &vectors, 1, &message));
    REFUSES(likeness_store_tune_index(NULL, "c", "f", NULL, NULL, &vectors, 1, &message));
    likeness_index *index = NULL;
    REFUSES(likeness_index_open(NULL, false, &index, &message));
    likeness_point_id id = {0};
    likeness_store *store = NULL;
    REFUSES(likeness_store_open(NULL, true, &store, &message));
    REFUSES(likeness_store_open("x", true, NULL, &message));
    REFUSES(likeness_store_upsert(NULL, "c", "f", NULL, &vectors, &id, NULL, &message));
    REFUSES(likeness_store_delete_points(NULL, "c", &id, 1, &message));
    REFUSES(likeness_store_delete_collection(NULL, "c", &message));
    REFUSES(likeness_store_get_points(NULL, "c", &id, 1, &json, &message));
    REFUSES(likeness_store_count_vectors(NULL, "c", NULL, &count, &dimension, &message));
    REFUSES(likeness_store_get_vectors(NULL, "c", NULL, &id, query, 1, &count, &message));
    REFUSES(likeness_store_describe(NULL, &json, &message));
    REFUSES(likeness_store_build_index(NULL, "c", NULL, NULL, &message));
    REFUSES(likeness_store_delete_index(NULL, "c", NULL, "flat", NULL, &message));
    REFUSES(likeness_store_search(
        NULL, "c", NULL, NULL, NULL, &vectors, K, NULL, &id, distances, &count, &message));
    for (int status = -2; status < 12; status++) EXPECT(strlen(likeness_status_name(status)) > 8);
    EXPECT(strcmp(likeness_status_name(LIKENESS_BUSY), "LIKENESS_BUSY") == 0);
}

static void test_store_arguments(void) {
    likeness_store *store = NULL;
    OK(likeness_store_open(in_folder("wrong"), true, &store, &message));
    float *values = vectors_of(0, 2);
    likeness_vectors vectors = rows(values, 2, DIMENSION);
    likeness_point_id two[] = {{.number = 1}, {.number = 2}};
    REFUSES(likeness_store_upsert(store, NULL, "f", NULL, &vectors, two, NULL, &message));
    REFUSES(likeness_store_upsert(store, "c", NULL, NULL, &vectors, two, NULL, &message));
    REFUSES(likeness_store_upsert(store, "c", "f", NULL, NULL, two, NULL, &message));
    REFUSES(likeness_store_upsert(store, "c", "f", NULL, &vectors, NULL, NULL, &message));
    const char *payloads[] = {"{}", "[1]"};
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "row 1",
        likeness_store_upsert(store, "c", "f", NULL, &vectors, two, payloads, &message));
    payloads[1] = "{\"a\"}";
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "JSON",
        likeness_store_upsert(store, "c", "f", NULL, &vectors, two, payloads, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "name",
        likeness_store_upsert(store, "a/b", "f", NULL, &vectors, two, NULL, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "euclid",
        likeness_store_upsert(store, "c", "f", "euclid", &vectors, two, NULL, &message));
    char *json = NULL;
    OK(likeness_store_describe(store, &json, &message));
    EXPECT(strcmp(json, "[]") == 0);
    likeness_string_free(json);
    OK(likeness_store_upsert(store, "c", "f", NULL, &vectors, two, NULL, &message));
    vectors.dimension--;
    FAILS(
        LIKENESS_INVALID_DATA, "17 numbers",
        likeness_store_upsert(store, "c", "f", NULL, &vectors, two, NULL, &message));
    size_t count[2];
    likeness_point_id nearest[2 * K];
    FAILS(
        LIKENESS_INVALID_DATA, "16 numbers",
        likeness_store_search(
            store, "c", NULL, NULL, NULL, &vectors, K, NULL, nearest, distances, count, &message));
    vectors.dimension++;
    FAILS(
        LIKENESS_NOT_FOUND, "nowhere",
        likeness_store_search(
            store, "nowhere", NULL, NULL, NULL, &vectors, K, NULL, nearest, distances, count, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "tree",
        likeness_store_search(
            store, "c", NULL, "tree", NULL, &vectors, K, NULL, nearest, distances, count, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "k is",
        likeness_store_search(
            store, "c", NULL, NULL, NULL, &vectors, 0, NULL, nearest, distances, count, &message));
    FAILS(
        LIKENESS_NOT_FOUND, "other",
        likeness_store_build_index(store, "c", "other", NULL, &message));
    free(values);
    likeness_store_free(store);
}

/// Every kind refuses the same, and is as it was.
static void test_kind(const char *kind) {
    float *values = vectors_of(0, COUNT);
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.kind = kind;
    likeness_index *index = NULL;
    OK(likeness_index_build(&vectors, NULL, &build, &index, &message));
    test_searches(index);
    uint64_t taken = 3, twice[] = {50, 60, 50};
    likeness_vectors one = rows(values, 1, DIMENSION), three = rows(values, 3, DIMENSION);
    likeness_vectors narrow = rows(values, 1, DIMENSION - 1);
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "3 at position 0", likeness_index_add(index, &one, &taken, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "position 2", likeness_index_add(index, &three, twice, &message));
    FAILS(LIKENESS_INVALID_DATA, "17", likeness_index_add(index, &narrow, NULL, &message));
    FAILS(LIKENESS_INVALID_DATA, "17", likeness_index_upsert(index, &narrow, &taken, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "position 2", likeness_index_upsert(index, &three, twice, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "NULL", likeness_index_upsert(index, &three, NULL, &message));
    FAILS(LIKENESS_NOT_FOUND, "position 1", likeness_index_remove(index, (uint64_t[]){3, 50}, 2, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "already", likeness_index_remove(index, (uint64_t[]){3, 3}, 2, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "NULL", likeness_index_remove(index, NULL, 2, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "count", likeness_index_remove(index, ids, SIZE_MAX, &message));
    uint64_t last = UINT64_MAX;
    OK(likeness_index_add(index, &one, &last, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "follow", likeness_index_add(index, &one, NULL, &message));
    likeness_index_stats stats = LIKENESS_INDEX_STATS;
    OK(likeness_index_get_stats(index, &stats, &message));
    EXPECT(stats.count == COUNT + 1);
    likeness_index_free(index);
    free(values);
}

void test_wrong_input(void) {
    float *values = vectors_of(0, COUNT);
    test_vectors(values);
    test_build_options();
    for_each_kind(test_kind);
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    uint64_t twice[COUNT] = {0};
    likeness_index *index = NULL;
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "position 1", likeness_index_build(&vectors, twice, NULL, &index, &message));
    free(values);
    test_handles();
    test_store_arguments();
}
