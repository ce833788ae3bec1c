#define _GNU_SOURCE
#include "CLedgerShims.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__) && !defined(__GLIBC__)
#include <sys/syscall.h>
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif
#endif

int memledger_disable_checkpoint_on_close(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

int memledger_disable_triggers(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
}

int memledger_disable_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

int memledger_enable_uris(void) { return sqlite3_config(SQLITE_CONFIG_URI, 1); }

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

static int rename_if_free(const char *from, const char *to) {
#if defined(__APPLE__)
    return renamex_np(from, to, RENAME_EXCL);
#elif defined(__GLIBC__)
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
#else
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
#endif
}

int memledger_rename_exclusive(const char *from, const char *to) {
    if (rename_if_free(from, to) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return -1;
    // An older file system: a link refuses a name that is taken, too.
    if (link(from, to) != 0) return -1;
    // It has its name; one too many is recognised by the process that opens it, and taken away.
    unlink(from);
    return 0;
}
