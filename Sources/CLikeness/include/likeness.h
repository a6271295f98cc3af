// Likeness for C, and for every language that calls C.
//
// Indexes find the nearest of many vectors; stores keep vectors and payloads on disk, with indexes over them.
//
// - Every function that can fail returns a likeness_status and takes `char **message` last: where it is not NULL, a
//   failure puts one sentence there that says what is wrong and what to do, and success puts NULL. Free it with
//   likeness_string_free.
// - Output parameters are written on success only, `*message` aside.
// - There is no global state. Any function may be called from many threads at once, on one handle too: searches run
//   beside each other and beside additions, and see an index either before or after a change.
// - A handle that has been closed answers LIKENESS_CLOSED until it is freed. Freeing waits for nobody: free a handle
//   when no thread will use it any more. NULL handles answer LIKENESS_INVALID_ARGUMENT; freeing NULL does nothing.
// - In a process that was forked from one with handles they go on: an index as it was, changes included; a store to be
//   read, and written to once no other process does (until then LIKENESS_BUSY). fork() waits for
//   changes that other threads are making; do not call it from a callback.
// - Strings are UTF-8, ended by a zero. Memory that is handed in is read during the call and not kept.
// - Structs that begin with `size` are made by the macro of their name; the size tells a later library which fields
//   the caller knows.

#ifndef LIKENESS_H
#define LIKENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a call ended.
typedef int32_t likeness_status;
enum {
    LIKENESS_OK = 0,
    /// An argument that is out of range, or that does not go with another; NULL where something is needed.
    LIKENESS_INVALID_ARGUMENT = 1,
    /// A file, store, collection, point, vector field or index that does not exist.
    LIKENESS_NOT_FOUND = 2,
    /// Data that cannot be used: vectors of another dimension, NaN, a damaged or foreign file.
    LIKENESS_INVALID_DATA = 3,
    /// The index's kind cannot do this (yet).
    LIKENESS_UNSUPPORTED = 4,
    /// Something that must be installed or freed first.
    LIKENESS_UNAVAILABLE = 5,
    /// The system refused to read, write or allocate.
    LIKENESS_INPUT_OUTPUT = 6,
    /// Another process or thread is in the way; the same call may succeed later.
    LIKENESS_BUSY = 7,
    /// The handle has been closed.
    LIKENESS_CLOSED = 8,
};

/// The name of a status, such as "LIKENESS_NOT_FOUND"; never NULL, and not to be freed.
const char *likeness_status_name(likeness_status status);

/// The library's version, such as "0.4.0"; not to be freed.
const char *likeness_version(void);

/// Frees a string that a function of this library gave.
void likeness_string_free(char *string);

/// What the numbers of vectors are.
typedef int32_t likeness_element;
enum {
    LIKENESS_F32 = 0,
    LIKENESS_F16 = 1,
    LIKENESS_U8 = 2,
    LIKENESS_I8 = 3,
    LIKENESS_F64 = 4,
};

/// Rows of numbers that are lent for one call.
typedef struct likeness_vectors {
    /// The first number of the first row; may be NULL where `count` is 0.
    const void *values;
    /// How many rows.
    size_t count;
    /// How many numbers a row has, at least 1.
    size_t dimension;
    /// Bytes from one row's start to the next's; 0 where rows follow each other without a gap.
    size_t row_stride;
    /// What the numbers are. The numbers of a row follow each other.
    likeness_element element;
} likeness_vectors;

// ---------------------------------------------------------------------------------------------------------- indexes

/// An index over vectors in memory.
typedef struct likeness_index likeness_index;

/// Tells which kinds of index there are: JSON, to be freed with likeness_string_free.
///
/// [{"kind", "summary", "exact", "setting": null or {"name", "help"}, "parameters": [{"name", "type", "default", "help"}]}]:
/// `type` is "number" (with "least" and "most"), "bytes", "choice" (with "choices") or "flag"; a `default` of null depends on
/// the vectors. The first kind is built where nobody says which.
likeness_status likeness_get_kinds(char **json, char **message);

/// How an index is built.
typedef struct likeness_build_options {
    size_t size;
    /// "hnsw", "flat" or "matrix"; NULL is "hnsw".
    const char *kind;
    /// "l2", "l2Squared", "cosine", "innerProduct", "l1" or "minkowski:P"; NULL is "l2".
    const char *metric;
    /// How many threads build; 0 is all cores.
    size_t threads;
    /// The kind's own parameters as a JSON object, or NULL for the usual ones. Of "hnsw": "m" (16), "efConstruction"
    /// (100), "efSearch" (64), "seed" (1), "codes" ("f32", "f16", "rq8" or "sq8"; without it, what does better is
    /// measured), "measureRecall" (true: a sample of the vectors is asked for before it is in the graph, so that searches
    /// can ask for a recall; it takes at most half as long as the rest of the build or a second), and for an index of a
    /// store "vectors" ("index", or "store" to read the vectors that codes find from the store instead of keeping them). Of
    /// "matrix": "byteLimit" (4 GiB). A name that the kind does not have is an error.
    const char *parameters;
} likeness_build_options;

#ifdef __cplusplus
#define LIKENESS_BUILD_OPTIONS (likeness_build_options{sizeof(likeness_build_options), nullptr, nullptr, 0, nullptr})
#else
#define LIKENESS_BUILD_OPTIONS ((likeness_build_options){.size = sizeof(likeness_build_options)})
#endif

/// How hard a search looks.
typedef struct likeness_search_options {
    size_t size;
    /// How many threads answer a batch; 0 is all cores.
    size_t threads;
    /// How hard to look, in the kind's own terms, which likeness_get_kinds names: of "hnsw" the candidates that a search
    /// keeps (*efSearch*). 0 is the index's own choice. Exact kinds ignore it.
    size_t setting;
    /// The recall@k to reach, above 0 and at most 1; 0 sets no aim. The setting is read from the index's operating points
    /// (likeness_index_get_operating_points), which were measured with vectors that were not in the graph, or with queries
    /// that likeness_index_tune got; nothing is measured by a search. Not together with `setting`.
    /// LIKENESS_INVALID_ARGUMENT where no setting reaches it, and the message has the best that was reached; or where
    /// nothing was measured.
    double recall;
    /// Whether the answer is exact, whatever the kind. Not together with the two before.
    bool exact;
    /// For stores: what points must fulfil, as JSON in the language of Qdrant's filters, or NULL. There are always
    /// min(k, matches) results. With an index it is LIKENESS_INVALID_ARGUMENT.
    const char *filter;
    /// For indexes: the ids of the vectors that may be found, `allowed_count` of them, or NULL for all; ids that the index
    /// does not have allow nothing. A graph is walked for them or they are scanned, whichever is predicted to cost less. With a
    /// store it is LIKENESS_INVALID_ARGUMENT; its filters have "has_id".
    const uint64_t *allowed;
    size_t allowed_count;
    /// The largest distance that a result has, itself included, or NULL for any. The answer is exact.
    const float *within;
    /// For stores: how many of the nearest are left out, as those of the pages before. Pages fit together where answers are
    /// exact and nothing is written meanwhile. With an index a number above 0 is LIKENESS_INVALID_ARGUMENT.
    size_t offset;
    /// For stores: where a search puts what went wrong without spoiling the answer, such as a damaged index that was set
    /// aside, so that the answer is exact and slow: a sentence a line, to be freed with likeness_string_free, or NULL where
    /// nothing did. NULL where nobody wants to know. With an index it is LIKENESS_INVALID_ARGUMENT.
    char **warnings;
    /// For indexes: whether each vector may be found, one place a vector in the order of likeness_index_get_ids, or NULL for
    /// all; `mask_count` is how many places there are. Faster than `allowed`, and not together with it. With a store it is
    /// LIKENESS_INVALID_ARGUMENT.
    const bool *mask;
    size_t mask_count;
} likeness_search_options;

#ifdef __cplusplus
#define LIKENESS_SEARCH_OPTIONS \
    (likeness_search_options{ \
        sizeof(likeness_search_options), 1, 0, 0, false, nullptr, nullptr, 0, nullptr, 0, nullptr, nullptr, 0})
#else
#define LIKENESS_SEARCH_OPTIONS ((likeness_search_options){.size = sizeof(likeness_search_options), .threads = 1})
#endif

/// What an index is.
typedef struct likeness_index_stats {
    size_t size;
    /// How many vectors can be found.
    size_t count;
    /// How many numbers a vector has.
    size_t dimension;
    /// Bytes of memory, anonymous and mapped, that the index takes.
    size_t memory_bytes;
    /// "hnsw", "flat" or "matrix".
    char kind[16];
    /// The metric's name.
    char metric[32];
    /// What the graph of "hnsw" compares: "f32", "f16", "rq8" or "sq8"; empty for other kinds.
    char codes[16];
    /// How often "hnsw" was built anew in the background since it was built or opened, because codes no longer suited its
    /// vectors, or their number had changed much. Nothing needs to be done about it; likeness_index_get_rebuilds tells why.
    size_t rebuilds;
    /// Whether the codes still tell near vectors from far ones; true where there are none. Where they do not, as after
    /// vectors of another model came, answers are exact and slow until the index has been built anew in the background;
    /// likeness_index_settle does it at once.
    bool codes_fit;
} likeness_index_stats;

#ifdef __cplusplus
#define LIKENESS_INDEX_STATS (likeness_index_stats{sizeof(likeness_index_stats), 0, 0, 0, {0}, {0}, {0}, 0, false})
#else
#define LIKENESS_INDEX_STATS ((likeness_index_stats){.size = sizeof(likeness_index_stats)})
#endif

/// Builds an index.
///
/// `ids` has one id a vector, each once, or is NULL for 0, 1, 2 ... `options` may be NULL for the usual ones.
/// `*index` is to be closed and freed.
likeness_status likeness_index_build(
    const likeness_vectors *vectors, const uint64_t *ids, const likeness_build_options *options,
    likeness_index **index, char **message);

/// Opens an index that was saved.
///
/// It lies in the pages of the file, which processes share. Header and structure are checked first, and so is everything
/// where the file has at most 32 MiB; else the rest is checked in the background, and calls fail once damage is found. With
/// `load` the index is read into memory of its own, huge pages where there are some, and all of it is checked first.
likeness_status likeness_index_open(const char *path, bool load, likeness_index **index, char **message);

/// Saves an index; the file appears under `path` when it is complete and synced, and replaces what was there. A folder, a
/// device, a link to nothing or a place in a store is refused.
likeness_status likeness_index_save(const likeness_index *index, const char *path, char **message);

/// Adds vectors under new ids; NULL `ids` go on after the largest one. All are added or, on failure, none.
///
/// Searches on other threads go on meanwhile.
likeness_status likeness_index_add(
    likeness_index *index, const likeness_vectors *vectors, const uint64_t *ids, char **message);

/// Puts vectors in the place of those that have the same ids, and adds those whose ids are new: all or, on failure, none.
///
/// A search finds the old vector of an id or the new one, never both or none.
likeness_status likeness_index_upsert(
    likeness_index *index, const likeness_vectors *vectors, const uint64_t *ids, char **message);

/// Removes vectors. All are removed or, where one of the ids is unknown, none.
likeness_status likeness_index_remove(
    likeness_index *index, const uint64_t *ids, size_t count, char **message);

/// Does at once what changes have left for later: puts added vectors into the graph of "hnsw", and takes removed ones out
/// of it, which else a thread does in the background.
///
/// Searches and changes on other threads go on meanwhile. `threads` is how many work; 0 is all cores. Other kinds
/// of this version have nothing to do.
likeness_status likeness_index_settle(likeness_index *index, size_t threads, char **message);

/// Measures with queries like those that will be asked how well searches of "hnsw" find; from then on searches that ask for
/// a recall go by those alone, and so they do in a saved index.
///
/// The queries are not vectors of the index, which are easier to find; of more than 1,000 so many are taken. They are kept,
/// and asked again in the background once a quarter of the vectors has changed. Searches and changes on other threads go on
/// meanwhile. `threads` is how many work; 0 is all cores. LIKENESS_UNSUPPORTED for the other kinds, which are exact.
likeness_status likeness_index_tune(
    likeness_index *index, const likeness_vectors *queries, size_t threads, char **message);

/// Finds the nearest vectors of one query of `dimension` floats.
///
/// Writes the min(k, count) nearest, nearest first, ties in the order of likeness_index_get_ids, and their number
/// to `*found`. `ids` and `distances` have room for k. `options` may be NULL for the usual ones.
likeness_status likeness_index_search(
    const likeness_index *index, const float *query, size_t dimension, size_t k,
    const likeness_search_options *options, uint64_t *ids, float *distances, size_t *found, char **message);

/// Finds the nearest vectors of many queries.
///
/// `ids` and `distances` have room for queries->count rows of k; each row gets min(k, count) results, and `*found` is
/// their number in every row, or in the longest row where `options->within` makes rows differ. What is beyond them is set to
/// UINT64_MAX and to infinity.
likeness_status likeness_index_search_batch(
    const likeness_index *index, const likeness_vectors *queries, size_t k, const likeness_search_options *options,
    uint64_t *ids, float *distances, size_t *found, char **message);

/// Tells what an index is.
likeness_status likeness_index_get_stats(const likeness_index *index, likeness_index_stats *stats, char **message);

/// Tells why the last work in the background failed: gives one sentence, to be freed with likeness_string_free, or NULL
/// where it did not fail.
///
/// Answers are right all the same, but what waits is scanned, so searches become slower. Later changes begin the work again,
/// and likeness_index_settle does it at once.
likeness_status likeness_index_get_fault(const likeness_index *index, char **fault, char **message);

/// Tells which recall searches of "hnsw" reach with which setting, for queries that are not in the index: JSON, to be freed
/// with likeness_string_free, or NULL where nothing was measured and for other kinds, which are exact.
///
/// {"source", "query_count", "seen_query_count", "vector_count", "points": [{"setting", "k", "recall", "error",
/// "query_count"}]}: `source` is "heldOut" (a random sample that was not in the graph yet when it was built), "changes" (a
/// sample of what was there after changes) or "queries" (those of likeness_index_tune), `seen_query_count` how many of these are vectors of the
/// index, which are easier to find than new ones, `vector_count` how many vectors there were then, `error` the standard error.
likeness_status likeness_index_get_operating_points(const likeness_index *index, char **json, char **message);

/// Tells how often the index was built anew in the background since it was built or opened: a JSON object with a number for
/// each reason that there was, to be freed with likeness_string_free.
///
/// "codesDoNotFit": its codes no longer told near vectors from far ones, and answers were exact until then. "codesFitAgain":
/// codes suit its vectors by now. "misfits": many vectors lay where the graph could not hold them. "lengthsDiffer": under
/// the inner product lengths differed that had been alike. "grown", "shrunk": its number of vectors had changed much.
likeness_status likeness_index_get_rebuilds(const likeness_index *index, char **json, char **message);

/// Writes the ids of all vectors, in the order in which they were given but that "hnsw" gives the places of removed ones
/// to others, and to `*count` how many there are. `capacity`
/// is how many `ids` has room for; where that is too little, only `*count` is written, and the call fails.
likeness_status likeness_index_get_ids(
    const likeness_index *index, uint64_t *ids, size_t capacity, size_t *count, char **message);

/// Writes the vectors with some ids, in their order and each as often as it is named: `count` rows of the index's dimension,
/// as they came, but normalised under "cosine" by "hnsw". None are written where an id is unknown.
likeness_status likeness_index_get_vectors(
    const likeness_index *index, const uint64_t *ids, size_t count, float *vectors, char **message);

/// Gives up the index's memory once the calls that are running have ended; the handle answers LIKENESS_CLOSED after.
void likeness_index_close(likeness_index *index);

/// Frees the handle, and closes it before that where it is open.
void likeness_index_free(likeness_index *index);

// ----------------------------------------------------------------------------------------------------------- stores

/// A store: collections of points, each with an id, a payload (a JSON object) and vectors in named fields.
typedef struct likeness_store likeness_store;

/// A point's id: a number or a UUID.
typedef struct likeness_point_id {
    /// The number, or 0.
    uint64_t number;
    /// The UUID's bytes in the order in which they are written, or zeros.
    uint8_t uuid[16];
    /// Whether it is a UUID.
    bool is_uuid;
} likeness_point_id;

/// Opens a store; `writable` makes it where there is none. One process writes at a time, others read beside it.
likeness_status likeness_store_open(const char *path, bool writable, likeness_store **store, char **message);

/// Writes points and waits until they are on disk: all of them or none.
///
/// Makes the collection and the field where they are missing; `metric` is that of a new field, NULL for "l2". `payloads`
/// is NULL or has a JSON object or NULL for every point; NULL leaves a present point's payload. The points' other fields
/// are left. Of points with one id the last counts. A new field keeps numbers as they come where they are LIKENESS_F32,
/// LIKENESS_F16 or LIKENESS_U8, others as LIKENESS_F32; a present field takes only what it keeps.
likeness_status likeness_store_upsert(
    likeness_store *store, const char *collection, const char *field, const char *metric,
    const likeness_vectors *vectors, const likeness_point_id *ids, const char *const *payloads, char **message);

/// Deletes points with all that they have: all of them or, where one is unknown, none.
likeness_status likeness_store_delete_points(
    likeness_store *store, const char *collection, const likeness_point_id *ids, size_t count, char **message);

/// Deletes a collection with its points and indexes.
likeness_status likeness_store_delete_collection(likeness_store *store, const char *collection, char **message);

/// Reads points: a JSON array with {"id", "payload", "vectors": {field: dimension}} for each, null for unknown ids.
likeness_status likeness_store_get_points(
    const likeness_store *store, const char *collection, const likeness_point_id *ids, size_t count, char **json,
    char **message);

/// Counts the points that have a vector in a field; `*dimension` is the field's. `field` may be NULL where the
/// collection has only one.
likeness_status likeness_store_count_vectors(
    const likeness_store *store, const char *collection, const char *field, size_t *count, size_t *dimension,
    char **message);

/// Reads all vectors of a field in the order of ids: at most `capacity` rows of the field's dimension into `vectors`, as
/// many ids into `ids`, and how many there are into `*count`. LIKENESS_INVALID_ARGUMENT where `capacity` is too small.
likeness_status likeness_store_get_vectors(
    const likeness_store *store, const char *collection, const char *field, likeness_point_id *ids, float *vectors,
    size_t capacity, size_t *count, char **message);

/// Describes all collections: a JSON array with {"name", "points", "fields": [{"name", "dimension", "element", "metric",
/// "extractor", "vectors"}], "indexes": [{"field", "kind", "metric", "vectors", "bytes", "parameters", "build_seconds",
/// "measuring_seconds", "operating_points"}], "payload_indexes": [{"key", "type", "entries", "complete"}]}. Operating points
/// are as for likeness_index_get_operating_points, or null.
likeness_status likeness_store_describe(const likeness_store *store, char **json, char **message);

/// Builds an index over a field and publishes it in the store. `field` may be NULL where the collection has only one;
/// a NULL metric is the field's own.
likeness_status likeness_store_build_index(
    likeness_store *store, const char *collection, const char *field, const likeness_build_options *options,
    char **message);

/// Measures with queries like those that will be asked how well searches by a published "hnsw" index find, and keeps that in
/// its file; from then on searches that ask for a recall, of any process, go by those alone.
///
/// `field`, `kind` and `metric` may be NULL: the only field, "hnsw", the field's own metric. The rest is as for
/// likeness_index_tune. LIKENESS_BUSY where another index was published meanwhile.
likeness_status likeness_store_tune_index(
    likeness_store *store, const char *collection, const char *field, const char *kind, const char *metric,
    const likeness_vectors *queries, size_t threads, char **message);

/// Deletes an index of a field.
likeness_status likeness_store_delete_index(
    likeness_store *store, const char *collection, const char *field, const char *kind, const char *metric,
    char **message);

/// Finds the nearest points of many queries, by the field's best index, by the one of `kind`, or exactly.
///
/// `field`, `kind` and `metric` may be NULL: the only field, the best index, the field's own metric. `ids` and
/// `distances` have room for queries->count rows of k. `found` has room for queries->count numbers: how many results
/// each row got. `options->exact` with a kind is an error.
likeness_status likeness_store_search(
    const likeness_store *store, const char *collection, const char *field, const char *kind, const char *metric,
    const likeness_vectors *queries, size_t k, const likeness_search_options *options, likeness_point_id *ids,
    float *distances, size_t *found, char **message);

/// Finds the nearest groups of points that have a value of their payloads in common, for one query.
///
/// `key` is a path into payloads, such as "label" or "a[].b"; strings, integers and truth values make groups. Gives the `k`
/// groups whose nearest points are nearest, with the `group_size` nearest points of each: a JSON array with {"value",
/// "matches": [{"id", "distance"}]}. The rest is as for likeness_store_search; `options->offset` must be 0.
likeness_status likeness_store_search_groups(
    const likeness_store *store, const char *collection, const char *field, const char *kind, const char *metric,
    const likeness_vectors *query, const char *key, size_t k, size_t group_size, const likeness_search_options *options,
    char **json, char **message);

/// Counts the points that fulfil a filter, JSON in the language of Qdrant's filters; NULL counts all.
likeness_status likeness_store_count_points(
    const likeness_store *store, const char *collection, const char *filter, size_t *count, char **message);

/// Makes an index over a key of payloads, such as "label" or "a[].b", so that filters on it need not read payloads. `type` is
/// "keyword" (strings), "integer" or "float" (all numbers). It is kept up with every change and changes no answer.
likeness_status likeness_store_create_payload_index(
    likeness_store *store, const char *collection, const char *key, const char *type, char **message);

/// Deletes the index over a key of payloads.
likeness_status likeness_store_delete_payload_index(
    likeness_store *store, const char *collection, const char *key, char **message);

/// Closes the store once the calls that are running have ended.
void likeness_store_close(likeness_store *store);

/// Frees the handle, and closes it before that where it is open.
void likeness_store_free(likeness_store *store);

#ifdef __cplusplus
}
#endif

#endif
