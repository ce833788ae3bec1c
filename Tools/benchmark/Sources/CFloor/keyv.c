#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct floor_keyv {
    floor_db *db;
    int checkpoint_pages;
    sqlite3_stmt *begin, *commit, *select, *update, *insert;
    char *value;
    size_t capacity;
};

floor_keyv *floor_keyv_open(floor_db *db, int checkpoint_pages) {
    floor_keyv *keyv = calloc(1, sizeof *keyv);
    keyv->db = db;
    keyv->checkpoint_pages = checkpoint_pages;
    int failed = floor_execute(db, "CREATE TABLE IF NOT EXISTS keyv (key VARCHAR(255) PRIMARY KEY, value TEXT)")
        || sqlite3_prepare_v2(db->handle, "BEGIN IMMEDIATE", -1, &keyv->begin, NULL)
        || sqlite3_prepare_v2(db->handle, "COMMIT", -1, &keyv->commit, NULL)
        || sqlite3_prepare_v2(db->handle, "SELECT value FROM keyv WHERE key = ?", -1, &keyv->select, NULL)
        || sqlite3_prepare_v2(db->handle, "UPDATE keyv SET value = ?2 WHERE key = ?1", -1, &keyv->update, NULL)
        || sqlite3_prepare_v2(db->handle, "INSERT INTO keyv (key, value) VALUES (?, ?)", -1, &keyv->insert, NULL);
    if (!failed) return keyv;
    floor_keyv_free(keyv);
    return NULL;
}

void floor_keyv_free(floor_keyv *keyv) {
    if (!keyv) return;
    sqlite3_finalize(keyv->begin);
    sqlite3_finalize(keyv->commit);
    sqlite3_finalize(keyv->select);
    sqlite3_finalize(keyv->update);
    sqlite3_finalize(keyv->insert);
    free(keyv->value);
    free(keyv);
}

int floor_keyv_put(floor_keyv *keyv, const char *key, const char *value) {
    sqlite3_bind_text(keyv->insert, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(keyv->insert, 2, value, -1, SQLITE_STATIC);
    return floor_run(keyv->insert);
}

int floor_keyv_get_and_set(floor_keyv *keyv, const char *key) {
    int failed = floor_run(keyv->begin);
    sqlite3_bind_text(keyv->select, 1, key, -1, SQLITE_STATIC);
    if (failed || sqlite3_step(keyv->select) != SQLITE_ROW) return -1;
    size_t length = (size_t)sqlite3_column_bytes(keyv->select, 0);
    if (length > keyv->capacity) {
        keyv->capacity = length * 2;
        keyv->value = realloc(keyv->value, keyv->capacity);
    }
    memcpy(keyv->value, sqlite3_column_blob(keyv->select, 0), length);
    sqlite3_reset(keyv->select);
    // A counter would change in place: a byte that differs each time does the same to the page.
    if (length) keyv->value[length - 1] = keyv->value[length - 1] == ' ' ? '}' : ' ';
    sqlite3_bind_text(keyv->update, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(keyv->update, 2, keyv->value, (int)length, SQLITE_STATIC);
    failed = floor_run(keyv->update) || floor_run(keyv->commit);
    floor_checkpoint(keyv->db, keyv->checkpoint_pages);
    return failed ? -1 : 0;
}
