#ifndef CONNX_RUNTIME_H
#define CONNX_RUNTIME_H

// The part of ONNX Runtime's documented C interface that Likeness uses, declared by ourselves:
// a library found at run time is opened, so that no header or library is needed to build.
//
// The interface is a table of function pointers whose order never changes; later versions append.
// Entries that are not used are left as gaps, and the assertions at the end pin every position.

#include <stddef.h>
#include <stdint.h>

typedef struct OrtEnv OrtEnv;
typedef struct OrtStatus OrtStatus;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtArenaCfg OrtArenaCfg;

/// The version of the table that is asked for; every library since 1.17 has it.
#define CONNX_API_VERSION 17

/// Values of the interface's enumerations.
#define CONNX_LOG_FATAL 4
#define CONNX_OPTIMIZE_ALL 99
#define CONNX_ELEMENT_FLOAT 1
#define CONNX_ALLOCATOR_DEVICE 0
#define CONNX_ALLOCATOR_ARENA 1
#define CONNX_MEMORY_DEFAULT 0

#define CONNX_GAP(first, last) const void *gap_##first[(last) - (first) + 1]

typedef struct OrtApi {
    CONNX_GAP(0, 1);
    const char *(*GetErrorMessage)(const OrtStatus *status);
    OrtStatus *(*CreateEnv)(int severity, const char *log_id, OrtEnv **out);
    CONNX_GAP(4, 7);
    OrtStatus *(*CreateSessionFromArray)(
        const OrtEnv *env, const void *model, size_t bytes, const OrtSessionOptions *options,
        OrtSession **out);
    OrtStatus *(*Run)(
        OrtSession *session, const OrtRunOptions *options, const char *const *input_names,
        const OrtValue *const *inputs, size_t input_count, const char *const *output_names,
        size_t output_count, OrtValue **outputs);
    OrtStatus *(*CreateSessionOptions)(OrtSessionOptions **out);
    CONNX_GAP(11, 15);
    OrtStatus *(*EnableMemPattern)(OrtSessionOptions *options);
    OrtStatus *(*DisableMemPattern)(OrtSessionOptions *options);
    OrtStatus *(*EnableCpuMemArena)(OrtSessionOptions *options);
    OrtStatus *(*DisableCpuMemArena)(OrtSessionOptions *options);
    CONNX_GAP(20, 22);
    OrtStatus *(*SetSessionGraphOptimizationLevel)(OrtSessionOptions *options, int level);
    OrtStatus *(*SetIntraOpNumThreads)(OrtSessionOptions *options, int count);
    OrtStatus *(*SetInterOpNumThreads)(OrtSessionOptions *options, int count);
    CONNX_GAP(26, 29);
    OrtStatus *(*SessionGetInputCount)(const OrtSession *session, size_t *out);
    OrtStatus *(*SessionGetOutputCount)(const OrtSession *session, size_t *out);
    CONNX_GAP(32, 32);
    OrtStatus *(*SessionGetInputTypeInfo)(
        const OrtSession *session, size_t index, OrtTypeInfo **out);
    CONNX_GAP(34, 35);
    OrtStatus *(*SessionGetInputName)(
        const OrtSession *session, size_t index, OrtAllocator *allocator, char **out);
    OrtStatus *(*SessionGetOutputName)(
        const OrtSession *session, size_t index, OrtAllocator *allocator, char **out);
    CONNX_GAP(38, 38);
    OrtStatus *(*CreateRunOptions)(OrtRunOptions **out);
    CONNX_GAP(40, 45);
    OrtStatus *(*RunOptionsSetTerminate)(OrtRunOptions *options);
    CONNX_GAP(47, 48);
    OrtStatus *(*CreateTensorWithDataAsOrtValue)(
        const OrtMemoryInfo *memory, void *data, size_t bytes, const int64_t *shape, size_t rank,
        int element, OrtValue **out);
    OrtStatus *(*IsTensor)(const OrtValue *value, int *out);
    OrtStatus *(*GetTensorMutableData)(OrtValue *value, void **out);
    CONNX_GAP(52, 54);
    OrtStatus *(*CastTypeInfoToTensorInfo)(
        const OrtTypeInfo *type, const OrtTensorTypeAndShapeInfo **out);
    CONNX_GAP(56, 59);
    OrtStatus *(*GetTensorElementType)(const OrtTensorTypeAndShapeInfo *info, int *out);
    OrtStatus *(*GetDimensionsCount)(const OrtTensorTypeAndShapeInfo *info, size_t *out);
    OrtStatus *(*GetDimensions)(
        const OrtTensorTypeAndShapeInfo *info, int64_t *dimensions, size_t count);
    CONNX_GAP(63, 64);
    OrtStatus *(*GetTensorTypeAndShape)(const OrtValue *value, OrtTensorTypeAndShapeInfo **out);
    CONNX_GAP(66, 68);
    OrtStatus *(*CreateCpuMemoryInfo)(int allocator, int memory, OrtMemoryInfo **out);
    CONNX_GAP(70, 75);
    OrtStatus *(*AllocatorFree)(OrtAllocator *allocator, void *memory);
    CONNX_GAP(77, 77);
    OrtStatus *(*GetAllocatorWithDefaultOptions)(OrtAllocator **out);
    CONNX_GAP(79, 91);
    void (*ReleaseEnv)(OrtEnv *env);
    void (*ReleaseStatus)(OrtStatus *status);
    void (*ReleaseMemoryInfo)(OrtMemoryInfo *memory);
    void (*ReleaseSession)(OrtSession *session);
    void (*ReleaseValue)(OrtValue *value);
    void (*ReleaseRunOptions)(OrtRunOptions *options);
    void (*ReleaseTypeInfo)(OrtTypeInfo *type);
    void (*ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo *info);
    void (*ReleaseSessionOptions)(OrtSessionOptions *options);
    CONNX_GAP(101, 129);
    OrtStatus *(*AddSessionConfigEntry)(
        OrtSessionOptions *options, const char *key, const char *value);
    CONNX_GAP(131, 143);
    OrtStatus *(*CreateAndRegisterAllocator)(
        OrtEnv *env, const OrtMemoryInfo *memory, const OrtArenaCfg *arena);
    CONNX_GAP(145, 155);
    OrtStatus *(*CreateArenaCfg)(
        size_t max_bytes, int extend_strategy, int initial_chunk_bytes, int max_dead_bytes,
        OrtArenaCfg **out);
    void (*ReleaseArenaCfg)(OrtArenaCfg *arena);
} OrtApi;

/// Opens an ONNX Runtime library and returns its table, or NULL and a reason.
///
/// The library stays open until the process ends, because its threads may outlive any caller.
///
/// @param path where the library is; without a slash, the system's folders are searched.
/// @param version receives the library's own version string, which lives as long as the process.
/// @param reason receives why it failed, ended by a zero.
/// @param capacity how many bytes `reason` has.
const OrtApi *connx_open(
    const char *path, const char **version, char *reason, size_t capacity);

/// Says that a thread which computes with the library was given up.
///
/// While there are such threads, the process ends without the handlers that libraries leave for its
/// end, as these take away what the threads still use. Output that is buffered is written before.
void connx_abandoned(void);

/// Says that a thread which was given up has come to its end after all.
void connx_resumed(void);

#endif
