// The handle of an index.

#include "native.h"

typedef struct {
    PyObject_HEAD
    likeness_index *handle;
} Index;

/// Wraps a handle, and takes it over.
static PyObject *wrap(likeness_index *handle) {
    Index *index = PyObject_New(Index, &index_type);
    if (!index) {
        likeness_index_free(handle);
        return NULL;
    }
    index->handle = handle;
    return (PyObject *)index;
}

static void index_dealloc(Index *self) {
    // Giving up the memory of a large index takes a while.
    Py_BEGIN_ALLOW_THREADS
    likeness_index_free(self->handle);
    Py_END_ALLOW_THREADS
    PyObject_Free(self);
}

/// The numbers of an array of u64 ids, which the Python layer made, or NULL for None.
static int read_ids(PyObject *object, Py_ssize_t count, const uint64_t **ids) {
    *ids = NULL;
    if (object == Py_None) return 0;
    PyArrayObject *array = (PyArrayObject *)object;
    if (!PyArray_Check(object) || PyArray_TYPE(array) != NPY_UINT64 || PyArray_NDIM(array) != 1 ||
        !PyArray_IS_C_CONTIGUOUS(array) || !PyArray_ISBEHAVED_RO(array)) {
        raise_type("ids must be a one-dimensional, contiguous array of uint64.");
        return -1;
    }
    if (count >= 0 && PyArray_DIM(array, 0) != count) {
        raise_argument("there are %zd ids for %zd vectors; give one id for each vector.", PyArray_DIM(array, 0), count);
        return -1;
    }
    *ids = PyArray_DATA(array);
    return 0;
}

/* Reads which vectors may be found: ids, or a place for each vector; the array must outlive the options. */
static int read_allowed(PyObject *object, likeness_search_options *options) {
    if (object == Py_None) return 0;
    PyArrayObject *array = (PyArrayObject *)object;
    if (PyArray_Check(object) && PyArray_TYPE(array) == NPY_BOOL && PyArray_NDIM(array) == 1 &&
        PyArray_IS_C_CONTIGUOUS(array)) {
        options->mask = PyArray_DATA(array);
        options->mask_count = (size_t)PyArray_DIM(array, 0);
        return 0;
    }
    if (read_ids(object, -1, &options->allowed) < 0) return -1;
    options->allowed_count = (size_t)PyArray_DIM(array, 0);
    return 0;
}

static PyObject *index_build(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *source, *id_array, *thread_count;
    likeness_build_options options = LIKENESS_BUILD_OPTIONS;
    if (!PyArg_ParseTuple(
            arguments, "OOzzOz:build", &source, &id_array, &options.kind, &options.metric, &thread_count,
            &options.parameters))
        return NULL;
    if (read_size(thread_count, "threads", 0, false, &options.threads) < 0) return NULL;
    Rows rows;
    if (rows_borrow(source, "vectors", false, &rows) < 0) return NULL;
    const uint64_t *ids;
    if (read_ids(id_array, (Py_ssize_t)rows.vectors.count, &ids) < 0) {
        rows_release(&rows);
        return NULL;
    }
    likeness_index *handle = NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_build(&rows.vectors, ids, &options, &handle, &message);
    Py_END_ALLOW_THREADS
    rows_release(&rows);
    return status == LIKENESS_OK ? wrap(handle) : raise_status(status, message);
}

static PyObject *index_open(PyObject *module, PyObject *arguments) {
    (void)module;
    const char *path;
    int load;
    if (!PyArg_ParseTuple(arguments, "sp", &path, &load)) return NULL;
    likeness_index *handle = NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_open(path, load != 0, &handle, &message);
    Py_END_ALLOW_THREADS
    return status == LIKENESS_OK ? wrap(handle) : raise_status(status, message);
}

static PyObject *index_save(Index *self, PyObject *path_object) {
    const char *path = PyUnicode_AsUTF8(path_object);
    if (!path) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_save(self->handle, path, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    Py_RETURN_NONE;
}

/* Calls one of the functions that take vectors and their ids. */
static PyObject *index_take(
    Index *self, PyObject *source, PyObject *id_array,
    likeness_status (*take)(likeness_index *, const likeness_vectors *, const uint64_t *, char **)) {
    Rows rows;
    if (rows_borrow(source, "vectors", false, &rows) < 0) return NULL;
    const uint64_t *ids;
    if (read_ids(id_array, (Py_ssize_t)rows.vectors.count, &ids) < 0) {
        rows_release(&rows);
        return NULL;
    }
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = take(self->handle, &rows.vectors, ids, &message);
    Py_END_ALLOW_THREADS
    rows_release(&rows);
    if (status != LIKENESS_OK) return raise_status(status, message);
    Py_RETURN_NONE;
}

static PyObject *index_add(Index *self, PyObject *arguments) {
    PyObject *source, *id_array;
    if (!PyArg_ParseTuple(arguments, "OO:add", &source, &id_array)) return NULL;
    return index_take(self, source, id_array, likeness_index_add);
}

static PyObject *index_upsert(Index *self, PyObject *arguments) {
    PyObject *source, *id_array;
    if (!PyArg_ParseTuple(arguments, "OO:upsert", &source, &id_array)) return NULL;
    return index_take(self, source, id_array, likeness_index_upsert);
}

static PyObject *index_remove(Index *self, PyObject *id_array) {
    const uint64_t *ids;
    if (read_ids(id_array, -1, &ids) < 0) return NULL;
    char *message = NULL;
    likeness_status status;
    size_t count = ids ? (size_t)PyArray_DIM((PyArrayObject *)id_array, 0) : 0;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_remove(self->handle, ids, count, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    Py_RETURN_NONE;
}

static PyObject *index_settle(Index *self, PyObject *thread_count) {
    size_t threads;
    if (read_size(thread_count, "threads", 0, false, &threads) < 0) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_settle(self->handle, threads, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    Py_RETURN_NONE;
}

static PyObject *index_tune(Index *self, PyObject *arguments) {
    PyObject *source, *thread_count;
    size_t threads;
    if (!PyArg_ParseTuple(arguments, "OO:tune", &source, &thread_count)) return NULL;
    if (read_size(thread_count, "threads", 0, false, &threads) < 0) return NULL;
    Rows rows;
    if (rows_borrow(source, "queries", false, &rows) < 0) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_tune(self->handle, &rows.vectors, threads, &message);
    Py_END_ALLOW_THREADS
    rows_release(&rows);
    if (status != LIKENESS_OK) return raise_status(status, message);
    Py_RETURN_NONE;
}

/* Calls one of the functions that give a text, or NULL, which is None. */
static PyObject *index_text(
    Index *self, likeness_status (*get)(const likeness_index *, char **, char **)) {
    char *text = NULL, *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = get(self->handle, &text, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    PyObject *result = Py_BuildValue("z", text);
    likeness_string_free(text);
    return result;
}

static PyObject *index_operating_points(Index *self, PyObject *nothing) {
    (void)nothing;
    return index_text(self, likeness_index_get_operating_points);
}

static PyObject *index_rebuilds(Index *self, PyObject *nothing) {
    (void)nothing;
    return index_text(self, likeness_index_get_rebuilds);
}

static int read_stats(Index *self, likeness_index_stats *stats) {
    *stats = LIKENESS_INDEX_STATS;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_get_stats(self->handle, stats, &message);
    Py_END_ALLOW_THREADS
    if (status == LIKENESS_OK) return 0;
    raise_status(status, message);
    return -1;
}

static PyObject *index_search(Index *self, PyObject *const *arguments, Py_ssize_t count) {
    // queries, k, threads, setting, recall, exact, allowed, within
    if (count != 8) return raise_type("search takes 8 arguments, not %zd.", count);
    size_t k;
    likeness_search_options options;
    if (read_size(arguments[1], "k", 1, false, &k) < 0) return NULL;
    if (read_search_options(arguments[2], arguments[3], arguments[4], arguments[5], &options) < 0) return NULL;
    float within;
    if (read_allowed(arguments[6], &options) < 0 || read_within(arguments[7], &within, &options) < 0) return NULL;
    if (k > LARGE_K) {
        likeness_index_stats stats;
        if (read_stats(self, &stats) < 0) return NULL;
        if (k > stats.count) k = stats.count > 0 ? stats.count : 1;
    }
    Rows rows;
    if (rows_borrow(arguments[0], "queries", true, &rows) < 0) return NULL;
    npy_intp shape[2] = {(npy_intp)rows.vectors.count, (npy_intp)k};
    npy_intp *first = rows.is_single ? shape + 1 : shape;
    int rank = rows.is_single ? 1 : 2;
    PyObject *ids = PyArray_EMPTY(rank, first, NPY_UINT64, 0);
    PyObject *distances = ids ? PyArray_EMPTY(rank, first, NPY_FLOAT, 0) : NULL;
    if (!distances) {
        Py_XDECREF(ids);
        rows_release(&rows);
        return NULL;
    }
    uint64_t *id_values = PyArray_DATA((PyArrayObject *)ids);
    float *distance_values = PyArray_DATA((PyArrayObject *)distances);
    size_t found = 0;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    if (rows.is_single && rows.vectors.element == LIKENESS_F32)
        status = likeness_index_search(
            self->handle, rows.vectors.values, rows.vectors.dimension, k, &options, id_values, distance_values, &found,
            &message);
    else
        status = likeness_index_search_batch(
            self->handle, &rows.vectors, k, &options, id_values, distance_values, &found, &message);
    Py_END_ALLOW_THREADS
    rows_release(&rows);
    if (status != LIKENESS_OK) {
        Py_DECREF(ids);
        Py_DECREF(distances);
        return raise_status(status, message);
    }
    npy_intp width = shape[0] > 0 ? (npy_intp)found : shape[1];
    ids = narrowed(ids, width);
    distances = narrowed(distances, width);
    PyObject *result = ids && distances ? PyTuple_Pack(2, ids, distances) : NULL;
    Py_XDECREF(ids);
    Py_XDECREF(distances);
    return result;
}

static PyObject *index_stats(Index *self, PyObject *nothing) {
    (void)nothing;
    likeness_index_stats stats;
    if (read_stats(self, &stats) < 0) return NULL;
    char *fault = NULL, *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_get_fault(self->handle, &fault, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    const char *codes = stats.codes[0] ? stats.codes : NULL;
    PyObject *result = Py_BuildValue(
        "nnnsszzN", (Py_ssize_t)stats.count, (Py_ssize_t)stats.dimension, (Py_ssize_t)stats.memory_bytes, stats.kind,
        stats.metric, codes, fault, PyBool_FromLong(stats.codes_fit));
    likeness_string_free(fault);
    return result;
}

static PyObject *index_ids(Index *self, PyObject *nothing) {
    (void)nothing;
    likeness_index_stats stats;
    if (read_stats(self, &stats) != 0) return NULL;
    size_t room = stats.count;
    for (;;) {
        npy_intp size = (npy_intp)room;
        PyObject *ids = PyArray_EMPTY(1, &size, NPY_UINT64, 0);
        if (!ids) return NULL;
        uint64_t *values = PyArray_DATA((PyArrayObject *)ids);
        char *message = NULL;
        size_t count = 0;
        likeness_status status;
        Py_BEGIN_ALLOW_THREADS
        status = likeness_index_get_ids(self->handle, values, room, &count, &message);
        Py_END_ALLOW_THREADS
        if (status == LIKENESS_OK && count == room) return ids;
        PyObject *first = status == LIKENESS_OK ? PySequence_GetSlice(ids, 0, (Py_ssize_t)count) : NULL;
        Py_DECREF(ids);
        if (status == LIKENESS_OK) return first;
        if (count <= room) return raise_status(status, message);
        // Others have added vectors meanwhile.
        likeness_string_free(message);
        room = count;
    }
}

static PyObject *index_vectors(Index *self, PyObject *id_array) {
    const uint64_t *ids;
    if (read_ids(id_array, -1, &ids) < 0) return NULL;
    likeness_index_stats stats;
    if (read_stats(self, &stats) < 0) return NULL;
    npy_intp shape[2] = {PyArray_DIM((PyArrayObject *)id_array, 0), (npy_intp)stats.dimension};
    PyObject *vectors = PyArray_EMPTY(2, shape, NPY_FLOAT32, 0);
    if (!vectors) return NULL;
    float *numbers = PyArray_DATA((PyArrayObject *)vectors);
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_index_get_vectors(self->handle, ids, (size_t)shape[0], numbers, &message);
    Py_END_ALLOW_THREADS
    if (status == LIKENESS_OK) return vectors;
    Py_DECREF(vectors);
    return raise_status(status, message);
}

static PyObject *index_close(Index *self, PyObject *nothing) {
    (void)nothing;
    // It waits for calls of other threads.
    Py_BEGIN_ALLOW_THREADS
    likeness_index_close(self->handle);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *index_address(Index *self, void *nothing) {
    (void)nothing;
    return PyLong_FromVoidPtr(self->handle);
}

PyMethodDef index_functions[] = {
    {"build", index_build, METH_VARARGS, NULL},
    {"open", index_open, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef methods[] = {
    {"save", (PyCFunction)index_save, METH_O, NULL},
    {"add", (PyCFunction)index_add, METH_VARARGS, NULL},
    {"upsert", (PyCFunction)index_upsert, METH_VARARGS, NULL},
    {"remove", (PyCFunction)index_remove, METH_O, NULL},
    {"settle", (PyCFunction)index_settle, METH_O, NULL},
    {"tune", (PyCFunction)index_tune, METH_VARARGS, NULL},
    {"operating_points", (PyCFunction)index_operating_points, METH_NOARGS, NULL},
    {"rebuilds", (PyCFunction)index_rebuilds, METH_NOARGS, NULL},
    {"search", (PyCFunction)(void (*)(void))index_search, METH_FASTCALL, NULL},
    {"stats", (PyCFunction)index_stats, METH_NOARGS, NULL},
    {"ids", (PyCFunction)index_ids, METH_NOARGS, NULL},
    {"vectors", (PyCFunction)index_vectors, METH_O, NULL},
    {"close", (PyCFunction)index_close, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"address", (getter)index_address, NULL, "The handle, for C code in the same process.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject index_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "likeness._native.Index",
    .tp_doc = "The handle of an index.",
    .tp_basicsize = sizeof(Index),
    .tp_dealloc = (destructor)index_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = methods,
    .tp_getset = attributes,
};
