// The handle of a store.
//
// Point ids cross as buffers of `likeness_point_id`, which the Python layer reads and writes with a structured dtype.

#include "native.h"

typedef struct {
    PyObject_HEAD
    likeness_store *handle;
} Store;

// What `likeness._store.POINT_ID` says of the structure.
_Static_assert(sizeof(likeness_point_id) == 32, "an id takes 32 bytes");
_Static_assert(offsetof(likeness_point_id, uuid) == 8, "the UUID follows the number");
_Static_assert(offsetof(likeness_point_id, is_uuid) == 24, "the kind follows the UUID");

static size_t id_count(const Py_buffer *ids) { return (size_t)ids->len / sizeof(likeness_point_id); }

/// None, or an exception where the call failed.
static PyObject *none_or_raise(likeness_status status, char *message) {
    if (status != LIKENESS_OK) return raise_status(status, message);
    Py_RETURN_NONE;
}

/// A string of the library's as Python's, freed.
static PyObject *text_or_raise(likeness_status status, char *text, char *message) {
    if (status != LIKENESS_OK) return raise_status(status, message);
    PyObject *result = PyUnicode_FromString(text);
    likeness_string_free(text);
    return result;
}

static void store_dealloc(Store *self) {
    Py_BEGIN_ALLOW_THREADS
    likeness_store_free(self->handle);
    Py_END_ALLOW_THREADS
    PyObject_Free(self);
}

static PyObject *store_open(PyObject *module, PyObject *arguments) {
    (void)module;
    const char *path;
    int writable;
    if (!PyArg_ParseTuple(arguments, "sp:open", &path, &writable)) return NULL;
    likeness_store *handle = NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_open(path, writable, &handle, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    Store *store = PyObject_New(Store, &store_type);
    if (!store) {
        likeness_store_free(handle);
        return NULL;
    }
    store->handle = handle;
    return (PyObject *)store;
}

/// A C array of the UTF-8 strings in a list, with NULL for None; to be freed with PyMem_Free.
static const char **strings_of(PyObject *list) {
    Py_ssize_t count = PyList_GET_SIZE(list);
    const char **strings = PyMem_New(const char *, count > 0 ? count : 1);
    if (!strings) return (const char **)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        strings[i] = NULL;
        if (item != Py_None && !(strings[i] = PyUnicode_AsUTF8(item))) {
            PyMem_Free(strings);
            return NULL;
        }
    }
    return strings;
}

static PyObject *store_upsert(Store *self, PyObject *arguments) {
    const char *collection, *field, *metric;
    PyObject *source, *payload_list;
    Py_buffer ids;
    if (!PyArg_ParseTuple(
            arguments, "szzOy*O:upsert", &collection, &field, &metric, &source, &ids, &payload_list))
        return NULL;
    PyObject *result = NULL;
    const char **payloads = NULL;
    Rows rows = {0};
    if (rows_borrow(source, "vectors", false, &rows) < 0) goto done;
    if (id_count(&ids) != rows.vectors.count) {
        raise_argument(
            "there are %zu ids for %zu vectors; give one id for each vector.", id_count(&ids), rows.vectors.count);
        goto done;
    }
    if (payload_list != Py_None) {
        if (!PyList_Check(payload_list) || (size_t)PyList_GET_SIZE(payload_list) != rows.vectors.count) {
            raise_argument("give one payload, or None, for each of the %zu vectors.", rows.vectors.count);
            goto done;
        }
        if (!(payloads = strings_of(payload_list))) goto done;
    }
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_upsert(
        self->handle, collection, field, metric, &rows.vectors, ids.buf, payloads, &message);
    Py_END_ALLOW_THREADS
    result = none_or_raise(status, message);
done:
    PyMem_Free(payloads);
    rows_release(&rows);
    PyBuffer_Release(&ids);
    return result;
}

static PyObject *store_delete_points(Store *self, PyObject *arguments) {
    const char *collection;
    Py_buffer ids;
    if (!PyArg_ParseTuple(arguments, "sy*:delete_points", &collection, &ids)) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_delete_points(self->handle, collection, ids.buf, id_count(&ids), &message);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&ids);
    return none_or_raise(status, message);
}

static PyObject *store_delete_collection(Store *self, PyObject *arguments) {
    const char *collection;
    if (!PyArg_ParseTuple(arguments, "s:delete_collection", &collection)) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_delete_collection(self->handle, collection, &message);
    Py_END_ALLOW_THREADS
    return none_or_raise(status, message);
}

static PyObject *store_get_points(Store *self, PyObject *arguments) {
    const char *collection;
    Py_buffer ids;
    if (!PyArg_ParseTuple(arguments, "sy*:get_points", &collection, &ids)) return NULL;
    char *json = NULL, *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_get_points(self->handle, collection, ids.buf, id_count(&ids), &json, &message);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&ids);
    return text_or_raise(status, json, message);
}

static PyObject *store_count_vectors(Store *self, PyObject *arguments) {
    const char *collection, *field;
    if (!PyArg_ParseTuple(arguments, "sz:count_vectors", &collection, &field)) return NULL;
    size_t count = 0, dimension = 0;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_count_vectors(self->handle, collection, field, &count, &dimension, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    return Py_BuildValue("nn", (Py_ssize_t)count, (Py_ssize_t)dimension);
}

static PyObject *store_get_vectors(Store *self, PyObject *arguments) {
    // collection, field, ids (written), vectors (written) -> how many there are
    const char *collection, *field;
    Py_buffer ids;
    PyArrayObject *vectors;
    if (!PyArg_ParseTuple(
            arguments, "szw*O!:get_vectors", &collection, &field, &ids, &PyArray_Type, (PyObject **)&vectors))
        return NULL;
    if (PyArray_TYPE(vectors) != NPY_FLOAT || PyArray_NDIM(vectors) != 2 || !PyArray_ISCARRAY(vectors) ||
        (size_t)PyArray_DIM(vectors, 0) != id_count(&ids)) {
        PyBuffer_Release(&ids);
        return raise_type("vectors must be a writable, contiguous array of float32 with a row for each id.");
    }
    float *values = PyArray_DATA(vectors);
    size_t count = 0;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_get_vectors(
        self->handle, collection, field, ids.buf, values, id_count(&ids), &count, &message);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&ids);
    return status == LIKENESS_OK ? PyLong_FromSize_t(count) : raise_status(status, message);
}

static PyObject *store_describe(Store *self, PyObject *nothing) {
    (void)nothing;
    char *json = NULL, *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_describe(self->handle, &json, &message);
    Py_END_ALLOW_THREADS
    return text_or_raise(status, json, message);
}

static PyObject *store_build_index(Store *self, PyObject *arguments) {
    const char *collection, *field;
    PyObject *thread_count;
    likeness_build_options options = LIKENESS_BUILD_OPTIONS;
    if (!PyArg_ParseTuple(
            arguments, "szzzOz:build_index", &collection, &field, &options.kind, &options.metric, &thread_count,
            &options.parameters))
        return NULL;
    if (read_size(thread_count, "threads", 0, false, &options.threads) < 0) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_build_index(self->handle, collection, field, &options, &message);
    Py_END_ALLOW_THREADS
    return none_or_raise(status, message);
}

static PyObject *store_tune_index(Store *self, PyObject *arguments) {
    const char *collection, *field, *kind, *metric;
    PyObject *source, *thread_count;
    size_t threads;
    if (!PyArg_ParseTuple(
            arguments, "szzzOO:tune_index", &collection, &field, &kind, &metric, &source, &thread_count))
        return NULL;
    if (read_size(thread_count, "threads", 0, false, &threads) < 0) return NULL;
    Rows rows;
    if (rows_borrow(source, "queries", false, &rows) < 0) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_tune_index(
        self->handle, collection, field, kind, metric, &rows.vectors, threads, &message);
    Py_END_ALLOW_THREADS
    rows_release(&rows);
    return none_or_raise(status, message);
}

static PyObject *store_delete_index(Store *self, PyObject *arguments) {
    const char *collection, *field, *kind, *metric;
    if (!PyArg_ParseTuple(arguments, "szzz:delete_index", &collection, &field, &kind, &metric)) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_delete_index(self->handle, collection, field, kind, metric, &message);
    Py_END_ALLOW_THREADS
    return none_or_raise(status, message);
}

/// Makes k no larger than what can be found, where that may matter for memory.
static likeness_status limit_k(Store *self, const char *collection, const char *field, size_t *k, char **message) {
    if (*k <= LARGE_K) return LIKENESS_OK;
    size_t count = 0, dimension = 0;
    likeness_status status = likeness_store_count_vectors(self->handle, collection, field, &count, &dimension, message);
    if (status == LIKENESS_OK && *k > count) *k = count > 0 ? count : 1;
    return status;
}

/// Passes on what went wrong without spoiling an answer, a sentence a line, and frees it.
///
/// Returns -1 with an exception set where warnings are errors.
static int warn(char *warnings) {
    int failed = 0;
    for (char *line = warnings, *rest; line && !failed; line = rest) {
        rest = strchr(line, '\n');
        if (rest) *rest++ = 0;
        // Of whoever called the method of the Python layer.
        failed = PyErr_WarnEx(PyExc_RuntimeWarning, line, 2);
    }
    likeness_string_free(warnings);
    return failed;
}

static PyObject *store_search(Store *self, PyObject *arguments) {
    const char *collection, *field, *kind, *metric;
    PyObject *source, *k_object, *threads, *setting, *recall, *exact, *within_object, *offset;
    const char *filter;
    if (!PyArg_ParseTuple(
            arguments, "szzzOOOOOOzOO:search", &collection, &field, &kind, &metric, &source, &k_object, &threads,
            &setting, &recall, &exact, &filter, &within_object, &offset))
        return NULL;
    size_t k;
    likeness_search_options options;
    float within;
    if (read_size(k_object, "k", 1, false, &k) < 0) return NULL;
    if (read_search_options(threads, setting, recall, exact, &options) < 0) return NULL;
    if (read_within(within_object, &within, &options) < 0) return NULL;
    if (read_size(offset, "offset", 0, false, &options.offset) < 0) return NULL;
    options.filter = filter;
    char *message = NULL, *warnings = NULL;
    options.warnings = &warnings;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = limit_k(self, collection, field, &k, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK) return raise_status(status, message);
    Rows rows;
    if (rows_borrow(source, "queries", true, &rows) < 0) return NULL;
    npy_intp shape[3] = {(npy_intp)rows.vectors.count, (npy_intp)k, sizeof(likeness_point_id)};
    PyObject *ids = PyArray_EMPTY(3, shape, NPY_UINT8, 0);
    PyObject *distances = PyArray_EMPTY(2, shape, NPY_FLOAT, 0);
    PyObject *found = PyArray_EMPTY(1, shape, NPY_UINTP, 0);
    PyObject *result = NULL;
    if (!ids || !distances || !found) goto done;
    likeness_point_id *id_values = PyArray_DATA((PyArrayObject *)ids);
    float *distance_values = PyArray_DATA((PyArrayObject *)distances);
    size_t *found_values = PyArray_DATA((PyArrayObject *)found);
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_search(
        self->handle, collection, field, kind, metric, &rows.vectors, k, &options, id_values, distance_values,
        found_values, &message);
    Py_END_ALLOW_THREADS
    if (status != LIKENESS_OK)
        raise_status(status, message);
    else if (warn(warnings) == 0)
        result = Py_BuildValue("OOOO", ids, distances, found, rows.is_single ? Py_True : Py_False);
done:
    rows_release(&rows);
    Py_XDECREF(ids);
    Py_XDECREF(distances);
    Py_XDECREF(found);
    return result;
}

static PyObject *store_search_groups(Store *self, PyObject *arguments) {
    const char *collection, *field, *kind, *metric, *key, *filter;
    PyObject *source, *k_object, *size_object, *threads, *setting, *recall, *exact, *within_object;
    if (!PyArg_ParseTuple(
            arguments, "szzzOsOOOOOOzO:search_groups", &collection, &field, &kind, &metric, &source, &key, &k_object,
            &size_object, &threads, &setting, &recall, &exact, &filter, &within_object))
        return NULL;
    size_t k, size;
    likeness_search_options options;
    float within;
    if (read_size(k_object, "k", 1, false, &k) < 0 || read_size(size_object, "size", 1, false, &size) < 0) return NULL;
    if (read_search_options(threads, setting, recall, exact, &options) < 0) return NULL;
    if (read_within(within_object, &within, &options) < 0) return NULL;
    options.filter = filter;
    Rows rows;
    if (rows_borrow(source, "query", true, &rows) < 0) return NULL;
    char *json = NULL, *message = NULL, *warnings = NULL;
    options.warnings = &warnings;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_search_groups(
        self->handle, collection, field, kind, metric, &rows.vectors, key, k, size, &options, &json, &message);
    Py_END_ALLOW_THREADS
    rows_release(&rows);
    PyObject *text = text_or_raise(status, json, message);
    if (warn(warnings) < 0) Py_CLEAR(text);
    return text;
}

static PyObject *store_count_points(Store *self, PyObject *arguments) {
    const char *collection, *filter;
    if (!PyArg_ParseTuple(arguments, "sz:count_points", &collection, &filter)) return NULL;
    size_t count = 0;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_count_points(self->handle, collection, filter, &count, &message);
    Py_END_ALLOW_THREADS
    return status == LIKENESS_OK ? PyLong_FromSize_t(count) : raise_status(status, message);
}

static PyObject *store_create_payload_index(Store *self, PyObject *arguments) {
    const char *collection, *key, *type;
    if (!PyArg_ParseTuple(arguments, "sss:create_payload_index", &collection, &key, &type)) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_create_payload_index(self->handle, collection, key, type, &message);
    Py_END_ALLOW_THREADS
    return none_or_raise(status, message);
}

static PyObject *store_delete_payload_index(Store *self, PyObject *arguments) {
    const char *collection, *key;
    if (!PyArg_ParseTuple(arguments, "ss:delete_payload_index", &collection, &key)) return NULL;
    char *message = NULL;
    likeness_status status;
    Py_BEGIN_ALLOW_THREADS
    status = likeness_store_delete_payload_index(self->handle, collection, key, &message);
    Py_END_ALLOW_THREADS
    return none_or_raise(status, message);
}

static PyObject *store_close(Store *self, PyObject *nothing) {
    (void)nothing;
    Py_BEGIN_ALLOW_THREADS
    likeness_store_close(self->handle);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

PyMethodDef store_functions[] = {
    {"open_store", store_open, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef methods[] = {
    {"upsert", (PyCFunction)store_upsert, METH_VARARGS, NULL},
    {"delete_points", (PyCFunction)store_delete_points, METH_VARARGS, NULL},
    {"delete_collection", (PyCFunction)store_delete_collection, METH_VARARGS, NULL},
    {"get_points", (PyCFunction)store_get_points, METH_VARARGS, NULL},
    {"count_vectors", (PyCFunction)store_count_vectors, METH_VARARGS, NULL},
    {"get_vectors", (PyCFunction)store_get_vectors, METH_VARARGS, NULL},
    {"describe", (PyCFunction)store_describe, METH_NOARGS, NULL},
    {"build_index", (PyCFunction)store_build_index, METH_VARARGS, NULL},
    {"tune_index", (PyCFunction)store_tune_index, METH_VARARGS, NULL},
    {"delete_index", (PyCFunction)store_delete_index, METH_VARARGS, NULL},
    {"search", (PyCFunction)store_search, METH_VARARGS, NULL},
    {"search_groups", (PyCFunction)store_search_groups, METH_VARARGS, NULL},
    {"count_points", (PyCFunction)store_count_points, METH_VARARGS, NULL},
    {"create_payload_index", (PyCFunction)store_create_payload_index, METH_VARARGS, NULL},
    {"delete_payload_index", (PyCFunction)store_delete_payload_index, METH_VARARGS, NULL},
    {"close", (PyCFunction)store_close, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject store_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "likeness._native.Store",
    .tp_doc = "The handle of a store.",
    .tp_basicsize = sizeof(Store),
    .tp_dealloc = (destructor)store_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = methods,
};
