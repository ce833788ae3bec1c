#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int type;
    union {
        int64_t integer;
        double real;
        /// An offset into the rows' bytes.
        size_t start;
    };
    size_t length;
} value;

struct floor_rows {
    char table[64];
    int columns;
    int64_t count;
    value *values;
    size_t value_capacity;
    char *bytes;
    size_t byte_count;
    size_t byte_capacity;
};

static int reserve(void **memory, size_t *capacity, size_t needed, size_t unit) {
    if (needed <= *capacity) return 0;
    size_t larger = needed * 2;
    void *moved = realloc(*memory, larger * unit);
    if (!moved) return -1;
    *memory = moved;
    *capacity = larger;
    return 0;
}

static int take(floor_rows *rows, sqlite3_stmt *row, int column) {
    value *target = &rows->values[rows->count * rows->columns + column];
    target->type = sqlite3_column_type(row, column);
    target->length = 0;
    switch (target->type) {
    case SQLITE_INTEGER: target->integer = sqlite3_column_int64(row, column); return 0;
    case SQLITE_FLOAT: target->real = sqlite3_column_double(row, column); return 0;
    case SQLITE_NULL: return 0;
    default: break;
    }
    const void *bytes = sqlite3_column_blob(row, column);
    target->length = (size_t)sqlite3_column_bytes(row, column);
    target->start = rows->byte_count;
    if (reserve((void **)&rows->bytes, &rows->byte_capacity, rows->byte_count + target->length + 1, 1)) return -1;
    if (target->length) memcpy(rows->bytes + rows->byte_count, bytes, target->length);
    rows->byte_count += target->length;
    return 0;
}

floor_rows *floor_rows_load(const char *path, const char *table) {
    floor_db *db = floor_open_readonly(path, 16384);
    if (!db) return NULL;
    floor_rows *rows = calloc(1, sizeof *rows);
    snprintf(rows->table, sizeof rows->table, "%s", table);
    // Generated columns are not inserted, and table_info leaves them out.
    char sql[512];
    snprintf(
        sql, sizeof sql, "SELECT 'SELECT ' || group_concat(name, ', ') || ' FROM %s' "
        "|| (SELECT iif(wr, '', ' ORDER BY rowid') FROM pragma_table_list('%s')) "
        "FROM pragma_table_info('%s')", table, table, table);
    sqlite3_stmt *names = NULL, *select = NULL;
    int failed = sqlite3_prepare_v2(db->handle, sql, -1, &names, NULL) != SQLITE_OK
        || sqlite3_step(names) != SQLITE_ROW
        || sqlite3_prepare_v2(db->handle, (const char *)sqlite3_column_text(names, 0), -1, &select, NULL) != SQLITE_OK;
    rows->columns = failed ? 0 : sqlite3_column_count(select);
    while (!failed && sqlite3_step(select) == SQLITE_ROW) {
        size_t needed = (size_t)(rows->count + 1) * (size_t)rows->columns;
        failed = reserve((void **)&rows->values, &rows->value_capacity, needed, sizeof(value));
        for (int column = 0; !failed && column < rows->columns; column++) failed = take(rows, select, column);
        if (!failed) rows->count++;
    }
    sqlite3_finalize(names);
    sqlite3_finalize(select);
    floor_close(db);
    if (!failed) return rows;
    floor_rows_free(rows);
    return NULL;
}

int64_t floor_rows_count(const floor_rows *rows) { return rows->count; }

void floor_rows_free(floor_rows *rows) {
    if (!rows) return;
    free(rows->values);
    free(rows->bytes);
    free(rows);
}

static int insert_row(sqlite3_stmt *insert, const floor_rows *rows, int64_t index) {
    const value *values = rows->values + index * rows->columns;
    for (int column = 0; column < rows->columns; column++) {
        const value *v = &values[column];
        switch (v->type) {
        case SQLITE_INTEGER: sqlite3_bind_int64(insert, column + 1, v->integer); break;
        case SQLITE_FLOAT: sqlite3_bind_double(insert, column + 1, v->real); break;
        case SQLITE_TEXT:
            sqlite3_bind_text(insert, column + 1, rows->bytes + v->start, (int)v->length, SQLITE_STATIC);
            break;
        case SQLITE_BLOB:
            sqlite3_bind_blob(insert, column + 1, rows->bytes + v->start, (int)v->length, SQLITE_STATIC);
            break;
        default: sqlite3_bind_null(insert, column + 1); break;
        }
    }
    return floor_run(insert);
}

static sqlite3_stmt *prepare_insert(floor_db *db, const floor_rows *rows) {
    char sql[512];
    int length = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", rows->table);
    for (int column = 1; column < rows->columns; column++)
        length += snprintf(sql + length, sizeof sql - (size_t)length, ", ?");
    snprintf(sql + length, sizeof sql - (size_t)length, ")");
    sqlite3_stmt *insert = NULL;
    sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &insert, NULL);
    return insert;
}

enum { most_parts = 8 };

int64_t floor_insert(
    floor_db *db, const floor_part *parts, int part_count, int64_t first_transaction, int64_t transactions,
    int checkpoint_pages) {
    sqlite3_stmt *begin = NULL, *commit = NULL, *inserts[most_parts] = {NULL};
    if (part_count > most_parts) return -1;
    int failed = sqlite3_prepare_v2(db->handle, "BEGIN IMMEDIATE", -1, &begin, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(db->handle, "COMMIT", -1, &commit, NULL) != SQLITE_OK;
    for (int part = 0; part < part_count; part++) {
        inserts[part] = prepare_insert(db, parts[part].rows);
        failed = failed || !inserts[part];
    }
    int64_t inserted = 0;
    for (int64_t number = first_transaction; !failed && number < first_transaction + transactions; number++) {
        failed = floor_run(begin);
        for (int part = 0; !failed && part < part_count; part++) {
            int64_t first = number * parts[part].rows_per_transaction;
            int64_t end = first + parts[part].rows_per_transaction;
            if (end > parts[part].rows->count) end = parts[part].rows->count;
            for (int64_t index = first; !failed && index < end; index++) {
                failed = insert_row(inserts[part], parts[part].rows, index);
                inserted++;
            }
        }
        failed = failed || floor_run(commit);
        floor_checkpoint(db, checkpoint_pages);
    }
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    for (int part = 0; part < part_count; part++) sqlite3_finalize(inserts[part]);
    return failed ? -1 : inserted;
}
