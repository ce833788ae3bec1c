#pragma once
#include <sqlite3.h>

/// What Swift cannot call: variadic C functions and Linux-only constants.

/// sqlite3_db_config(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1): closing the last connection must not checkpoint,
/// because that checkpoint would run outside the ledger's writer lock.
int memledger_disable_checkpoint_on_close(sqlite3 *db);

/// sqlite3_db_config(SQLITE_DBCONFIG_ENABLE_TRIGGER, 0): the triggers guard the events against other programs' statements,
/// and would cost the ledger's own inserts a third of their speed.
int memledger_disable_triggers(sqlite3 *db);

/// sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), before anything else of SQLite is called in the process. Returns SQLITE_OK, or
/// SQLITE_MISUSE if it was used already; then it stays as it is.
int memledger_disable_memory_statistics(void);

/// Lets names of databases that begin with "file:" be URIs. As memledger_disable_memory_statistics.
int memledger_enable_uris(void);

/// Lets memledger_limit_heap work, before anything else of SQLite is called in the process. Returns as
/// memledger_disable_memory_statistics.
int memledger_count_heap(void);

/// From now on SQLite gives the calling thread at most so many bytes more than it has, and says SQLITE_NOMEM beyond that;
/// a negative number ends it. Returns 0 if there is no limit, because it was ended or SQLite's heap is not counted.
int memledger_limit_heap(sqlite3_int64 bytes);

/// Takes an exclusive advisory lock on one byte of an open file, without waiting.
/// The lock belongs to the open file description, so two descriptors of one process exclude each other too.
/// Returns 0, or -1 with errno EAGAIN or EACCES when somebody else has it.
int memledger_try_lock(int descriptor, long offset);

/// The same for a lock that any number of others may share. The file need only be open for reading.
int memledger_try_shared_lock(int descriptor, long offset);

/// Releases a lock that memledger_try_lock took. Returns 0, or -1 with errno.
int memledger_unlock(int descriptor, long offset);

/// Gives a file another name, which no file may have yet. Where the file system knows no such rename, the file has both
/// names for a moment. Returns 0, or -1 with errno, EEXIST where the name is taken.
int memledger_rename_exclusive(const char *from, const char *to);

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of the bytes, by the processor's instruction where it has one.
uint32_t memledger_crc32c(const void *bytes, size_t count);

/// Cuts the write-ahead log of the main database behind its last commit, and syncs it: what a failed commit has left
/// there is gone, and no recovery can apply it. Goes through SQLite's own files, since opening and closing one of them
/// here would drop the locks that SQLite has on it.
///
/// Call it inside a writing transaction that has written nothing, of a database in WAL mode. Returns SQLITE_OK, or what
/// kept it from being certain; then the log may or may not have been cut.
int memledger_wal_cut(sqlite3 *db);

/// Syncs the write-ahead log of the main database. Returns SQLITE_OK, or what SQLite reports.
int memledger_wal_sync(sqlite3 *db);

/// The same, and then the database itself. The connection must have read something.
int memledger_sync(sqlite3 *db);

/// Replaces `instr` and `replace` on a connection by functions that answer the same, in a time that grows with the lengths
/// added and not multiplied: a statement cannot be ended while a function runs. Returns SQLITE_OK, or what SQLite reports.
int memledger_linear_functions(sqlite3 *db);
