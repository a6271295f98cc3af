// What the parts of the C program share: expectations, and vectors that tell which id they have.

#ifndef SUPPORT_H
#define SUPPORT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "likeness.h"

/// How many expectations have not been met, in all threads.
extern _Atomic int failures;

#define EXPECT(condition) expect((condition), #condition, __FILE__, __LINE__)

/// Expects success of a call that gets `&message`, and that it puts NULL there.
#define OK(call) ended((call), LIKENESS_OK, NULL, &message, #call, __FILE__, __LINE__)

/// Expects a failure of a call that gets `&message`, with one sentence there that has a word in it.
#define FAILS(status, word, call) ended((call), (status), (word), &message, #call, __FILE__, __LINE__)

void expect(bool holds, const char *what, const char *file, int line);
void ended(
    likeness_status status, likeness_status wanted, const char *word, char **message, const char *call,
    const char *file, int line);

enum { DIMENSION = 17 };

/// Writes the vector that an id has in all tests.
void vector_of(uint64_t id, float *vector);

/// `count` vectors of ids from `first` on; to be freed.
float *vectors_of(uint64_t first, size_t count);

/// Rows of floats without gaps.
likeness_vectors rows(const float *values, size_t count, size_t dimension);

/// The Euclidean distance, computed in double precision.
double distance_between(const float *left, const float *right);

/// Whether an answer is sorted and each distance is that of its id's vector from the query.
bool answer_holds(const float *query, const uint64_t *ids, const float *distances, size_t found);

/// The path of a name in the folder that the program was given; good until it is called again.
const char *in_folder(const char *name);

/// Calls a test with the name of each kind of index that the library has.
void for_each_kind(void (*test)(const char *kind));

/// Whether all answers of a kind are exact.
bool is_exact(const char *kind);

/// The next number of a generator (SplitMix64).
uint64_t next_random(uint64_t *state);

void test_indexes(void);
void test_files(void);
void test_stores(void);
void test_wrong_input(void);
void test_threads(void);
void test_random_input(uint64_t seed, int rounds);

#endif
