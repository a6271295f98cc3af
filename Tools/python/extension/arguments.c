// Numbers that say how much and how hard.

#include "native.h"

int read_size(PyObject *object, const char *name, size_t least, bool optional, size_t *value) {
    *value = 0;
    if (optional && object == Py_None) return 0;
    PyObject *number = PyBool_Check(object) ? NULL : PyNumber_Index(object);
    if (!number) {
        PyErr_Clear();
        raise_type("%s must be an integer%s, not %R.", name, optional ? " or None" : "", object);
        return -1;
    }
    Py_ssize_t size = PyLong_AsSsize_t(number);
    bool is_huge = size == -1 && PyErr_Occurred();
    Py_DECREF(number);
    if (is_huge || size < 0 || (size_t)size < least) {
        PyErr_Clear();
        raise_argument("%s is %R; it must be an integer of at least %zu%s.", name, object, least,
            is_huge ? " that fits 64 bits" : "");
        return -1;
    }
    *value = (size_t)size;
    return 0;
}

static int read_recall(PyObject *object, double *value) {
    *value = 0;
    if (object == Py_None) return 0;
    double recall = PyFloat_AsDouble(object);
    if (recall == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        raise_type("recall must be a number or None, not %R.", object);
        return -1;
    }
    if (!(recall > 0 && recall <= 1)) {
        raise_argument("recall is %R; it must be above 0 and at most 1.", object);
        return -1;
    }
    *value = recall;
    return 0;
}

int read_within(PyObject *within, float *value, likeness_search_options *options) {
    if (within == Py_None) return 0;
    double distance = PyFloat_AsDouble(within);
    if (distance == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        raise_type("within must be a number or None, not %R.", within);
        return -1;
    }
    *value = (float)distance;
    options->within = value;
    return 0;
}

int read_search_options(
    PyObject *threads, PyObject *setting, PyObject *recall, PyObject *exact,
    likeness_search_options *options) {
    *options = LIKENESS_SEARCH_OPTIONS;
    int is_exact = PyObject_IsTrue(exact);
    if (is_exact < 0) return -1;
    options->exact = is_exact;
    if (read_size(threads, "threads", 0, false, &options->threads) < 0) return -1;
    if (read_size(setting, "setting", 1, true, &options->setting) < 0) return -1;
    return read_recall(recall, &options->recall);
}
