#ifndef CLMDB_GUARD_H
#define CLMDB_GUARD_H

// LMDB's calls, that come back where LMDB gives up.
//
// LMDB ends the process where it meets a page that cannot be, as in a file that is written over while it is mapped. These
// come back with GUARDED_GAVE_UP instead. A transaction that writes must then not be touched again, not even aborted: LMDB
// has left things in it that are gone. When its thread ends, other processes can write.

#include <lmdb.h>

/// LMDB met a page that cannot be; none of LMDB's own numbers.
#define GUARDED_GAVE_UP (-30700)

/// What LMDB is to call before it ends the process: `mdb_env_set_assert(environment, guarded_give_up)`.
///
/// Comes back into the guarded call of the thread; outside one it returns, and LMDB ends the process.
void guarded_give_up(MDB_env *environment, const char *why);

int guarded_txn_begin(MDB_env *environment, MDB_txn *parent, unsigned flags, MDB_txn **transaction);
int guarded_txn_commit(MDB_txn *transaction);
int guarded_dbi_open(MDB_txn *transaction, const char *name, unsigned flags, MDB_dbi *tree);
int guarded_get(MDB_txn *transaction, MDB_dbi tree, MDB_val *key, MDB_val *value);
int guarded_put(MDB_txn *transaction, MDB_dbi tree, MDB_val *key, MDB_val *value, unsigned flags);
int guarded_del(MDB_txn *transaction, MDB_dbi tree, MDB_val *key, MDB_val *value);
int guarded_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op operation);
int guarded_cursor_del(MDB_cursor *cursor, unsigned flags);

#endif
