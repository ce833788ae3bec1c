#pragma once
#include "CFloor.h"

#include <sqlite3.h>

struct floor_db {
    sqlite3 *handle;
    /// Pages in the write-ahead log after the last commit.
    int wal_pages;
};

/// Runs a statement that answers nothing and makes it ready for the next run. 0 or -1.
int floor_run(sqlite3_stmt *statement);
/// Checkpoints where the write-ahead log is long enough.
void floor_checkpoint(floor_db *db, int pages);
