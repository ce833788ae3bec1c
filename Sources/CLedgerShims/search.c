#define _GNU_SOURCE
#include "CLedgerShims.h"

#include <string.h>

// SQLite's own compare at every place, so that a text of zeros in a longer one takes them multiplied. memmem does not.

static int is_continued(unsigned char byte) { return (byte & 0xC0) == 0x80; }

static void linear_instr(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL) return;
    int is_blob = sqlite3_value_type(values[0]) == SQLITE_BLOB && sqlite3_value_type(values[1]) == SQLITE_BLOB;
    const unsigned char *text = is_blob ? sqlite3_value_blob(values[0]) : sqlite3_value_text(values[0]);
    const unsigned char *sought = is_blob ? sqlite3_value_blob(values[1]) : sqlite3_value_text(values[1]);
    size_t text_bytes = (size_t)sqlite3_value_bytes(values[0]);
    size_t sought_bytes = (size_t)sqlite3_value_bytes(values[1]);
    if (sought_bytes == 0) return sqlite3_result_int(context, 1);
    if (!text || !sought) {
        if (text_bytes == 0) return sqlite3_result_int(context, 0);
        return sqlite3_result_error_nomem(context);
    }
    const unsigned char *from = text;
    const unsigned char *found;
    // A place within a character is none.
    while ((found = memmem(from, text_bytes - (size_t)(from - text), sought, sought_bytes)) != NULL && !is_blob
           && is_continued(*found))
        from = found + 1;
    if (!found) return sqlite3_result_int(context, 0);
    sqlite3_int64 place = 1;
    for (const unsigned char *at = text; at < found; at++) place += is_blob || !is_continued(*at);
    sqlite3_result_int64(context, place);
}

static void linear_replace(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    for (int index = 0; index < 3; index++) {
        if (sqlite3_value_type(values[index]) == SQLITE_NULL) return;
    }
    const unsigned char *text = sqlite3_value_text(values[0]);
    const unsigned char *sought = sqlite3_value_text(values[1]);
    const unsigned char *put = sqlite3_value_text(values[2]);
    if (!text || !sought || !put) return sqlite3_result_error_nomem(context);
    size_t bytes = (size_t)sqlite3_value_bytes(values[0]);
    size_t sought_bytes = (size_t)sqlite3_value_bytes(values[1]);
    size_t put_bytes = (size_t)sqlite3_value_bytes(values[2]);
    if (sought_bytes == 0) return sqlite3_result_value(context, values[0]);
    sqlite3 *db = sqlite3_context_db_handle(context);
    int limit = sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1);
    sqlite3_str *result = sqlite3_str_new(db);
    const unsigned char *found;
    while ((found = memmem(text, bytes, sought, sought_bytes)) != NULL) {
        size_t before = (size_t)(found - text);
        if ((size_t)sqlite3_str_length(result) + before + put_bytes > (size_t)limit) break;
        sqlite3_str_append(result, (const char *)text, (int)before);
        sqlite3_str_append(result, (const char *)put, (int)put_bytes);
        text = found + sought_bytes;
        bytes -= before + sought_bytes;
    }
    if (!found) sqlite3_str_append(result, (const char *)text, (int)bytes);
    int code = sqlite3_str_errcode(result);
    int length = sqlite3_str_length(result);
    char *made = sqlite3_str_finish(result);
    if (found || code == SQLITE_TOOBIG || length > limit) {
        sqlite3_free(made);
        return sqlite3_result_error_toobig(context);
    }
    if (code != SQLITE_OK) {
        sqlite3_free(made);
        return sqlite3_result_error_nomem(context);
    }
    if (!made) return sqlite3_result_text(context, "", 0, SQLITE_STATIC);
    sqlite3_result_text(context, made, length, sqlite3_free);
}

int memledger_linear_functions(sqlite3 *db) {
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    int code = sqlite3_create_function_v2(db, "instr", 2, flags, NULL, linear_instr, NULL, NULL, NULL);
    if (code != SQLITE_OK) return code;
    return sqlite3_create_function_v2(db, "replace", 3, flags, NULL, linear_replace, NULL, NULL, NULL);
}
