#include "CLMDBGuard.h"

#include <setjmp.h>
#include <stddef.h>

/// Where the thread's guarded call began; calls do not nest.
static _Thread_local jmp_buf *guarded;

void guarded_give_up(MDB_env *environment, const char *why) {
    (void)environment;
    (void)why;
    if (guarded != NULL) longjmp(*guarded, 1);
}

// Only LMDB's own frames are left, which hold nothing but what belongs to the transaction.
#define GUARDED(call)                   \
    do {                                \
        jmp_buf place;                  \
        if (setjmp(place) != 0) {       \
            guarded = NULL;             \
            return GUARDED_GAVE_UP;     \
        }                               \
        guarded = &place;               \
        int status = (call);            \
        guarded = NULL;                 \
        return status;                  \
    } while (0)

int guarded_txn_begin(MDB_env *environment, MDB_txn *parent, unsigned flags, MDB_txn **transaction) {
    GUARDED(mdb_txn_begin(environment, parent, flags, transaction));
}

int guarded_txn_commit(MDB_txn *transaction) { GUARDED(mdb_txn_commit(transaction)); }

int guarded_dbi_open(MDB_txn *transaction, const char *name, unsigned flags, MDB_dbi *tree) {
    GUARDED(mdb_dbi_open(transaction, name, flags, tree));
}

int guarded_get(MDB_txn *transaction, MDB_dbi tree, MDB_val *key, MDB_val *value) {
    GUARDED(mdb_get(transaction, tree, key, value));
}

int guarded_put(MDB_txn *transaction, MDB_dbi tree, MDB_val *key, MDB_val *value, unsigned flags) {
    GUARDED(mdb_put(transaction, tree, key, value, flags));
}

int guarded_del(MDB_txn *transaction, MDB_dbi tree, MDB_val *key, MDB_val *value) {
    GUARDED(mdb_del(transaction, tree, key, value));
}

int guarded_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op operation) {
    GUARDED(mdb_cursor_get(cursor, key, value, operation));
}

int guarded_cursor_del(MDB_cursor *cursor, unsigned flags) { GUARDED(mdb_cursor_del(cursor, flags)); }
