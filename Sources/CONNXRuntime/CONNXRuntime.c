// For on_exit.
#define _DEFAULT_SOURCE

#include "CONNXRuntime.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
AT(CreateRunOptions, 39);
AT(RunOptionsSetTerminate, 46);
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
AT(ReleaseRunOptions, 97);
AT(ReleaseTypeInfo, 98);
AT(ReleaseTensorTypeAndShapeInfo, 99);
AT(ReleaseSessionOptions, 100);
AT(AddSessionConfigEntry, 130);
AT(CreateAndRegisterAllocator, 144);
AT(CreateArenaCfg, 156);
AT(ReleaseArenaCfg, 157);

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

static atomic_int abandoned;

static void end_at_once(int status, void *unused) {
    (void)unused;
    if (atomic_load(&abandoned) > 0) {
        fflush(NULL);
        _exit(status);
    }
}

// Handlers run in the reverse order, so that this one comes before those of the library.
static void prepare(void) { on_exit(end_at_once, NULL); }

void connx_abandoned(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare);
    atomic_fetch_add(&abandoned, 1);
}

void connx_resumed(void) { atomic_fetch_sub(&abandoned, 1); }
