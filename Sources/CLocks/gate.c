#include "CLocks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { STRIPES = 64, MOST_FILES = 1024 };

// Threads count themselves in different cache lines, so that they do not wait for each other.
typedef struct {
    _Alignas(64) atomic_long inside;
} stripe;

static stripe stripes[STRIPES];
static atomic_uint next_stripe;
/// How many threads are forking.
static atomic_int forking;
static atomic_uint_fast64_t generation = 1;
/// Descriptors plus one; 0 is a free place.
static atomic_int files[MOST_FILES];

static _Thread_local unsigned depth;
static _Thread_local stripe *own;

static void rest(long nanoseconds) {
    struct timespec time = {0, nanoseconds};
    nanosleep(&time, NULL);
}

void clocks_enter(void) {
    if (depth++ > 0) return;
    if (own == NULL) {
        own = &stripes[atomic_fetch_add_explicit(&next_stripe, 1, memory_order_relaxed) % STRIPES];
    }
    for (;;) {
        // Both in the one order of all: either the fork sees this thread, or this thread sees the fork.
        atomic_fetch_add(&own->inside, 1);
        if (atomic_load(&forking) == 0) return;
        atomic_fetch_sub(&own->inside, 1);
        while (atomic_load(&forking) != 0) rest(20000);
    }
}

void clocks_leave(void) {
    if (--depth == 0) atomic_fetch_sub(&own->inside, 1);
}

bool clocks_is_inside(void) { return depth > 0; }

void clocks_enter_for_other(void) { depth++; }

uint64_t clocks_generation(void) {
    return atomic_load_explicit(&generation, memory_order_relaxed);
}

bool clocks_close_in_child(int descriptor) {
    for (int place = 0; place < MOST_FILES; place++) {
        int empty = 0;
        if (atomic_compare_exchange_strong(&files[place], &empty, descriptor + 1)) return true;
    }
    return false;
}

void clocks_forget(int descriptor) {
    for (int place = 0; place < MOST_FILES; place++) {
        int noted = descriptor + 1;
        if (atomic_compare_exchange_strong(&files[place], &noted, 0)) return;
    }
}

static long count_inside(void) {
    long count = 0;
    for (int place = 0; place < STRIPES; place++) count += atomic_load(&stripes[place].inside);
    return count;
}

/// The one thread that forks may itself be inside, though it should not be.
static long own_count(void) { return depth > 0 && own != NULL ? 1 : 0; }

static void before_fork(void) {
    atomic_fetch_add(&forking, 1);
    while (count_inside() > own_count()) rest(20000);
}

static void in_parent(void) { atomic_fetch_sub(&forking, 1); }

static void in_child(void) {
    for (int place = 0; place < STRIPES; place++) atomic_store(&stripes[place].inside, 0);
    if (own_count() > 0) atomic_store(&own->inside, 1);
    for (int place = 0; place < MOST_FILES; place++) {
        int noted = atomic_exchange(&files[place], 0);
        if (noted > 0) close(noted - 1);
    }
    atomic_fetch_add(&generation, 1);
    atomic_store(&forking, 0);
}

__attribute__((constructor)) static void watch_forks(void) {
    pthread_atfork(before_fork, in_parent, in_child);
}
