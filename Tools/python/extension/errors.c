// Statuses of the library as exceptions.

#include "native.h"

#include <stdarg.h>

/// The class for each status, and at 0 the one for statuses that this extension does not know.
static PyObject *classes[LIKENESS_CLOSED + 1];
static PyObject *type_class;

int errors_import(void) {
    static const char *const names[LIKENESS_CLOSED + 1] = {
        [LIKENESS_OK] = "Error",
        [LIKENESS_INVALID_ARGUMENT] = "InvalidArgumentError",
        [LIKENESS_NOT_FOUND] = "NotFoundError",
        [LIKENESS_INVALID_DATA] = "InvalidDataError",
        [LIKENESS_UNSUPPORTED] = "UnsupportedError",
        [LIKENESS_UNAVAILABLE] = "UnavailableError",
        [LIKENESS_INPUT_OUTPUT] = "InputOutputError",
        [LIKENESS_BUSY] = "BusyError",
        [LIKENESS_CLOSED] = "ClosedError",
    };
    PyObject *module = PyImport_ImportModule("likeness._errors");
    if (!module) return -1;
    int failed = 0;
    for (int status = 0; status <= LIKENESS_CLOSED && !failed; status++) {
        classes[status] = PyObject_GetAttrString(module, names[status]);
        failed = !classes[status];
    }
    if (!failed) failed = !(type_class = PyObject_GetAttrString(module, "InvalidTypeError"));
    Py_DECREF(module);
    return failed ? -1 : 0;
}

PyObject *raise_status(likeness_status status, char *message) {
    bool is_known = status > LIKENESS_OK && status <= LIKENESS_CLOSED;
    PyErr_SetString(classes[is_known ? status : LIKENESS_OK], message ? message : likeness_status_name(status));
    likeness_string_free(message);
    return NULL;
}

PyObject *raise_argument(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    PyErr_FormatV(classes[LIKENESS_INVALID_ARGUMENT], format, arguments);
    va_end(arguments);
    return NULL;
}

PyObject *raise_type(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    PyErr_FormatV(type_class, format, arguments);
    va_end(arguments);
    return NULL;
}
