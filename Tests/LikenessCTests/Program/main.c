// The C program that uses all of likeness.h. Arguments: a folder that it may write to, and optionally a seed and a number
// of rounds of random input.

#include <stdatomic.h>

#include "support.h"

_Atomic int failures = 0;
static const char *folder;

void expect(bool holds, const char *what, const char *file, int line) {
    if (holds) return;
    atomic_fetch_add(&failures, 1);
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
}

void ended(
    likeness_status status, likeness_status wanted, const char *word, char **message, const char *call,
    const char *file, int line
) {
    const char *text = *message;
    bool has_sentence = text != NULL && strlen(text) > 10;
    bool holds = status == wanted && has_sentence == (wanted != LIKENESS_OK);
    if (holds && wanted == LIKENESS_OK) holds = text == NULL;
    if (holds && word != NULL) holds = strstr(text, word) != NULL;
    // Nothing of how values of the implementation print themselves.
    const char *inside[] = {"Failure(", "Error(", "Optional(", "likeness_status(", "Unmanaged", "0x"};
    for (size_t i = 0; text != NULL && i < sizeof inside / sizeof inside[0]; i++) {
        if (strstr(text, inside[i]) != NULL) holds = false;
    }
    if (!holds) {
        atomic_fetch_add(&failures, 1);
        fprintf(
            stderr, "%s:%d: %s\n  ended with %s, not %s: %s\n", file, line, call, likeness_status_name(status),
            likeness_status_name(wanted), text ? text : "(no message)");
    }
    likeness_string_free(*message);
    *message = NULL;
}

uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void vector_of(uint64_t id, float *vector) {
    uint64_t state = id * 0x2545F4914F6CDD1Du + 1;
    for (int i = 0; i < DIMENSION; i++) vector[i] = (float)(next_random(&state) >> 40) * 0x1p-24f - 0.5f;
}

float *vectors_of(uint64_t first, size_t count) {
    float *values = malloc((count ? count : 1) * DIMENSION * sizeof(float));
    if (values == NULL) abort();
    for (size_t row = 0; row < count; row++) vector_of(first + row, values + row * DIMENSION);
    return values;
}

likeness_vectors rows(const float *values, size_t count, size_t dimension) {
    likeness_vectors vectors = {values, count, dimension, 0, LIKENESS_F32};
    return vectors;
}

double distance_between(const float *left, const float *right) {
    double sum = 0;
    for (int i = 0; i < DIMENSION; i++) {
        double difference = (double)left[i] - (double)right[i];
        sum += difference * difference;
    }
    return sqrt(sum);
}

bool answer_holds(const float *query, const uint64_t *ids, const float *distances, size_t found) {
    float vector[DIMENSION];
    for (size_t rank = 0; rank < found; rank++) {
        vector_of(ids[rank], vector);
        if (fabs(distance_between(query, vector) - (double)distances[rank]) > 1e-5) return false;
        if (rank > 0 && distances[rank - 1] > distances[rank]) return false;
    }
    return true;
}

/// What is said of kinds, in which each begins with its name and whether it is exact follows.
static char *kinds(void) {
    char *json = NULL, *message = NULL;
    OK(likeness_get_kinds(&json, &message));
    if (json == NULL) abort();
    return json;
}

static const char name_begins[] = "{\"kind\":\"";

void for_each_kind(void (*test)(const char *kind)) {
    char *json = kinds();
    int count = 0;
    for (const char *place = json; (place = strstr(place, name_begins)) != NULL; count++) {
        place += sizeof name_begins - 1;
        char kind[16];
        snprintf(kind, sizeof kind, "%.*s", (int)strcspn(place, "\""), place);
        test(kind);
    }
    EXPECT(count >= 3);
    likeness_string_free(json);
}

bool is_exact(const char *kind) {
    char *json = kinds(), begin[32];
    snprintf(begin, sizeof begin, "%s%s\"", name_begins, kind);
    const char *place = strstr(json, begin);
    const char *exact = place == NULL ? NULL : strstr(place, "\"exact\":");
    if (exact == NULL) abort();
    bool is = strncmp(exact, "\"exact\":true", 12) == 0;
    likeness_string_free(json);
    return is;
}

const char *in_folder(const char *name) {
    static _Thread_local char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: program FOLDER [SEED ROUNDS]\n");
        return 64;
    }
    folder = arguments[1];
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    int rounds = count > 3 ? atoi(arguments[3]) : 2000;
    test_indexes();
    test_files();
    test_stores();
    test_wrong_input();
    test_threads();
    test_random_input(seed, rounds);
    printf("likeness %s, %d failures\n", likeness_version(), failures);
    return failures ? 1 : 0;
}
