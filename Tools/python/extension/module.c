// The module `likeness._native`.

#define LIKENESS_NATIVE_MODULE
#include "native.h"

extern PyMethodDef index_functions[];
extern PyMethodDef store_functions[];

static int add_type(PyObject *module, const char *name, PyTypeObject *type) {
    if (PyType_Ready(type) < 0) return -1;
    return PyModule_AddObjectRef(module, name, (PyObject *)type);
}

static int fill(PyObject *module) {
    if (errors_import() < 0) return -1;
    if (add_type(module, "Index", &index_type) < 0 || add_type(module, "Store", &store_type) < 0) return -1;
    if (PyModule_AddFunctions(module, index_functions) < 0 || PyModule_AddFunctions(module, store_functions) < 0)
        return -1;
    char *kinds = NULL, *message = NULL;
    likeness_status status = likeness_get_kinds(&kinds, &message);
    if (status != LIKENESS_OK) {
        raise_status(status, message);
        return -1;
    }
    int failed = PyModule_AddStringConstant(module, "kinds", kinds);
    likeness_string_free(kinds);
    return failed < 0 ? -1 : PyModule_AddStringConstant(module, "version", likeness_version());
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "likeness._native",
    .m_doc = "The C library of Likeness, as Python calls it.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__native(void) {
    import_array();
    PyObject *module = PyModule_Create(&definition);
    if (module && fill(module) < 0) Py_CLEAR(module);
    return module;
}
