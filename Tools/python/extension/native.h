// What the files of the extension share.
//
// The extension is thin: it borrows numpy's memory, lets go of the interpreter's lock, calls the C library and turns
// failures into exceptions. Defaults, ids and JSON are the Python layer's.

#ifndef LIKENESS_NATIVE_H
#define LIKENESS_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL likeness_native_numpy
#ifndef LIKENESS_NATIVE_MODULE
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#include "likeness.h"

/// Fetches the exception classes of `likeness._errors`; -1 with an exception set on failure.
int errors_import(void);

/// Raises the exception of a status with the library's sentence, frees the sentence, and returns NULL.
PyObject *raise_status(likeness_status status, char *message);

/// Raises `likeness.InvalidArgumentError` (a ValueError) and returns NULL.
PyObject *raise_argument(const char *format, ...);

/// Raises `likeness.InvalidTypeError` (a TypeError) and returns NULL.
PyObject *raise_type(const char *format, ...);

/// Rows that are lent by an array, which is kept until `rows_release`.
typedef struct {
    PyArrayObject *array;
    likeness_vectors vectors;
    /// Whether the array was one vector, of shape (d,).
    bool is_single;
} Rows;

/// Borrows the rows of an array-like, copying only what the library cannot read where it lies.
///
/// `what` names the argument in sentences. Returns -1 with an exception set on failure; then nothing is to be released.
int rows_borrow(PyObject *object, const char *what, bool may_be_single, Rows *rows);

void rows_release(Rows *rows);

/// Reads k, thread counts and the like: an integer of at least `least`, or None for 0 where `optional`.
int read_size(PyObject *object, const char *name, size_t least, bool optional, size_t *value);

/// Reads how hard a search looks from five Python values.
int read_search_options(
    PyObject *threads, PyObject *setting, PyObject *recall, PyObject *exact,
    likeness_search_options *options);

/// Reads the largest distance of results, or None for any: points `options->within` to `value`, which must outlive it.
int read_within(PyObject *within, float *value, likeness_search_options *options);

/// Gives the first `width` columns of rows of results as an array of its own, or all rows as they are.
///
/// Takes over the reference to `array`, and gives a new one, or NULL with an exception set.
PyObject *narrowed(PyObject *array, npy_intp width);

/// Above this k, the count is asked for first, so that results take no more room than there are results.
enum { LARGE_K = 1024 };

extern PyTypeObject index_type;
extern PyTypeObject store_type;

#endif
