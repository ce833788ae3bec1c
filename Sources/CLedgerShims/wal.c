#include "CLedgerShims.h"

#include <string.h>

// The first 48 bytes of the wal-index, in the machine's byte order: https://sqlite.org/walformat.html, section 2.
enum {
    INDEX_VERSION = 3007000,
    HEADER_BYTES = 48,
    CHECKED_BYTES = 40,
    INITIALIZED_AT = 12,
    PAGE_SIZE_AT = 14,
    LAST_FRAME_AT = 16,
    CHECKSUM_AT = 40,
    INDEX_BLOCK_BYTES = 32768,
    WAL_HEADER_BYTES = 32,
    FRAME_HEADER_BYTES = 24
};

// Any page size of SQLite fits.
enum { SMALLEST_PAGE = 512, LARGEST_PAGE = 65536 };

static uint32_t number_at(const uint8_t *bytes, int offset) {
    uint32_t value;
    memcpy(&value, bytes + offset, sizeof value);
    return value;
}

static int is_checked(const uint8_t *header) {
    uint32_t first = 0, second = 0;
    for (int at = 0; at < CHECKED_BYTES; at += 8) {
        first += number_at(header, at) + second;
        second += number_at(header, at + 4) + first;
    }
    return first == number_at(header, CHECKSUM_AT) && second == number_at(header, CHECKSUM_AT + 4);
}

static int main_file(sqlite3 *db, int which, sqlite3_file **file) {
    *file = 0;
    int code = sqlite3_file_control(db, "main", which, file);
    if (code != SQLITE_OK) return code;
    return *file && (*file)->pMethods ? SQLITE_OK : SQLITE_NOTFOUND;
}

// The bytes of the write-ahead log through its last commit; 0 where everything of it has been copied into the database.
static int committed_bytes(sqlite3 *db, sqlite3_int64 *bytes) {
    sqlite3_file *file;
    int code = main_file(db, SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK) return code;
    if (file->pMethods->iVersion < 2) return SQLITE_NOTFOUND;
    volatile void *block = 0;
    code = file->pMethods->xShmMap(file, 0, INDEX_BLOCK_BYTES, 0, &block);
    if (code != SQLITE_OK) return code;
    if (!block) return SQLITE_NOTFOUND;
    // No process changes it while the caller has a writing transaction.
    uint8_t header[2 * HEADER_BYTES];
    memcpy(header, (const void *)block, sizeof header);
    uint16_t stored;
    memcpy(&stored, header + PAGE_SIZE_AT, sizeof stored);
    sqlite3_int64 page = stored == 1 ? LARGEST_PAGE : stored;
    if (memcmp(header, header + HEADER_BYTES, HEADER_BYTES) != 0 || number_at(header, 0) != INDEX_VERSION
        || !header[INITIALIZED_AT] || !is_checked(header))
        return SQLITE_CORRUPT;
    sqlite3_int64 frames = number_at(header, LAST_FRAME_AT);
    *bytes = frames == 0 ? 0 : WAL_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + page);
    // Without frames the page size need not be known yet.
    return frames == 0 || page >= SMALLEST_PAGE ? SQLITE_OK : SQLITE_CORRUPT;
}

int memledger_wal_cut(sqlite3 *db) {
    sqlite3_int64 committed, found;
    sqlite3_file *wal;
    int code = committed_bytes(db, &committed);
    if (code == SQLITE_OK) code = main_file(db, SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (code == SQLITE_OK) code = wal->pMethods->xFileSize(wal, &found);
    if (code != SQLITE_OK) return code;
    if (found < committed) return SQLITE_CORRUPT;
    if (found > committed) code = wal->pMethods->xTruncate(wal, committed);
    if (code != SQLITE_OK) return code;
    return wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
}

int memledger_wal_sync(sqlite3 *db) {
    sqlite3_file *wal;
    int code = main_file(db, SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    return code == SQLITE_OK ? wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) : code;
}

int memledger_sync(sqlite3 *db) {
    sqlite3_file *file;
    int code = memledger_wal_sync(db);
    if (code == SQLITE_OK) code = main_file(db, SQLITE_FCNTL_FILE_POINTER, &file);
    return code == SQLITE_OK ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : code;
}
