#include "CLocks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct clocks_lock {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    /// The generation of processes in which both were made.
    atomic_uint_fast64_t generation;
    atomic_flag renewing;
};

static void make(clocks_lock *lock) {
    pthread_mutex_init(&lock->mutex, NULL);
    pthread_cond_init(&lock->condition, NULL);
}

clocks_lock *clocks_make(void) {
    clocks_lock *lock = malloc(sizeof(clocks_lock));
    if (lock == NULL) return NULL;
    make(lock);
    atomic_init(&lock->generation, clocks_generation());
    atomic_flag_clear(&lock->renewing);
    return lock;
}

void clocks_free(clocks_lock *lock) {
    // One that a thread of the parent held or slept on must not be destroyed, and holds nothing.
    if (atomic_load(&lock->generation) == clocks_generation()) {
        pthread_mutex_destroy(&lock->mutex);
        pthread_cond_destroy(&lock->condition);
    }
    free(lock);
}

/// Makes a lock of a parent one of this process: whoever held it there is not here.
static void renew(clocks_lock *lock) {
    // A fork in between would leave it marked for ever.
    clocks_enter();
    while (atomic_flag_test_and_set_explicit(&lock->renewing, memory_order_acquire)) {}
    if (atomic_load(&lock->generation) != clocks_generation()) {
        make(lock);
        atomic_store(&lock->generation, clocks_generation());
    }
    atomic_flag_clear_explicit(&lock->renewing, memory_order_release);
    clocks_leave();
}

static void ensure_own(clocks_lock *lock) {
    if (atomic_load_explicit(&lock->generation, memory_order_acquire) != clocks_generation()) {
        renew(lock);
    }
}

void clocks_take(clocks_lock *lock) {
    ensure_own(lock);
    pthread_mutex_lock(&lock->mutex);
}

void clocks_give(clocks_lock *lock) {
    if (atomic_load_explicit(&lock->generation, memory_order_acquire) == clocks_generation()) {
        pthread_mutex_unlock(&lock->mutex);
    }
}

void clocks_sleep(clocks_lock *lock) {
    pthread_cond_wait(&lock->condition, &lock->mutex);
    pthread_mutex_unlock(&lock->mutex);
}

void clocks_wake(clocks_lock *lock) { pthread_cond_broadcast(&lock->condition); }
