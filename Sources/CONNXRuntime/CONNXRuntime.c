#include "CONNXRuntime.h"

#include <dlfcn.h>
#include <stdio.h>

#define AT(name, position) \
    _Static_assert(offsetof(OrtApi, name) == (position) * sizeof(void *), #name)

AT(GetErrorMessage, 2);
AT(CreateEnv, 3);
AT(CreateSessionFromArray, 8);
AT(Run, 9);
AT(CreateSessionOptions, 10);
AT(EnableMemPattern, 16);
AT(DisableMemPattern, 17);
AT(EnableCpuMemArena, 18);
AT(DisableCpuMemArena, 19);
AT(SetSessionGraphOptimizationLevel, 23);
AT(SetIntraOpNumThreads, 24);
AT(SetInterOpNumThreads, 25);
AT(SessionGetInputCount, 30);
AT(SessionGetOutputCount, 31);
AT(SessionGetInputTypeInfo, 33);
AT(SessionGetInputName, 36);
AT(SessionGetOutputName, 37);
AT(CreateTensorWithDataAsOrtValue, 49);
AT(IsTensor, 50);
AT(GetTensorMutableData, 51);
AT(CastTypeInfoToTensorInfo, 55);
AT(GetTensorElementType, 60);
AT(GetDimensionsCount, 61);
AT(GetDimensions, 62);
AT(GetTensorTypeAndShape, 65);
AT(CreateCpuMemoryInfo, 69);
AT(AllocatorFree, 76);
AT(GetAllocatorWithDefaultOptions, 78);
AT(ReleaseEnv, 92);
AT(ReleaseStatus, 93);
AT(ReleaseMemoryInfo, 94);
AT(ReleaseSession, 95);
AT(ReleaseValue, 96);
AT(ReleaseTypeInfo, 98);
AT(ReleaseTensorTypeAndShapeInfo, 99);
AT(ReleaseSessionOptions, 100);
AT(AddSessionConfigEntry, 130);

typedef struct OrtApiBase {
    const OrtApi *(*GetApi)(uint32_t version);
    const char *(*GetVersionString)(void);
} OrtApiBase;

const OrtApi *connx_open(
    const char *path, const char **version, char *reason, size_t capacity) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *why = dlerror();
        snprintf(reason, capacity, "%s", why == NULL ? "it could not be opened" : why);
        return NULL;
    }
    const OrtApiBase *(*base)(void) =
        (const OrtApiBase *(*)(void))dlsym(library, "OrtGetApiBase");
    if (base == NULL) {
        snprintf(reason, capacity, "%s is not an ONNX Runtime library", path);
        dlclose(library);
        return NULL;
    }
    const OrtApi *api = base()->GetApi(CONNX_API_VERSION);
    *version = base()->GetVersionString();
    if (api == NULL) {
        snprintf(
            reason, capacity, "%s is version %s, which is older than 1.%d", path, *version,
            CONNX_API_VERSION);
    }
    return api;
}
