#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef __linux__
#include <sys/vfs.h>

enum { tmpfs = 0x01021994, ramfs = 0x858458f6 };

int floor_is_in_memory(const char *folder) {
    struct statfs status;
    if (statfs(folder, &status)) return 0;
    return (uint32_t)status.f_type == (uint32_t)tmpfs || (uint32_t)status.f_type == (uint32_t)ramfs;
}
#else
int floor_is_in_memory(const char *folder) {
    (void)folder;
    return 0;
}
#endif

static int note_wal(void *context, sqlite3 *handle, const char *name, int pages) {
    (void)handle;
    (void)name;
    ((floor_db *)context)->wal_pages = pages;
    return SQLITE_OK;
}

int floor_execute(floor_db *db, const char *sql) {
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

static floor_db *open_handle(const char *path, int flags) {
    floor_db *db = calloc(1, sizeof *db);
    if (!db) return NULL;
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
        floor_close(db);
        return NULL;
    }
    sqlite3_wal_hook(db->handle, note_wal, db);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
    return db;
}

static int set(floor_db *db, const char *name, int value) {
    char sql[96];
    snprintf(sql, sizeof sql, "PRAGMA %s = %d", name, value);
    return floor_execute(db, sql);
}

floor_db *floor_open(const char *path, int page_size, int full_sync, int cache_kibibytes) {
    floor_db *db = open_handle(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
    if (!db) return NULL;
    if (set(db, "page_size", page_size) || floor_execute(db, "PRAGMA journal_mode = WAL")
        || floor_execute(db, full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        || set(db, "cache_size", -cache_kibibytes)) {
        floor_close(db);
        return NULL;
    }
    return db;
}

floor_db *floor_open_readonly(const char *path, int cache_kibibytes) {
    floor_db *db = open_handle(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
    if (db) set(db, "cache_size", -cache_kibibytes);
    return db;
}

void floor_close(floor_db *db) {
    if (!db) return;
    sqlite3_close(db->handle);
    free(db);
}

const char *floor_message(floor_db *db) { return db ? sqlite3_errmsg(db->handle) : "it cannot be opened"; }

int floor_run(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? 0 : -1;
}

int64_t floor_integer(floor_db *db, const char *sql) {
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) == SQLITE_OK
        && sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

void floor_checkpoint(floor_db *db, int pages) {
    if (db->wal_pages < pages) return;
    int length = 0, copied = 0;
    sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &length, &copied);
    if (copied >= length) db->wal_pages = 0;
}

int floor_checkpoint_truncate(floor_db *db) {
    return sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

int floor_copy_schema(floor_db *db, const char *source_path, const char *table) {
    floor_db *source = floor_open_readonly(source_path, 1024);
    if (!source) return -1;
    sqlite3_stmt *select = NULL;
    int result = sqlite3_prepare_v2(
        source->handle,
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL "
        "ORDER BY type = 'index'",
        -1, &select, NULL) == SQLITE_OK ? 0 : -1;
    if (!result) sqlite3_bind_text(select, 1, table, -1, SQLITE_STATIC);
    while (!result && sqlite3_step(select) == SQLITE_ROW)
        result = floor_execute(db, (const char *)sqlite3_column_text(select, 0));
    sqlite3_finalize(select);
    floor_close(source);
    return result;
}
