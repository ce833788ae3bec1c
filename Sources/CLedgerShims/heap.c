#include "CLedgerShims.h"

// SQLite's own limits of its heap are of a process. Here a thread has one, for as long as it wants it: what it allocates
// is counted on it, what it frees is counted back. Threads without a limit pay for looking whether they have one.

static sqlite3_mem_methods heap;
static int is_counted;
static _Thread_local int is_limited;
static _Thread_local sqlite3_int64 room;
static _Thread_local sqlite3_int64 limit;

static void *limited_malloc(int bytes) {
    if (!is_limited) return heap.xMalloc(bytes);
    if (bytes > room) return NULL;
    void *made = heap.xMalloc(bytes);
    if (made) room -= heap.xSize(made);
    return made;
}

// What was allocated before the limit was set is no more room than the limit.
static void give_back(sqlite3_int64 bytes) {
    room += bytes;
    if (room > limit) room = limit;
}

static void limited_free(void *made) {
    if (is_limited && made) give_back(heap.xSize(made));
    heap.xFree(made);
}

static void *limited_realloc(void *made, int bytes) {
    if (!is_limited) return heap.xRealloc(made, bytes);
    int before = heap.xSize(made);
    if (bytes > before && bytes - before > room) return NULL;
    void *again = heap.xRealloc(made, bytes);
    if (again) give_back((sqlite3_int64)before - heap.xSize(again));
    return again;
}

int memledger_count_heap(void) {
    int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &heap);
    if (code != SQLITE_OK) return code;
    sqlite3_mem_methods counted = heap;
    counted.xMalloc = limited_malloc;
    counted.xFree = limited_free;
    counted.xRealloc = limited_realloc;
    code = sqlite3_config(SQLITE_CONFIG_MALLOC, &counted);
    is_counted = code == SQLITE_OK;
    return code;
}

int memledger_limit_heap(sqlite3_int64 bytes) {
    is_limited = is_counted && bytes >= 0;
    limit = room = bytes;
    return is_limited;
}
