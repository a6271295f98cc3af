// Array-likes as the library's rows of numbers.

#include "native.h"

/// The library's element for a dtype, or -1.
static likeness_element element_of(int type) {
    switch (type) {
    case NPY_FLOAT: return LIKENESS_F32;
    case NPY_HALF: return LIKENESS_F16;
    case NPY_UBYTE: return LIKENESS_U8;
    case NPY_BYTE: return LIKENESS_I8;
    case NPY_DOUBLE: return LIKENESS_F64;
    default: return -1;
    }
}

/// Whether every value of a dtype that the library does not read is one of f32.
static bool fits_f32(int type) { return type == NPY_BOOL || type == NPY_SHORT || type == NPY_USHORT; }

/// An array of any array-like; lists of Python's integers become f64.
static PyArrayObject *array_of(PyObject *object, const char *what) {
    if (PyArray_Check(object)) return (PyArrayObject *)Py_NewRef(object);
    bool is_list = PyList_Check(object) || PyTuple_Check(object);
    PyObject *array = PyArray_FROM_O(object);
    if (array && is_list && PyArray_ISINTEGER((PyArrayObject *)array)) {
        Py_DECREF(array);
        array = PyArray_FROM_OT(object, NPY_DOUBLE);
    }
    if (!array && PyErr_ExceptionMatches(PyExc_Exception) && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        raise_type("%s must be a numpy array, or rows of numbers of one length.", what);
    }
    return (PyArrayObject *)array;
}

static int check_shape(PyArrayObject *array, const char *what, bool may_be_single) {
    int rank = PyArray_NDIM(array);
    if (rank == 2 || (rank == 1 && may_be_single)) return 0;
    PyObject *shape = PyObject_GetAttrString((PyObject *)array, "shape");
    if (!shape) return -1;
    raise_argument("%s must have the shape %s, not %R.", what, may_be_single ? "(n, d) or (d,)" : "(n, d)", shape);
    Py_DECREF(shape);
    return -1;
}

/// Whether the library can read the array where it lies.
static bool is_readable(PyArrayObject *array) {
    if (!PyArray_ISBEHAVED_RO(array)) return false;
    int rank = PyArray_NDIM(array);
    npy_intp item = PyArray_ITEMSIZE(array), dimension = PyArray_DIM(array, rank - 1);
    if (dimension > 1 && PyArray_STRIDE(array, rank - 1) != item) return false;
    return rank == 1 || PyArray_DIM(array, 0) <= 1 || PyArray_STRIDE(array, 0) >= dimension * item;
}

int rows_borrow(PyObject *object, const char *what, bool may_be_single, Rows *rows) {
    PyArrayObject *array = array_of(object, what);
    if (!array) return -1;
    if (check_shape(array, what, may_be_single) < 0) goto failed;
    int type = PyArray_TYPE(array);
    if (element_of(type) < 0) {
        if (!fits_f32(type)) {
            raise_type(
                "%s of %S are not taken, because they may not fit float32; give float32, float64, float16, uint8 or "
                "int8, for example with .astype(numpy.float32).",
                what, (PyObject *)PyArray_DESCR(array));
            goto failed;
        }
        type = NPY_FLOAT;
    }
    if (PyArray_TYPE(array) != type || !is_readable(array)) {
        PyObject *copy = PyArray_FromArray(array, PyArray_DescrFromType(type), NPY_ARRAY_CARRAY_RO);
        if (!copy) goto failed;
        Py_SETREF(array, (PyArrayObject *)copy);
    }
    int rank = PyArray_NDIM(array);
    size_t count = rank == 1 ? 1 : (size_t)PyArray_DIM(array, 0);
    *rows = (Rows){
        .array = array,
        .vectors =
            {
                .values = PyArray_DATA(array),
                .count = count,
                .dimension = (size_t)PyArray_DIM(array, rank - 1),
                .row_stride = count > 1 ? (size_t)PyArray_STRIDE(array, 0) : 0,
                .element = element_of(type),
            },
        .is_single = rank == 1,
    };
    return 0;

failed:
    Py_DECREF(array);
    return -1;
}

void rows_release(Rows *rows) { Py_CLEAR(rows->array); }

PyObject *narrowed(PyObject *array, npy_intp width) {
    int rank = PyArray_NDIM((PyArrayObject *)array);
    if (PyArray_DIM((PyArrayObject *)array, rank - 1) == width) return array;
    PyObject *end = PyLong_FromSsize_t(width);
    PyObject *slice = end ? PySlice_New(NULL, end, NULL) : NULL;
    PyObject *key = slice ? PyTuple_Pack(2, Py_Ellipsis, slice) : NULL;
    PyObject *view = key ? PyObject_GetItem(array, key) : NULL;
    PyObject *copy = view ? PyArray_NewCopy((PyArrayObject *)view, NPY_CORDER) : NULL;
    Py_XDECREF(view);
    Py_XDECREF(key);
    Py_XDECREF(slice);
    Py_XDECREF(end);
    Py_DECREF(array);
    return copy;
}
