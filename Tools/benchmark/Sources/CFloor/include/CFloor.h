#pragma once
#include <stddef.h>
#include <stdint.h>

/// The floor: what plain C against SQLite does with the same rows and the same settings, and nothing else.
/// Every function answers 0 (or a count) where it succeeds and -1 where it does not; `floor_message` says why.

/// 1 where the folder lies in memory, 0 where it does not.
int floor_is_in_memory(const char *folder);

typedef struct floor_db floor_db;

/// Opens or makes a database in WAL mode that never checkpoints by itself.
floor_db *floor_open(const char *path, int page_size, int full_sync, int cache_kibibytes);
floor_db *floor_open_readonly(const char *path, int cache_kibibytes);
void floor_close(floor_db *db);
const char *floor_message(floor_db *db);

int floor_execute(floor_db *db, const char *sql);
/// The first column of the first row; -1 where there is none.
int64_t floor_integer(floor_db *db, const char *sql);
/// Copies a table's definition and those of its indexes from another database.
int floor_copy_schema(floor_db *db, const char *source_path, const char *table);
int floor_checkpoint_truncate(floor_db *db);

/// All rows of a table, in memory, in the order of its rowid.
typedef struct floor_rows floor_rows;
floor_rows *floor_rows_load(const char *path, const char *table);
int64_t floor_rows_count(const floor_rows *rows);
void floor_rows_free(floor_rows *rows);

/// One table's part of each transaction.
typedef struct {
    const floor_rows *rows;
    int64_t rows_per_transaction;
} floor_part;

/// Inserts the parts' rows from a transaction's number on, checkpointing whenever the write-ahead log has that many
/// pages. Answers the rows inserted.
int64_t floor_insert(
    floor_db *db, const floor_part *parts, int part_count, int64_t first_transaction, int64_t transactions,
    int checkpoint_pages);

/// A statement with text parameters, run again and again.
typedef struct floor_query floor_query;
floor_query *floor_prepare(floor_db *db, const char *sql);
void floor_query_free(floor_query *query);
/// Runs the query and fetches every column of every row. Answers the bytes fetched.
int64_t floor_fetch(floor_query *query, const char *first, const char *second);
/// Steps through all rows and fetches every column. Answers the rows.
int64_t floor_scan(floor_query *query);

/// A Keyv-shaped counted read: begin, SELECT value, UPDATE value, commit.
typedef struct floor_keyv floor_keyv;
floor_keyv *floor_keyv_open(floor_db *db, int checkpoint_pages);
int floor_keyv_put(floor_keyv *keyv, const char *key, const char *value);
int floor_keyv_get_and_set(floor_keyv *keyv, const char *key);
void floor_keyv_free(floor_keyv *keyv);
