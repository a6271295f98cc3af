#ifndef CLOCKS_H
#define CLOCKS_H

// Locks that a fork finds in order, for a library whose process may be forked at any moment.
//
// A forked process has one thread; the others are gone, wherever they were. What they had locked would stay
// locked, and what they were changing would be half changed. So whoever changes what locks protect enters a
// gate, and a fork waits until nobody is inside; in the child every lock is free. What forks without the handlers of
// pthread_atfork, as _Fork and a plain clone do, is not noticed.

#include <stdbool.h>
#include <stdint.h>

/// Enters the gate, waiting while a fork is under way; every entry needs one `clocks_leave`.
///
/// A thread that is inside enters again at once.
void clocks_enter(void);

/// Leaves the gate.
void clocks_leave(void);

/// Whether the calling thread is inside the gate.
bool clocks_is_inside(void);

/// Makes the calling thread one that is inside for as long as it lives, on behalf of a thread that is inside
/// and waits for it.
void clocks_enter_for_other(void);

/// One more than the number of forks between the first process and this one; those forked from one process share it.
uint64_t clocks_generation(void);

/// Has a file closed in forked processes as soon as they begin; false where too many are noted.
///
/// A lock on a file lies with all who have the file open, so that a child would hold its parent's.
bool clocks_close_in_child(int descriptor);

/// Ends that, before the file is closed.
void clocks_forget(int descriptor);

/// A mutex with a condition.
typedef struct clocks_lock clocks_lock;

/// Makes a lock; NULL where there is no memory.
clocks_lock *clocks_make(void);

/// Frees a lock that nobody holds.
void clocks_free(clocks_lock *lock);

/// Waits for the lock and takes it; after a fork it is free, whoever held it.
void clocks_take(clocks_lock *lock);

/// Gives the lock back.
void clocks_give(clocks_lock *lock);

/// Gives the lock back, sleeps until it is woken, and does not take it again.
void clocks_sleep(clocks_lock *lock);

/// Wakes all who sleep.
void clocks_wake(clocks_lock *lock);

#endif
