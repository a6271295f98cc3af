// Stores: points in, indexes over them, searches, and out again.

#include <glob.h>

#include "support.h"

enum { COUNT = 300, K = 5 };

static char *message;

static likeness_point_id number_id(uint64_t number) {
    likeness_point_id id = {.number = number};
    return id;
}

static likeness_point_id uuid_id(uint8_t last) {
    likeness_point_id id = {.is_uuid = true};
    for (int i = 0; i < 16; i++) id.uuid[i] = (uint8_t)(0x10 + i);
    id.uuid[15] = last;
    return id;
}

static void fill(likeness_store *store) {
    float *values = vectors_of(0, COUNT);
    likeness_point_id ids[COUNT];
    const char *payloads[COUNT];
    for (uint64_t row = 0; row < COUNT; row++) {
        ids[row] = number_id(row);
        payloads[row] = row == 2 ? "{\"name\":\"two\",\"tags\":[1,2.0]}" : NULL;
    }
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    OK(likeness_store_upsert(store, "things", "shape", "l2", &vectors, ids, payloads, &message));
    // A UUID, a second field of bytes, and a payload that is left as it is.
    uint8_t bytes[4] = {1, 2, 3, 255};
    likeness_vectors four = {bytes, 1, 4, 0, LIKENESS_U8};
    likeness_point_id two = number_id(2);
    OK(likeness_store_upsert(store, "things", "colour", "l1", &four, &two, NULL, &message));
    likeness_point_id other = uuid_id(7);
    OK(likeness_store_upsert(store, "things", "colour", NULL, &four, &other, NULL, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "metric",
        likeness_store_upsert(store, "things", "colour", "l2", &four, &other, NULL, &message));
    // All or none: the last row is not finite.
    values[COUNT * DIMENSION - 1] = NAN;
    ids[0] = number_id(999);
    FAILS(
        LIKENESS_INVALID_DATA, "finite",
        likeness_store_upsert(store, "things", "shape", NULL, &vectors, ids, NULL, &message));
    free(values);
}

static void read_back(const likeness_store *store) {
    likeness_point_id ids[] = {number_id(2), number_id(999), uuid_id(7)};
    char *json = NULL;
    OK(likeness_store_get_points(store, "things", ids, 3, &json, &message));
    EXPECT(
        strcmp(
            json,
            "[{\"id\":2,\"payload\":{\"name\":\"two\",\"tags\":[1,2.0]},\"vectors\":{\"colour\":4,\"shape\":17}},null,"
            "{\"id\":\"10111213-1415-1617-1819-1a1b1c1d1e07\",\"payload\":{},\"vectors\":{\"colour\":4}}]") == 0);
    likeness_string_free(json);

    size_t count = 0, dimension = 0;
    OK(likeness_store_count_vectors(store, "things", "shape", &count, &dimension, &message));
    EXPECT(count == COUNT && dimension == DIMENSION);
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "several",
        likeness_store_count_vectors(store, "things", NULL, &count, &dimension, &message));
    likeness_point_id known[COUNT];
    float *vectors = malloc(COUNT * DIMENSION * sizeof(float));
    if (vectors == NULL) abort();
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "room",
        likeness_store_get_vectors(store, "things", "shape", known, vectors, COUNT - 1, &count, &message));
    OK(likeness_store_get_vectors(store, "things", "shape", known, vectors, COUNT, &count, &message));
    EXPECT(count == COUNT);
    for (uint64_t row = 0; row < COUNT; row++) {
        float vector[DIMENSION];
        vector_of(row, vector);
        EXPECT(known[row].number == row && !known[row].is_uuid);
        EXPECT(memcmp(vector, vectors + row * DIMENSION, sizeof vector) == 0);
    }
    float colours[8];
    OK(likeness_store_get_vectors(store, "things", "colour", known, colours, 2, &count, &message));
    EXPECT(count == 2 && colours[3] == 255 && known[1].is_uuid && known[1].uuid[15] == 7);
    free(vectors);
}

static void expect_nearest(const likeness_store *store, const char *kind, const likeness_search_options *options) {
    float *queries = vectors_of(40, 3);
    likeness_vectors asked = rows(queries, 3, DIMENSION);
    likeness_point_id ids[3 * K];
    float distances[3 * K];
    size_t found[3] = {0};
    OK(likeness_store_search(
        store, "things", "shape", kind, NULL, &asked, K, options, ids, distances, found, &message));
    for (size_t row = 0; row < 3; row++) {
        uint64_t numbers[K] = {0};
        EXPECT(found[row] == K && ids[row * K].number == 40 + row && distances[row * K] == 0);
        for (size_t rank = 0; rank < found[row]; rank++) numbers[rank] = ids[row * K + rank].number;
        EXPECT(answer_holds(queries + row * DIMENSION, numbers, distances + row * K, found[row]));
    }
    free(queries);
}

static void index_and_search(likeness_store *store) {
    likeness_search_options exact = LIKENESS_SEARCH_OPTIONS;
    exact.exact = true;
    likeness_search_options recall = LIKENESS_SEARCH_OPTIONS;
    recall.recall = 0.9;
    expect_nearest(store, NULL, NULL);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.parameters = "{\"m\": 8, \"efConstruction\": 50, \"seed\": 3}";
    OK(likeness_store_build_index(store, "things", "shape", &build, &message));
    expect_nearest(store, "hnsw", NULL);
    expect_nearest(store, "hnsw", &recall);
    expect_nearest(store, NULL, &recall);
    expect_nearest(store, NULL, &exact);
    char *json = NULL;
    OK(likeness_store_describe(store, &json, &message));
    EXPECT(strstr(json, "\"operating_points\":{\"source\":\"heldOut\"") != NULL);
    likeness_string_free(json);
    float *unseen = vectors_of(9000, 20);
    likeness_vectors queries = rows(unseen, 20, DIMENSION);
    OK(likeness_store_tune_index(store, "things", "shape", NULL, NULL, &queries, 1, &message));
    FAILS(
        LIKENESS_UNSUPPORTED, "exact",
        likeness_store_tune_index(store, "things", "shape", "flat", NULL, &queries, 1, &message));
    FAILS(
        LIKENESS_NOT_FOUND, "cosine",
        likeness_store_tune_index(store, "things", "shape", NULL, "cosine", &queries, 1, &message));
    free(unseen);
    expect_nearest(store, "hnsw", &recall);
    OK(likeness_store_describe(store, &json, &message));
    EXPECT(strstr(json, "\"operating_points\":{\"source\":\"queries\",\"query_count\":20,") != NULL);
    EXPECT(strstr(json, "\"name\":\"things\",\"points\":301") != NULL);
    EXPECT(strstr(json, "{\"name\":\"shape\",\"dimension\":17,\"element\":\"f32\",\"metric\":\"l2\"") != NULL);
    EXPECT(strstr(json, "{\"field\":\"shape\",\"kind\":\"hnsw\",\"metric\":\"l2\",\"vectors\":300,") != NULL);
    likeness_string_free(json);
    float query[DIMENSION] = {0};
    likeness_vectors asked = rows(query, 1, DIMENSION);
    likeness_point_id id;
    float distance;
    size_t found = 0;
    FAILS(
        LIKENESS_NOT_FOUND, "flat",
        likeness_store_search(
            store, "things", "shape", "flat", NULL, &asked, 1, NULL, &id, &distance, &found, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "exclude",
        likeness_store_search(
            store, "things", "shape", "hnsw", NULL, &asked, 1, &exact, &id, &distance, &found, &message));
    OK(likeness_store_delete_index(store, "things", "shape", "hnsw", NULL, &message));
    FAILS(
        LIKENESS_NOT_FOUND, "no such index",
        likeness_store_delete_index(store, "things", "shape", "hnsw", NULL, &message));
}

/// The store that kinds are tried in.
static likeness_store *filled;

/// An index of each kind is built, searched, kept up with a change, and deleted.
static void keep_index(const char *kind) {
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.kind = kind;
    OK(likeness_store_build_index(filled, "things", "shape", &build, &message));
    likeness_search_options recall = LIKENESS_SEARCH_OPTIONS;
    recall.recall = 0.9;
    expect_nearest(filled, kind, NULL);
    expect_nearest(filled, kind, &recall);
    // Point 41 is gone, and comes back.
    likeness_point_id id = number_id(41);
    float *values = vectors_of(41, 1);
    likeness_vectors one = rows(values, 1, DIMENSION);
    likeness_point_id nearest;
    float distance = 0;
    size_t found = 0;
    OK(likeness_store_delete_points(filled, "things", &id, 1, &message));
    OK(likeness_store_search(
        filled, "things", "shape", kind, NULL, &one, 1, NULL, &nearest, &distance, &found, &message));
    EXPECT(found == 1 && distance > 0);
    OK(likeness_store_upsert(filled, "things", "shape", NULL, &one, &id, NULL, &message));
    free(values);
    expect_nearest(filled, kind, NULL);
    OK(likeness_store_delete_index(filled, "things", "shape", kind, NULL, &message));
}

static void filter_and_group(likeness_store *store) {
    float *values = vectors_of(0, COUNT);
    likeness_point_id ids[COUNT];
    const char *payloads[COUNT];
    static const char *const labels[] = {"{\"label\":\"cat\"}", "{\"label\":\"dog\"}", "{\"n\":1}"};
    for (uint64_t row = 0; row < COUNT; row++) {
        ids[row] = number_id(row);
        payloads[row] = labels[row % 3];
    }
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    OK(likeness_store_upsert(store, "pets", "v", "l2", &vectors, ids, payloads, &message));
    OK(likeness_store_create_payload_index(store, "pets", "label", "keyword", &message));
    FAILS(
        LIKENESS_INVALID_DATA, "keyword",
        likeness_store_create_payload_index(store, "pets", "label", "float", &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "integer",
        likeness_store_create_payload_index(store, "pets", "label", "text", &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "a[].b",
        likeness_store_create_payload_index(store, "pets", "a[", "float", &message));
    const char *cats = "{\"must\":{\"key\":\"label\",\"match\":{\"value\":\"cat\"}}}";
    size_t count = 0;
    OK(likeness_store_count_points(store, "pets", cats, &count, &message));
    EXPECT(count == COUNT / 3);
    OK(likeness_store_count_points(store, "pets", NULL, &count, &message));
    EXPECT(count == COUNT);
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "must",
        likeness_store_count_points(store, "pets", "{\"must\":3}", &count, &message));

    likeness_vectors asked = rows(values, 2, DIMENSION);
    static likeness_point_id found_ids[2 * COUNT];
    static float distances[2 * COUNT];
    size_t found[2] = {0};
    likeness_search_options options = LIKENESS_SEARCH_OPTIONS;
    options.filter = cats;
    OK(likeness_store_search(
        store, "pets", NULL, NULL, NULL, &asked, COUNT, &options, found_ids, distances, found, &message));
    EXPECT(found[0] == COUNT / 3 && found[1] == COUNT / 3 && found_ids[0].number == 0);
    for (size_t row = 0; row < 2; row++)
        for (size_t rank = 0; rank < found[row]; rank++) EXPECT(found_ids[row * COUNT + rank].number % 3 == 0);
    // A bound is inclusive, and an offset skips the nearest.
    float within = distances[9];
    options.within = &within;
    OK(likeness_store_search(
        store, "pets", NULL, NULL, NULL, &asked, COUNT, &options, found_ids, distances, found, &message));
    EXPECT(found[0] == 10);
    uint64_t second = found_ids[1].number;
    options.offset = 1;
    OK(likeness_store_search(
        store, "pets", NULL, NULL, NULL, &asked, COUNT, &options, found_ids, distances, found, &message));
    EXPECT(found[0] == 9 && found_ids[0].number == second);
    uint64_t one = 1;
    options.allowed = &one;
    options.allowed_count = 1;
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "has_id",
        likeness_store_search(
            store, "pets", NULL, NULL, NULL, &asked, COUNT, &options, found_ids, distances, found, &message));

    char *json = NULL;
    likeness_vectors query = rows(values, 1, DIMENSION);
    OK(likeness_store_search_groups(
        store, "pets", NULL, NULL, NULL, &query, "label", 5, 2, NULL, &json, &message));
    EXPECT(strstr(json, "[{\"value\":\"cat\",\"matches\":[{\"id\":0,\"distance\":0.0},{\"id\":") == json);
    EXPECT(strstr(json, "{\"value\":\"dog\",\"matches\":[{\"id\":") != NULL);
    likeness_string_free(json);
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "one query",
        likeness_store_search_groups(
            store, "pets", NULL, NULL, NULL, &asked, "label", 5, 2, NULL, &json, &message));
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "group",
        likeness_store_search_groups(
            store, "pets", NULL, NULL, NULL, &query, "label", 5, 0, NULL, &json, &message));
    OK(likeness_store_describe(store, &json, &message));
    EXPECT(strstr(json, "{\"key\":\"label\",\"type\":\"keyword\",\"entries\":200,\"complete\":true}") != NULL);
    likeness_string_free(json);
    OK(likeness_store_delete_payload_index(store, "pets", "label", &message));
    FAILS(
        LIKENESS_NOT_FOUND, "label", likeness_store_delete_payload_index(store, "pets", "label", &message));
    free(values);
}

/// Turns a bit in the middle of every index file of a store.
static void damage_indexes(const char *path) {
    char pattern[4096 + 16];
    snprintf(pattern, sizeof pattern, "%s/indexes/*", path);
    glob_t files;
    EXPECT(glob(pattern, 0, NULL, &files) == 0 && files.gl_pathc > 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *file = fopen(files.gl_pathv[i], "r+b");
        if (file == NULL) abort();
        fseek(file, 0, SEEK_END);
        long middle = ftell(file) / 2;
        fseek(file, middle, SEEK_SET);
        int byte = fgetc(file);
        fseek(file, middle, SEEK_SET);
        fputc(byte ^ 1, file);
        fclose(file);
    }
    globfree(&files);
}

/// Searches, and groups where there is a place for JSON, and expects a warning that has a word in it, or none.
static void expect_warning(const likeness_store *store, char **json, const char *word) {
    float *values = vectors_of(0, 1);
    likeness_vectors asked = rows(values, 1, DIMENSION);
    likeness_point_id ids[K];
    float distances[K];
    size_t found = 0;
    char *warnings = (char *)ids;
    likeness_search_options options = LIKENESS_SEARCH_OPTIONS;
    options.warnings = &warnings;
    if (json == NULL) {
        OK(likeness_store_search(
            store, "pets", NULL, NULL, NULL, &asked, K, &options, ids, distances, &found, &message));
        EXPECT(found == K && ids[0].number == 0);
    } else {
        OK(likeness_store_search_groups(
            store, "pets", NULL, NULL, NULL, &asked, "label", K, 2, &options, json, &message));
        likeness_string_free(*json);
    }
    if (word == NULL) EXPECT(warnings == NULL);
    else EXPECT(warnings != NULL && strstr(warnings, word) != NULL);
    likeness_string_free(warnings);
    free(values);
}

static void warn_of_damage(const char *path) {
    char *json = NULL;
    for (int groups = 0; groups < 2; groups++) {
        char **place = groups ? &json : NULL;
        likeness_store *store = NULL;
        OK(likeness_store_open(path, true, &store, &message));
        OK(likeness_store_build_index(store, "pets", NULL, NULL, &message));
        expect_warning(store, place, NULL);
        likeness_store_free(store);
        damage_indexes(path);
        OK(likeness_store_open(path, true, &store, &message));
        // Until it is built again.
        for (int times = 0; times < 2; times++) expect_warning(store, place, "the answer is exact");
        likeness_store_free(store);
    }
}

void test_stores(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s", in_folder("store"));
    likeness_store *store = NULL, *reader = NULL;
    FAILS(LIKENESS_NOT_FOUND, "store", likeness_store_open(path, false, &store, &message));
    OK(likeness_store_open(path, true, &store, &message));
    FAILS(LIKENESS_BUSY, "open", likeness_store_open(path, true, &reader, &message));
    fill(store);
    read_back(store);
    index_and_search(store);
    filled = store;
    for_each_kind(keep_index);
    filter_and_group(store);

    likeness_point_id doomed[] = {number_id(40), number_id(999)};
    FAILS(LIKENESS_NOT_FOUND, "999", likeness_store_delete_points(store, "things", doomed, 2, &message));
    OK(likeness_store_delete_points(store, "things", doomed, 1, &message));
    size_t count = 0, dimension = 0;
    OK(likeness_store_count_vectors(store, "things", "shape", &count, &dimension, &message));
    EXPECT(count == COUNT - 1);
    likeness_store_close(store);
    FAILS(LIKENESS_CLOSED, "closed", likeness_store_delete_collection(store, "things", &message));
    likeness_store_close(store);
    likeness_store_free(store);

    OK(likeness_store_open(path, false, &reader, &message));
    OK(likeness_store_count_vectors(reader, "things", "shape", &count, &dimension, &message));
    EXPECT(count == COUNT - 1);
    FAILS(LIKENESS_INVALID_ARGUMENT, "reading", likeness_store_delete_collection(reader, "things", &message));
    likeness_store_free(reader);
    warn_of_damage(path);
    OK(likeness_store_open(path, true, &store, &message));
    OK(likeness_store_delete_collection(store, "things", &message));
    FAILS(LIKENESS_NOT_FOUND, "things", likeness_store_delete_collection(store, "things", &message));
    likeness_store_free(store);
}
