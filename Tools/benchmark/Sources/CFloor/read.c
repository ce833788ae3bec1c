#include "internal.h"

#include <stdlib.h>

struct floor_query {
    sqlite3_stmt *statement;
};

floor_query *floor_prepare(floor_db *db, const char *sql) {
    floor_query *query = calloc(1, sizeof *query);
    if (query && sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &query->statement, NULL)
        != SQLITE_OK) {
        free(query);
        return NULL;
    }
    return query;
}

void floor_query_free(floor_query *query) {
    if (!query) return;
    sqlite3_finalize(query->statement);
    free(query);
}

static int64_t fetch_row(sqlite3_stmt *row, int columns) {
    int64_t bytes = 0;
    for (int column = 0; column < columns; column++) {
        switch (sqlite3_column_type(row, column)) {
        case SQLITE_INTEGER: bytes += sqlite3_column_int64(row, column) != 0; break;
        case SQLITE_FLOAT: bytes += sqlite3_column_double(row, column) != 0; break;
        case SQLITE_NULL: break;
        default:
            bytes += sqlite3_column_blob(row, column) != NULL;
            bytes += sqlite3_column_bytes(row, column);
        }
    }
    return bytes;
}

int64_t floor_fetch(floor_query *query, const char *first, const char *second) {
    sqlite3_stmt *row = query->statement;
    if (first) sqlite3_bind_text(row, 1, first, -1, SQLITE_STATIC);
    if (second) sqlite3_bind_text(row, 2, second, -1, SQLITE_STATIC);
    int columns = sqlite3_column_count(row);
    int64_t bytes = 0;
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) bytes += fetch_row(row, columns);
    sqlite3_reset(row);
    return code == SQLITE_DONE ? bytes : -1;
}

int64_t floor_scan(floor_query *query) {
    int columns = sqlite3_column_count(query->statement);
    int64_t rows = 0;
    // The sum is kept so that the fetches are not optimised away.
    volatile int64_t bytes = 0;
    while (sqlite3_step(query->statement) == SQLITE_ROW) {
        bytes += fetch_row(query->statement, columns);
        rows++;
    }
    sqlite3_reset(query->statement);
    return rows;
}
