#define _GNU_SOURCE
#include "CLedgerShims.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int memledger_disable_checkpoint_on_close(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

int memledger_disable_triggers(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
}

static int set_lock(int descriptor, long offset, short type) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = offset;
    lock.l_len = 1;
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int memledger_try_lock(int descriptor, long offset) { return set_lock(descriptor, offset, F_WRLCK); }

int memledger_try_shared_lock(int descriptor, long offset) { return set_lock(descriptor, offset, F_RDLCK); }

int memledger_unlock(int descriptor, long offset) { return set_lock(descriptor, offset, F_UNLCK); }
