// Saving and opening indexes.

#include <sys/stat.h>

#include "support.h"

enum { COUNT = 200, K = 10 };

static char *message;

static void expect_equal(likeness_index *left, likeness_index *right) {
    for (uint64_t id = 5000; id < 5005; id++) {
        float query[DIMENSION];
        vector_of(id, query);
        uint64_t ids[2][K];
        float distances[2][K];
        size_t found[2] = {0, 1};
        OK(likeness_index_search(left, query, DIMENSION, K, NULL, ids[0], distances[0], &found[0], &message));
        OK(likeness_index_search(right, query, DIMENSION, K, NULL, ids[1], distances[1], &found[1], &message));
        EXPECT(found[0] == K && found[1] == K);
        EXPECT(memcmp(ids[0], ids[1], sizeof ids[0]) == 0);
        EXPECT(memcmp(distances[0], distances[1], sizeof distances[0]) == 0);
    }
}

static void write_bytes(const char *path, const void *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    EXPECT(file != NULL && fwrite(bytes, 1, count, file) == count);
    if (file != NULL) EXPECT(fclose(file) == 0);
}

/// An index of each kind is opened as it was saved.
static void test_saving(const char *kind) {
    float *values = vectors_of(0, COUNT);
    uint64_t given[COUNT];
    for (size_t row = 0; row < COUNT; row++) given[row] = row * 3 + ((uint64_t)1 << 40);
    likeness_vectors vectors = rows(values, COUNT, DIMENSION);
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    build.kind = kind;
    build.metric = "innerProduct";
    likeness_index *index = NULL, *opened = NULL;
    OK(likeness_index_build(&vectors, given, &build, &index, &message));
    OK(likeness_index_save(index, in_folder("saved.index"), &message));
    // What is there already is replaced.
    OK(likeness_index_save(index, in_folder("saved.index"), &message));
    OK(likeness_index_open(in_folder("saved.index"), false, &opened, &message));
    expect_equal(index, opened);
    uint64_t known[COUNT];
    size_t count = 0;
    OK(likeness_index_get_ids(opened, known, COUNT, &count, &message));
    EXPECT(count == COUNT && memcmp(known, given, sizeof known) == 0);
    likeness_index_free(index);
    likeness_index_free(opened);

    OK(likeness_index_open(in_folder("saved.index"), true, &opened, &message));
    float read[3 * DIMENSION];
    OK(likeness_index_get_vectors(opened, (uint64_t[]){given[7], given[0], given[7]}, 3, read, &message));
    for (size_t row = 0; row < 3; row++) {
        const float *own = values + (row == 1 ? 0 : 7) * DIMENSION;
        EXPECT(memcmp(read + row * DIMENSION, own, DIMENSION * sizeof *own) == 0);
    }
    OK(likeness_index_get_vectors(opened, NULL, 0, NULL, &message));
    FAILS(
        LIKENESS_NOT_FOUND, "5 at position 1",
        likeness_index_get_vectors(opened, (uint64_t[]){given[7], 5}, 2, read, &message));
    likeness_index_free(opened);
    free(values);
}

void test_files(void) {
    for_each_kind(test_saving);

    likeness_index *index = NULL;
    FAILS(LIKENESS_NOT_FOUND, "no file", likeness_index_open(in_folder("nothing"), false, &index, &message));
    FAILS(LIKENESS_NOT_FOUND, "no file", likeness_index_open("", false, &index, &message));
    FAILS(LIKENESS_INVALID_DATA, "no regular file", likeness_index_open(in_folder(""), false, &index, &message));
    char foreign[9000] = "LIKENESS";
    write_bytes(in_folder("foreign"), foreign, sizeof foreign);
    FAILS(LIKENESS_INVALID_DATA, "version", likeness_index_open(in_folder("foreign"), false, &index, &message));
    foreign[0] = 'x';
    write_bytes(in_folder("foreign"), foreign, sizeof foreign);
    FAILS(LIKENESS_INVALID_DATA, "not an index", likeness_index_open(in_folder("foreign"), false, &index, &message));
    write_bytes(in_folder("foreign"), foreign, 3);
    FAILS(LIKENESS_INVALID_DATA, "too few", likeness_index_open(in_folder("foreign"), false, &index, &message));
    EXPECT(index == NULL);

    likeness_index *opened = NULL;
    OK(likeness_index_open(in_folder("saved.index"), false, &opened, &message));
    FAILS(
        LIKENESS_INPUT_OUTPUT, "Cannot", likeness_index_save(opened, in_folder("no/such/folder"), &message));
    EXPECT(mkdir(in_folder("taken"), 0700) == 0);
    FAILS(
        LIKENESS_INVALID_ARGUMENT, "is a folder", likeness_index_save(opened, in_folder("taken"), &message));
    likeness_index_free(opened);
}
