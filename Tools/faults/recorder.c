// A library to preload: it sees every call that changes files below a folder, and can record them, end the process at
// the n-th, or make the n-th write a short one.
//
//   FAULTS_ROOT    the folder, absolute
//   FAULTS_LOG     where to append records; see `struct record`
//   FAULTS_KILL    n: the process ends before its n-th call (from 1)
//   FAULTS_TORN    with FAULTS_KILL: the first half of a write is done before
//   FAULTS_SHORT   n: the n-th call, if it is a write, writes only half
//
// Calls are serialised, so that the order of the records is the order in which they took effect.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation {
    OP_CREATE = 1, // path, inode
    OP_WRITE,      // inode, offset, data; flag 1: O_DSYNC
    OP_TRUNCATE,   // inode, offset = length
    OP_SYNC,       // inode; flag 1: a folder
    OP_RENAME,     // path, other; inode
    OP_UNLINK,     // path, inode
    OP_MKDIR,      // path, inode
    OP_RMDIR,      // path
    OP_LINK,       // path, other; inode
    OP_MAPPED,     // path, inode: mapped shared and writable, so that its writes are not seen
    OP_SAID,       // data: written to the standard output (flag 1) or error (flag 2)
    OP_UNKNOWN,    // path: a call that the replay does not know
};

struct record {
    uint32_t operation, flag;
    uint64_t inode, offset;
    uint32_t path, other, data; // lengths of what follows
};

#define DESCRIPTORS 4096

static struct {
    char path[PATH_MAX]; // empty: not below the folder
    int flags;
} open_files[DESCRIPTORS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int log_file = -1;
static long calls, kill_at, short_at, torn;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("FAULTS_ROOT");
    if (!folder || folder[0] != '/' || strlen(folder) >= PATH_MAX) return;
    kill_at = number("FAULTS_KILL");
    short_at = number("FAULTS_SHORT");
    torn = number("FAULTS_TORN");
    const char *log = getenv("FAULTS_LOG");
    if (log) log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log && log_file < 0) _exit(99);
    strcpy(root, folder);
    root_length = strlen(root);
}

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) _exit(98);
    return found;
}

// Makes a path absolute without resolving links, for the campaign's folders have none.
static int below(int folder, const char *path, char *out) {
    if (!root_length || !path) return 0;
    if (path[0] == '/') {
        if (strlen(path) >= PATH_MAX) return 0;
        strcpy(out, path);
    } else {
        char base[PATH_MAX], link[64];
        if (folder == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length <= 0) return 0;
            base[length] = 0;
        }
        if (snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return 0;
    }
    size_t length = strlen(out);
    while (length > 1 && out[length - 1] == '/') out[--length] = 0;
    return strncmp(out, root, root_length) == 0 && (out[root_length] == 0 || out[root_length] == '/');
}

static const char *known(int descriptor) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS || !open_files[descriptor].path[0]) return NULL;
    return open_files[descriptor].path;
}

static uint64_t inode_at(const char *path) {
    struct stat found;
    return path && lstat(path, &found) == 0 ? found.st_ino : 0;
}

static uint64_t inode_of(int descriptor) {
    struct stat found;
    return fstat(descriptor, &found) == 0 ? found.st_ino : 0;
}

static void emit(
    uint32_t operation, uint32_t flag, uint64_t inode, uint64_t offset, const char *path, const char *other,
    const struct iovec *parts, int count, size_t size
) {
    if (log_file < 0) return;
    struct record record = {
        operation, flag, inode, offset, path ? strlen(path) : 0, other ? strlen(other) : 0, (uint32_t)size,
    };
    size_t total = sizeof record + record.path + record.other + size;
    char *bytes = malloc(total), *at = bytes;
    if (!bytes) _exit(97);
    at = mempcpy(at, &record, sizeof record);
    if (path) at = mempcpy(at, path, record.path);
    if (other) at = mempcpy(at, other, record.other);
    for (int part = 0; part < count && size; part++) {
        size_t length = parts[part].iov_len < size ? parts[part].iov_len : size;
        at = mempcpy(at, parts[part].iov_base, length);
        size -= length;
    }
    for (size_t done = 0; done < total;) {
        long written = syscall(SYS_write, log_file, bytes + done, total - done);
        if (written <= 0) _exit(96);
        done += (size_t)written;
    }
    free(bytes);
}

static void end(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

// Counts a call; true if it is the one that is to end the process.
static int is_last(void) { return ++calls == kill_at; }

// Write calls, all as one: a position below 0 is the file's own.
static ssize_t put(int descriptor, const struct iovec *parts, int count, off_t position) {
    const char *path = known(descriptor);
    if (!path) {
        if (root_length && (descriptor == 1 || descriptor == 2) && position < 0) {
            pthread_mutex_lock(&mutex);
            ssize_t done = syscall(SYS_writev, descriptor, parts, count);
            int error = errno;
            if (done > 0) emit(OP_SAID, (uint32_t)descriptor, 0, 0, NULL, NULL, parts, count, (size_t)done);
            pthread_mutex_unlock(&mutex);
            errno = error;
            return done;
        }
        return position < 0 ? REAL(writev)(descriptor, parts, count)
                            : REAL(pwritev)(descriptor, parts, count, position);
    }
    pthread_mutex_lock(&mutex);
    size_t size = 0;
    for (int part = 0; part < count; part++) size += parts[part].iov_len;
    int last = is_last(), half = (last && torn) || calls == short_at;
    if (last && (!torn || size < 2)) end();
    struct iovec shorter[count > 0 ? count : 1];
    if (half && size >= 2) {
        size_t left = size / 2;
        for (int part = 0; part < count; part++) {
            shorter[part] = parts[part];
            if (shorter[part].iov_len > left) shorter[part].iov_len = left;
            left -= shorter[part].iov_len;
        }
        parts = shorter;
    }
    off_t start = position >= 0 ? position
        : open_files[descriptor].flags & O_APPEND ? lseek(descriptor, 0, SEEK_END)
                                                  : lseek(descriptor, 0, SEEK_CUR);
    ssize_t done = position < 0 ? REAL(writev)(descriptor, parts, count)
                                : REAL(pwritev)(descriptor, parts, count, position);
    int error = errno;
    if (last) end();
    if (done > 0)
        emit(
            OP_WRITE, (open_files[descriptor].flags & O_DSYNC) != 0, inode_of(descriptor), (uint64_t)start, path, NULL,
            parts, count, (size_t)done
        );
    pthread_mutex_unlock(&mutex);
    errno = error;
    return done;
}

ssize_t write(int d, const void *bytes, size_t size) {
    struct iovec part = {(void *)bytes, size};
    return put(d, &part, 1, -1);
}
ssize_t pwrite(int d, const void *bytes, size_t size, off_t at) {
    struct iovec part = {(void *)bytes, size};
    return put(d, &part, 1, at);
}
ssize_t pwrite64(int d, const void *bytes, size_t size, off_t at) { return pwrite(d, bytes, size, at); }
ssize_t writev(int d, const struct iovec *parts, int count) { return put(d, parts, count, -1); }
ssize_t pwritev(int d, const struct iovec *parts, int count, off_t at) { return put(d, parts, count, at); }
ssize_t pwritev64(int d, const struct iovec *parts, int count, off_t at) { return put(d, parts, count, at); }

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char full[PATH_MAX];
    if (!below(folder, path, full)) return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&mutex);
    int changes = flags & (O_CREAT | O_TRUNC);
    uint64_t before = changes ? inode_at(full) : 0;
    if (changes && (!before || flags & O_TRUNC) && is_last()) end();
    if ((flags & O_TMPFILE) == O_TMPFILE) emit(OP_UNKNOWN, 0, 0, 0, full, NULL, NULL, 0, 0);
    int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
    int error = errno;
    if (descriptor >= DESCRIPTORS) _exit(95);
    if (descriptor >= 0) {
        strcpy(open_files[descriptor].path, full);
        open_files[descriptor].flags = flags;
        if (changes && !before) emit(OP_CREATE, 0, inode_of(descriptor), 0, full, NULL, NULL, 0, 0);
        else if (flags & O_TRUNC) emit(OP_TRUNCATE, 0, before, 0, full, NULL, NULL, 0, 0);
    }
    pthread_mutex_unlock(&mutex);
    errno = error;
    return descriptor;
}

#define MODE(last)                                                                                                     \
    mode_t mode = 0;                                                                                                   \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                                               \
        va_list list;                                                                                                  \
        va_start(list, last);                                                                                          \
        mode = va_arg(list, mode_t);                                                                                   \
        va_end(list);                                                                                                  \
    }

int open(const char *path, int flags, ...) {
    MODE(flags);
    return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags);
    return opened(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
    MODE(flags);
    return opened(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
    MODE(flags);
    return opened(folder, path, flags, mode);
}
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int descriptor) {
    if (known(descriptor)) open_files[descriptor].path[0] = 0;
    return (int)syscall(SYS_close, descriptor);
}

static int duplicate(int from, int to) {
    if (to >= 0 && to < DESCRIPTORS && known(from)) open_files[to] = open_files[from];
    return to;
}
int dup(int from) { return duplicate(from, (int)syscall(SYS_dup, from)); }
int fcntl(int descriptor, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    int result = (int)syscall(SYS_fcntl, descriptor, command, argument);
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? duplicate(descriptor, result) : result;
}
int fcntl64(int descriptor, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return fcntl(descriptor, command, argument);
}

// Calls on one open file.
#define ON_FILE(call, operation, length)                                                                               \
    const char *path = known(descriptor);                                                                              \
    if (!path) return call;                                                                                            \
    pthread_mutex_lock(&mutex);                                                                                        \
    if (is_last()) end();                                                                                              \
    int result = call, error = errno;                                                                                  \
    struct stat found;                                                                                                 \
    if (result == 0 && fstat(descriptor, &found) == 0)                                                                 \
        emit(operation, S_ISDIR(found.st_mode), found.st_ino, (uint64_t)(length), path, NULL, NULL, 0, 0);             \
    pthread_mutex_unlock(&mutex);                                                                                      \
    errno = error;                                                                                                     \
    return result

int fsync(int descriptor) { ON_FILE((int)syscall(SYS_fsync, descriptor), OP_SYNC, 0); }
int fdatasync(int descriptor) { ON_FILE((int)syscall(SYS_fdatasync, descriptor), OP_SYNC, 0); }
int ftruncate(int descriptor, off_t length) {
    ON_FILE((int)syscall(SYS_ftruncate, descriptor, length), OP_TRUNCATE, length);
}
int ftruncate64(int descriptor, off_t length) { return ftruncate(descriptor, length); }
int fallocate(int descriptor, int mode, off_t offset, off_t length) {
    ON_FILE((int)syscall(SYS_fallocate, descriptor, mode, offset, length), OP_UNKNOWN, length);
}
int fallocate64(int d, int mode, off_t offset, off_t length) { return fallocate(d, mode, offset, length); }

// Calls on names.
static int named(
    uint32_t operation, long (*call)(const long *), const long *arguments, int folder, const char *path, int to,
    const char *other
) {
    char first[PATH_MAX] = "", second[PATH_MAX] = "";
    int here = below(folder, path, first), there = other ? below(to, other, second) : 0;
    if (!here && !there) return (int)call(arguments);
    pthread_mutex_lock(&mutex);
    if (is_last()) end();
    uint64_t inode = inode_at(first);
    int result = (int)call(arguments), error = errno;
    if (result == 0) {
        if (operation == OP_MKDIR) inode = inode_at(first);
        emit(
            other && (!here || !there) ? OP_UNKNOWN : operation, 0, inode, 0, first, other ? second : NULL, NULL, 0, 0
        );
    }
    pthread_mutex_unlock(&mutex);
    errno = error;
    return result;
}

static long five(const long *a) { return syscall(a[0], a[1], a[2], a[3], a[4], a[5]); }

int renameat2(int folder, const char *path, int to, const char *other, unsigned flags) {
    long a[] = {SYS_renameat2, folder, (long)path, to, (long)other, (long)flags};
    return named(flags & ~1u ? OP_UNKNOWN : OP_RENAME, five, a, folder, path, to, other);
}
int renameat(int folder, const char *path, int to, const char *other) { return renameat2(folder, path, to, other, 0); }
int rename(const char *path, const char *other) { return renameat2(AT_FDCWD, path, AT_FDCWD, other, 0); }
int unlinkat(int folder, const char *path, int flags) {
    long a[] = {SYS_unlinkat, folder, (long)path, flags, 0, 0};
    return named(flags & AT_REMOVEDIR ? OP_RMDIR : OP_UNLINK, five, a, folder, path, 0, NULL);
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    int result = unlink(path);
    return result != 0 && errno == EISDIR ? rmdir(path) : result;
}
int mkdirat(int folder, const char *path, mode_t mode) {
    long a[] = {SYS_mkdirat, folder, (long)path, (long)mode, 0, 0};
    return named(OP_MKDIR, five, a, folder, path, 0, NULL);
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
int linkat(int folder, const char *path, int to, const char *other, int flags) {
    long a[] = {SYS_linkat, folder, (long)path, to, (long)other, flags};
    return named(OP_LINK, five, a, folder, path, to, other);
}
int link(const char *path, const char *other) { return linkat(AT_FDCWD, path, AT_FDCWD, other, 0); }

void *mmap(void *at, size_t length, int protection, int flags, int descriptor, off_t offset) {
    const char *path = flags & MAP_ANONYMOUS ? NULL : known(descriptor);
    if (path && flags & MAP_SHARED && protection & PROT_WRITE) {
        pthread_mutex_lock(&mutex);
        emit(OP_MAPPED, 0, inode_of(descriptor), 0, path, NULL, NULL, 0, 0);
        pthread_mutex_unlock(&mutex);
    }
    return (void *)syscall(SYS_mmap, at, length, protection, flags, descriptor, offset);
}
void *mmap64(void *at, size_t length, int protection, int flags, int descriptor, off_t offset) {
    return mmap(at, length, protection, flags, descriptor, offset);
}
