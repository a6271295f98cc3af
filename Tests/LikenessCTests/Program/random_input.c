// Random arguments, as many as are asked for: whatever they are, every call ends with a status.

#include "support.h"

enum { NUMBERS = 4096, RESULTS = 8192 };

static uint64_t state;
/// Numbers of every kind, and more behind them for rows that begin at odd places.
static union {
    double doubles[NUMBERS];
    float floats[2 * NUMBERS];
    uint8_t bytes[8 * NUMBERS];
} memory;
static uint64_t ids[RESULTS];
static float distances[RESULTS];
static likeness_point_id points[RESULTS];
static size_t found[RESULTS];
static char *message;

static uint64_t below(uint64_t bound) { return next_random(&state) % bound; }

#define ONE_OF(list) (list)[below(sizeof(list) / sizeof((list)[0]))]

static size_t any_size(void) {
    static const size_t sizes[] = {0, 1, 2, 3, 8, 16, 40, 48, 80, 96, 1000, SIZE_MAX / 4, SIZE_MAX / 2, SIZE_MAX};
    return ONE_OF(sizes);
}

static const char *any_text(void) {
    static const char *const texts[] = {
        NULL, "", "flat", "hnsw", "matrix", "l2", "cosine", "innerProduct", "l1", "minkowski:3", "minkowski:nan", "c",
        "f", "\xC0\x80", "..", "{}", "{\"m\":4}", "{\"m\":1e9}", "{\"seed\":18446744073709551615}", "[", "null",
    };
    return ONE_OF(texts);
}

static void fill_memory(void) {
    bool is_wild = below(4) == 0;
    for (size_t i = 0; i < sizeof memory.bytes; i++) memory.bytes[i] = (uint8_t)next_random(&state);
    if (is_wild) return;
    for (size_t i = 0; i < 2 * NUMBERS; i++) memory.floats[i] = (float)below(2000) * 0.01f - 10;
}

/// A description that is either wrong by itself or stays inside `memory`.
static likeness_vectors any_vectors(void) {
    static const size_t element_sizes[] = {4, 2, 1, 1, 8};
    static const size_t dimensions[] = {3, 3, 3, 3, 3, 3, 1, 16, 17, 64, 0, SIZE_MAX, (size_t)1 << 40};
    static const size_t counts[] = {0, 1, 2, 7, 30, 30, 30, 30};
    likeness_vectors vectors = {memory.bytes, ONE_OF(counts), ONE_OF(dimensions), 0, (likeness_element)below(5)};
    size_t row = vectors.dimension * element_sizes[vectors.element];
    if (below(4) == 0) vectors.row_stride = row + below(20);
    if (below(8) == 0) vectors.values = memory.bytes + below(8);
    switch (below(20)) {
    case 0: vectors.element = (likeness_element)next_random(&state) | 8; break;
    case 1: vectors.values = NULL; break;
    case 2: vectors.count = SIZE_MAX - below(9); break;
    case 3: vectors.row_stride = SIZE_MAX - below(9); break;
    case 4: if (vectors.dimension == 3) vectors.row_stride = 1; break;
    default: break;
    }
    return vectors;
}

static likeness_build_options any_build(void) {
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    if (below(10) == 0) build.size = any_size();
    if (below(2)) build.kind = any_text();
    if (below(2)) build.metric = any_text();
    build.threads = below(20) == 0 ? SIZE_MAX : below(3);
    if (below(4) == 0) build.parameters = any_text();
    return build;
}

static likeness_search_options any_search(void) {
    static const double recalls[] = {0, 0.5, 1, -1, 2, NAN, INFINITY, 1e-300};
    likeness_search_options options = LIKENESS_SEARCH_OPTIONS;
    if (below(10) == 0) options.size = any_size();
    options.threads = below(20) == 0 ? SIZE_MAX : below(4);
    if (below(4) == 0) options.setting = any_size();
    if (below(4) == 0) options.recall = ONE_OF(recalls);
    options.exact = below(5) == 0;
    return options;
}

/// Whether a batch's results fit, or are so many that they must be refused.
static bool fits(likeness_vectors queries, size_t k) {
    return k == 0 || queries.count == 0 || k > SIZE_MAX / 64 || queries.count > SIZE_MAX / 64
        || (queries.count <= 64 && k <= RESULTS / 64);
}

static void check(likeness_status status) {
    EXPECT(status >= LIKENESS_OK && status <= LIKENESS_CLOSED);
    EXPECT((status == LIKENESS_OK) == (message == NULL));
    likeness_string_free(message);
    message = NULL;
}

static void use_index(likeness_index *index) {
    likeness_vectors vectors = any_vectors();
    likeness_search_options options = any_search();
    size_t k = any_size();
    for (size_t i = 0; i < 64; i++) ids[i] = below(60);
    switch (below(9)) {
    case 0: check(likeness_index_add(index, &vectors, below(2) && vectors.count < 64 ? ids : NULL, &message)); break;
    case 1: check(likeness_index_remove(index, ids, below(4), &message)); break;
    case 2: {
        size_t capacity = below(2) ? RESULTS : below(40);
        check(likeness_index_get_ids(index, ids, capacity, below(4) ? found : NULL, &message));
        break;
    }
    case 3: {
        likeness_index_stats stats = LIKENESS_INDEX_STATS;
        if (below(4) == 0) stats.size = below(sizeof stats + 20);
        check(likeness_index_get_stats(index, &stats, &message));
        break;
    }
    case 4:
        check(likeness_index_search(
            index, memory.floats, vectors.dimension, k, below(2) ? &options : NULL, ids, distances, found,
            &message));
        break;
    case 5:
        if (fits(vectors, k)) {
            check(likeness_index_search_batch(
                index, &vectors, k, below(2) ? &options : NULL, ids, distances, found, &message));
        }
        break;
    case 6: {
        char *fault = NULL;
        check(likeness_index_settle(index, below(20) == 0 ? SIZE_MAX : below(4), &message));
        check(likeness_index_get_fault(index, below(4) ? &fault : NULL, &message));
        likeness_string_free(fault);
        break;
    }
    case 7: {
        char *json = NULL;
        if (below(4) == 0) check(likeness_index_tune(index, &vectors, below(4), &message));
        check(likeness_index_get_operating_points(index, below(4) ? &json : NULL, &message));
        likeness_string_free(json);
        break;
    }
    default: if (below(10) == 0) likeness_index_close(index);
    }
}

static void use_store(likeness_store *store) {
    likeness_vectors vectors = any_vectors();
    likeness_search_options options = any_search();
    likeness_build_options build = any_build();
    const char *collection = below(4) ? "c" : any_text();
    const char *field = below(4) ? "f" : any_text();
    const char *payloads[64];
    for (size_t i = 0; i < 64; i++) {
        payloads[i] = below(30) ? NULL : any_text();
        memset(&points[i], 0, sizeof points[i]);
        points[i].number = below(50);
        points[i].is_uuid = below(5) == 0;
    }
    size_t k = any_size(), count = 0;
    char *json = NULL;
    switch (below(9)) {
    case 0:
        check(likeness_store_upsert(
            store, collection, field, below(2) ? NULL : any_text(), &vectors, points,
            below(2) && vectors.count < 64 ? payloads : NULL, &message));
        break;
    case 1: check(likeness_store_delete_points(store, collection, points, below(3), &message)); break;
    case 2: if (below(20) == 0) check(likeness_store_delete_collection(store, collection, &message)); break;
    case 3: check(likeness_store_get_points(store, collection, points, below(64), &json, &message)); break;
    case 4: check(likeness_store_count_vectors(store, collection, field, found, found + 1, &message)); break;
    case 5: check(likeness_store_get_vectors(store, collection, field, points, distances, 64, &count, &message)); break;
    case 6: if (below(4) == 0) check(likeness_store_build_index(store, collection, field, &build, &message)); break;
    case 7:
        if (fits(vectors, k)) {
            check(likeness_store_search(
                store, collection, field, below(2) ? NULL : any_text(), below(2) ? NULL : any_text(), &vectors, k,
                &options, points, distances, found, &message));
        }
        break;
    default: check(likeness_store_describe(store, &json, &message));
    }
    likeness_string_free(json);
}

void test_random_input(uint64_t seed, int rounds) {
    printf("random input, seed %llu, %d rounds\n", (unsigned long long)seed, rounds);
    state = seed;
    likeness_store *store = NULL;
    check(likeness_store_open(in_folder("random.store"), true, &store, &message));
    for (int round = 0; round < rounds; round++) {
        fill_memory();
        likeness_vectors vectors = any_vectors();
        likeness_build_options build = any_build();
        for (size_t i = 0; i < 64; i++) ids[i] = below(8) ? i : below(64);
        likeness_index *index = NULL;
        check(likeness_index_build(
            &vectors, below(2) && vectors.count < 64 ? ids : NULL, below(4) ? &build : NULL, &index, &message));
        for (int i = 0; i < 8; i++) {
            if (index != NULL) use_index(index);
        }
        likeness_index_free(index);
        if (round % 8 == 0) use_store(store);
    }
    likeness_store_free(store);
}
