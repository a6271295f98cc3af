// Building, searching, changing and describing indexes.

#include "support.h"

enum { COUNT = 500, K = 10 };

static char *message;

/// The ids of the `K` nearest of COUNT vectors with ids from `first` on, by a plain scan.
static void scan(const float *query, uint64_t first, uint64_t *ids) {
    bool taken[COUNT] = {false};
    for (int rank = 0; rank < K; rank++) {
        double best = INFINITY;
        size_t nearest = 0;
        for (size_t row = 0; row < COUNT; row++) {
            float vector[DIMENSION];
            vector_of(first + row, vector);
            double distance = distance_between(query, vector);
            if (!taken[row] && distance < best) {
                best = distance;
                nearest = row;
            }
        }
        taken[nearest] = true;
        ids[rank] = first + nearest;
    }
}

static void test_kind(const char *kind) {
    float *values = vectors_of(100, COUNT);
    uint64_t given[COUNT];
    for (size_t row = 0; row < COUNT; row++) given[row] = 100 + row;
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.kind = kind;
    build.threads = 2;
    likeness_index *index = NULL;
    OK(likeness_index_build(&vectors, given, &build, &index, &message));
    EXPECT(index != NULL);

    likeness_index_stats stats = LIKENESS_INDEX_STATS;
    OK(likeness_index_get_stats(index, &stats, &message));
    EXPECT(stats.count == COUNT && stats.dimension == DIMENSION);
    EXPECT(stats.memory_bytes >= COUNT * DIMENSION * sizeof(float));
    EXPECT(strcmp(stats.kind, kind) == 0 && strcmp(stats.metric, "l2") == 0);
    // Vectors of so few numbers are compared themselves.
    EXPECT(strcmp(stats.codes, strcmp(kind, "hnsw") == 0 ? "f32" : "") == 0);

    uint64_t known[COUNT];
    size_t count = 0;
    OK(likeness_index_get_ids(index, known, COUNT, &count, &message));
    EXPECT(count == COUNT);
    EXPECT(memcmp(known, given, sizeof known) == 0);

    likeness_search_options exact = LIKENESS_SEARCH_OPTIONS;
    exact.exact = true;
    int hits = 0;
    for (uint64_t id = 1000; id < 1010; id++) {
        float query[DIMENSION];
        vector_of(id, query);
        uint64_t expected[K], ids[K];
        float distances[K];
        size_t found = 0;
        scan(query, 100, expected);
        OK(likeness_index_search(index, query, DIMENSION, K, &exact, ids, distances, &found, &message));
        EXPECT(found == K && memcmp(ids, expected, sizeof ids) == 0);
        EXPECT(answer_holds(query, ids, distances, found));
        OK(likeness_index_search(index, query, DIMENSION, K, NULL, ids, distances, &found, &message));
        EXPECT(found == K && answer_holds(query, ids, distances, found));
        float vector[DIMENSION];
        vector_of(expected[K - 1], vector);
        double last = distance_between(query, vector) + 1e-5;
        for (size_t rank = 0; rank < found; rank++) hits += (double)distances[rank] <= last;
    }
    EXPECT(hits == 10 * K || (!is_exact(kind) && hits >= 9 * K));

    // Only some ids, and only up to a distance, itself included.
    float origin[DIMENSION];
    vector_of(1000, origin);
    likeness_search_options some = LIKENESS_SEARCH_OPTIONS;
    uint64_t allowed[] = {given[7], given[70], 4711};
    some.allowed = allowed;
    some.allowed_count = 3;
    uint64_t near_ids[COUNT];
    float near_distances[COUNT];
    size_t near = 0;
    OK(likeness_index_search(index, origin, DIMENSION, K, &some, near_ids, near_distances, &near, &message));
    EXPECT(near == 2 && near_distances[0] <= near_distances[1]);
    EXPECT(near_ids[0] + near_ids[1] == given[7] + given[70]);
    float bound = near_distances[0];
    some.within = &bound;
    OK(likeness_index_search(index, origin, DIMENSION, K, &some, near_ids, near_distances, &near, &message));
    EXPECT(near == 1);
    some.allowed = NULL;
    OK(likeness_index_search(index, origin, DIMENSION, COUNT, &some, near_ids, near_distances, &near, &message));
    EXPECT(near >= 1 && near_distances[near - 1] == bound);
    bool mask[COUNT] = {false};
    mask[7] = mask[70] = true;
    some.within = NULL;
    some.mask = mask;
    some.mask_count = COUNT;
    OK(likeness_index_search(index, origin, DIMENSION, K, &some, near_ids, near_distances, &near, &message));
    EXPECT(near == 2 && near_ids[0] + near_ids[1] == given[7] + given[70]);
    some.allowed = allowed;
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "exclude each other",
        likeness_index_search(index, origin, DIMENSION, K, &some, near_ids, near_distances, &near, &message));
    some.allowed = NULL;
    some.mask_count = COUNT - 1;
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "one for each",
        likeness_index_search(index, origin, DIMENSION, K, &some, near_ids, near_distances, &near, &message));
    some.mask = NULL;
    some.filter = "{}";
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "for stores",
        likeness_index_search(index, origin, DIMENSION, K, &some, near_ids, near_distances, &near, &message));

    // More than there are: a batch says what is beyond.
    float *queries = vectors_of(2000, 3);
    likeness_vectors asked = rows(queries, 3, DIMENSION);
    enum { WIDE = COUNT + 5 };
    uint64_t *ids = malloc(3 * WIDE * sizeof(uint64_t));
    float *distances = malloc(3 * WIDE * sizeof(float));
    if (ids == NULL || distances == NULL) abort();
    size_t found = 0;
    likeness_search_options all = LIKENESS_SEARCH_OPTIONS;
    all.threads = 0;
    OK(likeness_index_search_batch(index, &asked, WIDE, &all, ids, distances, &found, &message));
    EXPECT(found == COUNT);
    for (size_t row = 0; row < 3; row++) {
        EXPECT(answer_holds(queries + row * DIMENSION, ids + row * WIDE, distances + row * WIDE, found));
        for (size_t rank = found; rank < WIDE; rank++) {
            EXPECT(ids[row * WIDE + rank] == UINT64_MAX && isinf(distances[row * WIDE + rank]));
        }
    }
    likeness_search_options recall = LIKENESS_SEARCH_OPTIONS;
    recall.recall = 0.9;
    OK(likeness_index_search_batch(index, &asked, K, &recall, ids, distances, &found, &message));
    EXPECT(found == K);
    free(ids);
    free(distances);
    free(queries);
    free(values);
    likeness_index_close(index);
    FAILS(LIKENESS_CLOSED, "closed", likeness_index_get_stats(index, &stats, &message));
    likeness_index_close(index);
    likeness_index_free(index);
}

static void test_changes(const char *kind) {
    likeness_vectors none = rows(NULL, 0, DIMENSION);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.kind = kind;
    likeness_index *index = NULL;
    OK(likeness_index_build(&none, NULL, &build, &index, &message));
    uint64_t ids[8], id;
    float distances[8];
    size_t found = 7;
    float query[DIMENSION];
    vector_of(3, query);
    OK(likeness_index_search(index, query, DIMENSION, 4, NULL, ids, distances, &found, &message));
    EXPECT(found == 0);

    float *values = vectors_of(0, 6);
    likeness_vectors four = rows(values, 4, DIMENSION);
    OK(likeness_index_add(index, &four, NULL, &message));
    likeness_vectors one = rows(values + 4 * DIMENSION, 1, DIMENSION);
    id = 4;
    OK(likeness_index_add(index, &one, &id, &message));
    FAILS(LIKENESS_INVALID_ARGUMENT, "4 at position 0", likeness_index_add(index, &one, &id, &message));
    one.values = values + 5 * DIMENSION;
    OK(likeness_index_add(index, &one, NULL, &message));
    OK(likeness_index_search(index, query, DIMENSION, 8, NULL, ids, distances, &found, &message));
    EXPECT(found == 6 && ids[0] == 3 && distances[0] == 0 && answer_holds(query, ids, distances, found));

    uint64_t removed[] = {3, 0};
    OK(likeness_index_remove(index, removed, 2, &message));
    FAILS(LIKENESS_NOT_FOUND, "0 at position 1", likeness_index_remove(index, (uint64_t[]){1, 0}, 2, &message));
    OK(likeness_index_search(index, query, DIMENSION, 8, NULL, ids, distances, &found, &message));
    EXPECT(found == 4 && answer_holds(query, ids, distances, found));
    OK(likeness_index_get_ids(index, ids, 8, &found, &message));
    EXPECT(found == 4 && ids[0] == 1 && ids[1] == 2 && ids[2] == 4 && ids[3] == 5);

    // Id 2 gets the vector of id 3, and id 9 is new.
    likeness_vectors two = rows(values + 3 * DIMENSION, 2, DIMENSION);
    OK(likeness_index_upsert(index, &two, (uint64_t[]){2, 9}, &message));
    OK(likeness_index_search(index, query, DIMENSION, 8, NULL, ids, distances, &found, &message));
    EXPECT(found == 5 && ids[0] == 2 && distances[0] == 0);
    free(values);

    // Settled, it answers as before, and nothing has gone wrong.
    uint64_t settled_ids[8];
    float settled_distances[8];
    size_t settled = 0;
    for (size_t threads = 0; threads < 3; threads++) {
        OK(likeness_index_settle(index, threads, &message));
        OK(likeness_index_search(
            index, query, DIMENSION, 8, NULL, settled_ids, settled_distances, &settled, &message));
        EXPECT(settled == found && memcmp(ids, settled_ids, found * sizeof *ids) == 0);
        EXPECT(memcmp(distances, settled_distances, found * sizeof *distances) == 0);
    }
    char *fault = (char *)ids;
    OK(likeness_index_get_fault(index, &fault, &message));
    EXPECT(fault == NULL);
    likeness_index_close(index);
    FAILS(LIKENESS_CLOSED, "closed", likeness_index_settle(index, 1, &message));
    FAILS(LIKENESS_CLOSED, "closed", likeness_index_get_fault(index, &fault, &message));
    likeness_index_free(index);
}

/// Stats say what a graph compares, in as much of the struct as the caller knows.
static void test_codes(void) {
    float *values = vectors_of(0, COUNT);
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    const char *choices[][3] = {
        {"l2", "{\"codes\": \"f32\"}", "f32"},
        {"l2", "{\"codes\": \"f16\"}", "f16"},
        {"cosine", "{\"codes\": \"rq8\"}", "rq8"},
        {"l1", "{\"codes\": \"sq8\"}", "sq8"},
    };
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        likeness_build_options build = LIKENESS_BUILD_OPTIONS;
        build.metric = choices[i][0];
        build.parameters = choices[i][1];
        likeness_index *index = NULL;
        OK(likeness_index_build(&vectors, NULL, &build, &index, &message));
        likeness_index_stats stats = LIKENESS_INDEX_STATS;
        OK(likeness_index_get_stats(index, &stats, &message));
        EXPECT(strcmp(stats.codes, choices[i][2]) == 0);
        likeness_index_stats old = {.size = offsetof(likeness_index_stats, codes), .codes = "as it was"};
        OK(likeness_index_get_stats(index, &old, &message));
        EXPECT(old.count == COUNT && strcmp(old.codes, "as it was") == 0);
        likeness_index_free(index);
    }
    free(values);
}

/// The kinds are told with their parameters and settings, the usual one first.
static void test_kinds(void) {
    char *json = NULL;
    OK(likeness_get_kinds(&json, &message));
    EXPECT(strstr(json, "[{\"kind\":\"hnsw\",") == json);
    EXPECT(strstr(json, "\"setting\":{\"name\":\"efSearch\",") != NULL);
    EXPECT(strstr(json, "{\"name\":\"m\",\"type\":\"number\",\"least\":2,\"most\":512,\"default\":16,") != NULL);
    EXPECT(strstr(json, "\"kind\":\"flat\"") != NULL && strstr(json, "\"kind\":\"matrix\"") != NULL);
    likeness_string_free(json);
    FAILS(LIKENESS_INVALID_ARGUMENT, "json", likeness_get_kinds(NULL, &message));
}

/// Recall is measured when an index is built, unless that is left out, and with queries that are given.
static void test_recall(void) {
    float *values = vectors_of(0, COUNT);
    float *asked = vectors_of(5000, 60);
    likeness_vectors vectors = rows(values, COUNT, DIMENSION), queries = rows(asked, 60, DIMENSION);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    likeness_index *index = NULL;
    char *json = NULL;
    OK(likeness_index_build(&vectors, NULL, &build, &index, &message));
    OK(likeness_index_get_operating_points(index, &json, &message));
    EXPECT(json != NULL && strstr(json, "{\"source\":\"heldOut\",\"query_count\":50,\"seen_query_count\":0,\"vector_count\":450,") == json);
    EXPECT(json != NULL && strstr(json, "\"points\":[{\"setting\":1,\"k\":1,\"recall\":") != NULL);
    likeness_string_free(json);
    likeness_index_free(index);

    build.parameters = "{\"measureRecall\": false}";
    OK(likeness_index_build(&vectors, NULL, &build, &index, &message));
    json = (char *)values;
    OK(likeness_index_get_operating_points(index, &json, &message));
    EXPECT(json == NULL);
    for (size_t threads = 0; threads < 3; threads++) OK(likeness_index_tune(index, &queries, threads, &message));
    OK(likeness_index_get_operating_points(index, &json, &message));
    EXPECT(json != NULL && strstr(json, "{\"source\":\"queries\",\"query_count\":60,\"seen_query_count\":0,\"vector_count\":500,") == json);
    likeness_string_free(json);
    OK(likeness_index_get_rebuilds(index, &json, &message));
    EXPECT(strcmp(json, "{}") == 0);
    likeness_string_free(json);
    likeness_index_stats stats = LIKENESS_INDEX_STATS;
    OK(likeness_index_get_stats(index, &stats, &message));
    EXPECT(stats.rebuilds == 0 && stats.codes_fit);
    likeness_index_stats old = {.size = offsetof(likeness_index_stats, rebuilds), .rebuilds = 7};
    OK(likeness_index_get_stats(index, &old, &message));
    EXPECT(old.count == COUNT && old.rebuilds == 7 && !old.codes_fit);

    likeness_vectors none = rows(NULL, 0, DIMENSION), narrow = rows(asked, 60, DIMENSION - 1);
    FAILS(LIKENESS_INVALID_ARGUMENT, "no queries", likeness_index_tune(index, &none, 1, &message));
    FAILS(LIKENESS_INVALID_DATA, "16", likeness_index_tune(index, &narrow, 1, &message));
    likeness_index_close(index);
    FAILS(LIKENESS_CLOSED, "closed", likeness_index_tune(index, &queries, 1, &message));
    likeness_index_free(index);
    build.parameters = "{\"measureRecall\": 1}";
    FAILS(LIKENESS_INVALID_ARGUMENT, "true or false", likeness_index_build(&vectors, NULL, &build, &index, &message));
    build.parameters = NULL;
    free(asked);
    free(values);
}

/// A kind that is exact has no recall to be measured.
static void test_tuning(const char *kind) {
    if (!is_exact(kind)) return;
    float *values = vectors_of(0, 60);
    likeness_vectors vectors = rows(values, 60, DIMENSION);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.kind = kind;
    likeness_index *index = NULL;
    char *json = (char *)values;
    OK(likeness_index_build(&vectors, NULL, &build, &index, &message));
    OK(likeness_index_get_operating_points(index, &json, &message));
    EXPECT(json == NULL);
    FAILS(LIKENESS_UNSUPPORTED, "exact", likeness_index_tune(index, &vectors, 1, &message));
    likeness_index_free(index);
    free(values);
}

/// Every element type gives the same index of the same small whole numbers.
static void test_elements(void) {
    enum { ROWS = 20, COLUMNS = 5 };
    float f32[ROWS][COLUMNS];
    double f64[ROWS][COLUMNS];
    uint8_t u8[ROWS][COLUMNS];
    int8_t i8[ROWS][COLUMNS];
    uint16_t f16[ROWS][COLUMNS];
    // 0 to 7 as halves.
    static const uint16_t halves[] = {0, 0x3C00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700};
    uint64_t state = 7;
    for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++) {
            unsigned number = next_random(&state) % 8;
            f32[row][column] = (float)number;
            f64[row][column] = (double)number;
            u8[row][column] = (uint8_t)number;
            i8[row][column] = (int8_t)number;
            f16[row][column] = halves[number];
        }
    }
    likeness_vectors forms[] = {
        {f32, ROWS, COLUMNS, 0, LIKENESS_F32}, {f16, ROWS, COLUMNS, 0, LIKENESS_F16},
        {u8, ROWS, COLUMNS, 0, LIKENESS_U8},   {i8, ROWS, COLUMNS, 0, LIKENESS_I8},
        {f64, ROWS, COLUMNS, 0, LIKENESS_F64},
    };
    uint64_t expected[ROWS] = {0};
    for (int form = 0; form < 5; form++) {
        likeness_build_options build = LIKENESS_BUILD_OPTIONS;
        build.kind = "flat";
        build.metric = "cosine";
        likeness_index *index = NULL;
        OK(likeness_index_build(&forms[form], NULL, &build, &index, &message));
        uint64_t ids[ROWS];
        float distances[ROWS];
        size_t found = 0;
        likeness_vectors asked = forms[form];
        asked.count = 1;
        OK(likeness_index_search_batch(index, &asked, ROWS, NULL, ids, distances, &found, &message));
        EXPECT(found == ROWS && ids[0] == 0 && distances[0] == 0);
        if (form == 0) memcpy(expected, ids, sizeof ids);
        EXPECT(memcmp(expected, ids, sizeof ids) == 0);
        likeness_index_free(index);
    }
    // Every second row, and rows that begin anywhere.
    likeness_vectors strided = {f32, ROWS / 2, COLUMNS, 2 * sizeof f32[0], LIKENESS_F32};
    likeness_index *index = NULL;
    OK(likeness_index_build(&strided, NULL, NULL, &index, &message));
    likeness_index_stats stats = LIKENESS_INDEX_STATS;
    OK(likeness_index_get_stats(index, &stats, &message));
    EXPECT(stats.count == ROWS / 2 && strcmp(stats.kind, "hnsw") == 0);
    likeness_index_free(index);
    char bytes[ROWS * 21 + 1];
    for (int row = 0; row < ROWS; row++) memcpy(bytes + 1 + row * 21, f32[row], sizeof f32[0]);
    likeness_vectors odd = {bytes + 1, ROWS, COLUMNS, 21, LIKENESS_F32};
    OK(likeness_index_build(&odd, NULL, NULL, &index, &message));
    likeness_index_free(index);
}

void test_indexes(void) {
    for_each_kind(test_kind);
    for_each_kind(test_changes);
    test_codes();
    test_kinds();
    test_recall();
    for_each_kind(test_tuning);
    test_elements();
}
