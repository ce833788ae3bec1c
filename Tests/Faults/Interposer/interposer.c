// Counts, records and fails the calls that change files under one folder. Loaded into a child process by LD_PRELOAD.
//
//   FAULT_FOLDER      absolute path; only files under it, and the folder itself, are looked at
//   FAULT_CONTROL     a file of `struct control`, shared by all processes and threads and by the test that watches
//   FAULT_TRACE       optional; a line per counted call: its number, the process, the operation, the path
//   FAULT_OPERATIONS  optional; a list such as "fsync,fdatasync": the other operations are not counted
//   FAULT_SUFFIX      optional; only paths that end so, such as "-wal", are counted
//
// A call is counted if it would change something: not an open of a file that is there, nor an unlink of none.
// The files that a process was given as its standard streams are its caller's, and are not counted.
// The calls go to the kernel directly, so that nothing depends on the order in which libraries are loaded. What libc does
// inside itself (fopen and fwrite, writes into a mapping) does not pass here.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/// What the test writes and the children read, at any time. FaultControl.swift has the same layout.
struct control {
    _Atomic int64_t count;   // calls so far
    _Atomic int64_t at;      // the call that is hit, from 1; 0: none
    _Atomic int64_t action;  // enum action
    _Atomic int64_t error;   // the errno of ACTION_FAIL
    _Atomic int64_t sticky;  // not 0: every later call is hit too
    _Atomic int64_t hits;    // calls that were hit
};

enum action {
    ACTION_NONE, ACTION_FAIL, ACTION_SHORT, ACTION_KILL_BEFORE, ACTION_KILL_AFTER, ACTION_STOP_BEFORE, ACTION_STOP_AFTER,
};

static char folder[PATH_MAX];
static size_t folder_length;
static struct control *control;
static int trace = -1;
static const char *operations, *suffix;
static struct { dev_t device; ino_t inode; } streams[3];

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("FAULT_FOLDER"), *file = getenv("FAULT_CONTROL");
    if (!name || !file || !realpath(name, folder)) return;
    int descriptor = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    syscall(SYS_close, descriptor);
    if (mapped == MAP_FAILED) return;
    for (int stream = 0; stream < 3; stream++) {
        struct stat found;
        if (fstat(stream, &found)) continue;
        streams[stream].device = found.st_dev;
        streams[stream].inode = found.st_ino;
    }
    operations = getenv("FAULT_OPERATIONS");
    suffix = getenv("FAULT_SUFFIX");
    if ((file = getenv("FAULT_TRACE"))) {
        trace = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
    folder_length = strlen(folder);
    control = mapped;
}

// Paths

static int is_inside(const char *path) {
    return !strncmp(path, folder, folder_length) && (path[folder_length] == '/' || !path[folder_length]);
}

static int link_of(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    char *deleted = strstr(path, " (deleted)");
    if (deleted && !deleted[10]) *deleted = 0;
    return 1;
}

/// The path of an open file under the folder; 0 for any other.
static int path_of(int descriptor, char *path) {
    if (!control) return 0;
    int error = errno, found = link_of(descriptor, path) && is_inside(path);
    struct stat file;
    if (found && !fstat(descriptor, &file)) {
        for (int stream = 0; stream < 3; stream++) {
            if (streams[stream].inode == file.st_ino && streams[stream].device == file.st_dev) found = 0;
        }
    }
    errno = error;
    return found;
}

/// The absolute path of a name under the folder, with its parents' links resolved, and its own if it is followed.
static int resolve(int parent, const char *name, int follows, char *path) {
    if (!control || !name || !*name) return 0;
    char whole[PATH_MAX], start[PATH_MAX];
    int error = errno, found = 0;
    if (name[0] == '/') {
        start[0] = 0;
    } else if (parent == AT_FDCWD ? !getcwd(start, sizeof start) : !link_of(parent, start)) {
        goto out;
    }
    if (snprintf(whole, sizeof whole, "%s%s%s", start, *start ? "/" : "", name) >= (int)sizeof whole) goto out;
    if (!follows || !realpath(whole, path)) {
        size_t length = strlen(whole);
        while (length > 1 && whole[length - 1] == '/') whole[--length] = 0;
        char *last = strrchr(whole, '/');
        if (!last) goto out;
        *last = 0;
        if (!realpath(*whole ? whole : "/", path)) goto out;
        length = strlen(path);
        if (snprintf(path + length, PATH_MAX - length, "/%s", last + 1) >= (int)(PATH_MAX - length)) goto out;
    }
    found = is_inside(path);
out:
    errno = error;
    return found;
}

static int is_there(int parent, const char *name, struct stat *file, int flags) {
    int error = errno, found = !fstatat(parent, name, file, flags);
    errno = error;
    return found;
}

// Decisions

static int is_listed(const char *operation) {
    if (!operations || !*operations) return 1;
    size_t length = strlen(operation);
    for (const char *at = operations; (at = strstr(at, operation)); at += length) {
        if ((at == operations || at[-1] == ',') && (!at[length] || at[length] == ',')) return 1;
    }
    return 0;
}

static void signal_itself(int signal) {
    syscall(SYS_kill, syscall(SYS_getpid), signal);
    while (signal == SIGKILL) pause();
}

/// Counts a call and says what becomes of it. After ACTION_FAIL, errno is set.
static enum action decide(const char *operation, const char *path) {
    if (!is_listed(operation)) return ACTION_NONE;
    size_t length = strlen(path), wanted = suffix ? strlen(suffix) : 0;
    if (wanted > length || (wanted && strcmp(path + length - wanted, suffix))) return ACTION_NONE;
    int64_t number = atomic_fetch_add(&control->count, 1) + 1;
    if (trace >= 0) {
        char line[PATH_MAX + 96];
        int size = snprintf(line, sizeof line, "%lld %ld %s %s\n", (long long)number, syscall(SYS_getpid), operation, path);
        syscall(SYS_write, trace, line, size);
    }
    int64_t at = control->at;
    if (at == 0 || !(control->sticky ? number >= at : number == at)) return ACTION_NONE;
    enum action action = control->action;
    atomic_fetch_add(&control->hits, 1);
    if (action == ACTION_FAIL) errno = control->error;
    if (action == ACTION_KILL_BEFORE) signal_itself(SIGKILL);
    if (action == ACTION_STOP_BEFORE) signal_itself(SIGSTOP);
    return action;
}

static void finish(enum action action) {
    int error = errno;
    if (action == ACTION_KILL_AFTER) signal_itself(SIGKILL);
    if (action == ACTION_STOP_AFTER) signal_itself(SIGSTOP);
    errno = error;
}

/// The body of an interposed call: `call` as it is unless the path is under the folder, which `inside` finds out.
#define INTERPOSE(type, inside, operation, call)                  \
    char path[PATH_MAX];                                          \
    if (!(inside)) return call;                                   \
    enum action action = decide(operation, path);                 \
    if (action == ACTION_FAIL) return -1;                         \
    type result = call;                                           \
    finish(action);                                               \
    return result;

/// The same for a call that moves `size` bytes, of which half are moved if it is to fall short.
#define INTERPOSE_DATA(size, inside, operation, call)             \
    char path[PATH_MAX];                                          \
    if (!(inside)) return call;                                   \
    enum action action = decide(operation, path);                 \
    if (action == ACTION_FAIL) return -1;                         \
    if (action == ACTION_SHORT && size > 1) size /= 2;            \
    ssize_t result = call;                                        \
    finish(action);                                               \
    return result;

// Data

ssize_t write(int file, const void *bytes, size_t size) {
    INTERPOSE_DATA(size, path_of(file, path), "write", syscall(SYS_write, file, bytes, size))
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
    INTERPOSE_DATA(size, path_of(file, path), "pwrite", syscall(SYS_pwrite64, file, bytes, size, offset))
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) { return pwrite64(file, bytes, size, offset); }

/// One buffer's worth at a time: a caller of writev must expect less than it asked for.
ssize_t writev(int file, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    if (!path_of(file, path)) return syscall(SYS_writev, file, parts, count);
    for (int index = 0; index < count; index++) {
        if (parts[index].iov_len) return write(file, parts[index].iov_base, parts[index].iov_len);
    }
    return 0;
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
    for (int index = 0; index < count; index++) {
        if (parts[index].iov_len) return pwrite64(file, parts[index].iov_base, parts[index].iov_len, offset);
    }
    return 0;
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
    return pwritev64(file, parts, count, offset);
}

ssize_t copy_file_range(int source, off64_t *from, int file, off64_t *to, size_t size, unsigned flags) {
    INTERPOSE_DATA(
        size, path_of(file, path), "copy", syscall(SYS_copy_file_range, source, from, file, to, size, flags))
}
ssize_t sendfile64(int file, int source, off64_t *from, size_t size) {
    INTERPOSE_DATA(size, path_of(file, path), "copy", syscall(SYS_sendfile, file, source, from, size))
}
ssize_t sendfile(int file, int source, off_t *from, size_t size) { return sendfile64(file, source, from, size); }
int ioctl(int file, unsigned long request, ...) {
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    int clones = request == FICLONE || request == FICLONERANGE;
    INTERPOSE(int, clones && path_of(file, path), "copy", syscall(SYS_ioctl, file, request, argument))
}

int ftruncate64(int file, off64_t size) {
    INTERPOSE(int, path_of(file, path), "truncate", syscall(SYS_ftruncate, file, size))
}
int ftruncate(int file, off_t size) { return ftruncate64(file, size); }
int truncate64(const char *name, off64_t size) {
    INTERPOSE(int, resolve(AT_FDCWD, name, 1, path), "truncate", syscall(SYS_truncate, name, size))
}
int truncate(const char *name, off_t size) { return truncate64(name, size); }

int fallocate64(int file, int mode, off64_t offset, off64_t size) {
    INTERPOSE(int, path_of(file, path), "allocate", syscall(SYS_fallocate, file, mode, offset, size))
}
int fallocate(int file, int mode, off_t offset, off_t size) { return fallocate64(file, mode, offset, size); }
int posix_fallocate64(int file, off64_t offset, off64_t size) {
    int saved = errno, result = fallocate64(file, 0, offset, size) == 0 ? 0 : errno;
    errno = saved;
    return result;
}
int posix_fallocate(int file, off_t offset, off_t size) { return posix_fallocate64(file, offset, size); }

// Syncs: a folder's is named apart, because other faults follow from it

static const char *sync_name(int file, const char *name) {
    struct stat found;
    int error = errno, is_folder = !fstat(file, &found) && S_ISDIR(found.st_mode);
    errno = error;
    return is_folder ? "syncfolder" : name;
}
int fsync(int file) { INTERPOSE(int, path_of(file, path), sync_name(file, "fsync"), syscall(SYS_fsync, file)) }
int fdatasync(int file) {
    INTERPOSE(int, path_of(file, path), sync_name(file, "fdatasync"), syscall(SYS_fdatasync, file))
}
int syncfs(int file) { INTERPOSE(int, path_of(file, path), "fsync", syscall(SYS_syncfs, file)) }

// Names

/// A new file, or the loss of an old one's contents; otherwise nothing changes.
static int changes_by_opening(int parent, const char *name, int flags, char *path) {
    if (!control || !(flags & (O_CREAT | O_TRUNC))) return 0;
    if (!resolve(parent, name, !(flags & (O_NOFOLLOW | O_EXCL)), path)) return 0;
    if ((flags & O_TMPFILE) == O_TMPFILE) return 1;
    struct stat file;
    if (!is_there(parent, name, &file, flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0)) return (flags & O_CREAT) != 0;
    return (flags & O_TRUNC) && !(flags & O_EXCL) && S_ISREG(file.st_mode) && file.st_size > 0;
}
static int open_at(int parent, const char *name, int flags, mode_t mode) {
    INTERPOSE(
        int, changes_by_opening(parent, name, flags, path), "create", syscall(SYS_openat, parent, name, flags, mode))
}
#define MODE                                                      \
    mode_t mode = 0;                                              \
    if (flags & (O_CREAT | O_TMPFILE)) {                          \
        va_list list;                                             \
        va_start(list, flags);                                    \
        mode = va_arg(list, mode_t);                              \
        va_end(list);                                             \
    }
int open(const char *name, int flags, ...) { MODE return open_at(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE return open_at(AT_FDCWD, name, flags | O_LARGEFILE, mode); }
int openat(int parent, const char *name, int flags, ...) { MODE return open_at(parent, name, flags, mode); }
int openat64(int parent, const char *name, int flags, ...) {
    MODE return open_at(parent, name, flags | O_LARGEFILE, mode);
}
int creat(const char *name, mode_t mode) { return open_at(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *name, mode_t mode) { return creat(name, mode); }

/// libc's own temporary files, whose opening inside libc does not pass here.
#define TEMPORARY(function, parameters, arguments)                                       \
    int function parameters {                                                            \
        int (*original) parameters = (int (*) parameters)dlsym(RTLD_NEXT, #function);    \
        INTERPOSE(int, resolve(AT_FDCWD, name, 0, path), "create", original arguments)   \
    }
TEMPORARY(mkstemp, (char *name), (name))
TEMPORARY(mkstemp64, (char *name), (name))
TEMPORARY(mkostemp, (char *name, int flags), (name, flags))
TEMPORARY(mkostemp64, (char *name, int flags), (name, flags))
TEMPORARY(mkstemps, (char *name, int length), (name, length))
TEMPORARY(mkstemps64, (char *name, int length), (name, length))
TEMPORARY(mkostemps, (char *name, int length, int flags), (name, length, flags))
TEMPORARY(mkostemps64, (char *name, int length, int flags), (name, length, flags))
char *mkdtemp(char *name) {
    char *(*original)(char *) = (char *(*)(char *))dlsym(RTLD_NEXT, "mkdtemp");
    char path[PATH_MAX];
    if (!resolve(AT_FDCWD, name, 0, path)) return original(name);
    enum action action = decide("mkdir", path);
    if (action == ACTION_FAIL) return NULL;
    char *result = original(name);
    finish(action);
    return result;
}

/// The trace has the new name, or the old one if only that is under the folder.
static int moves(int parent, const char *name, int new_parent, const char *new_name, char *path) {
    struct stat file;
    if (!control || !is_there(parent, name, &file, AT_SYMLINK_NOFOLLOW)) return 0;
    return resolve(new_parent, new_name, 0, path) || resolve(parent, name, 0, path);
}
int renameat2(int parent, const char *name, int new_parent, const char *new_name, unsigned flags) {
    INTERPOSE(
        int, moves(parent, name, new_parent, new_name, path), "rename",
        syscall(SYS_renameat2, parent, name, new_parent, new_name, flags))
}
int renameat(int parent, const char *name, int new_parent, const char *new_name) {
    return renameat2(parent, name, new_parent, new_name, 0);
}
int rename(const char *name, const char *new_name) { return renameat2(AT_FDCWD, name, AT_FDCWD, new_name, 0); }
int linkat(int parent, const char *name, int new_parent, const char *new_name, int flags) {
    INTERPOSE(
        int, moves(parent, name, new_parent, new_name, path), "link",
        syscall(SYS_linkat, parent, name, new_parent, new_name, flags))
}
int link(const char *name, const char *new_name) { return linkat(AT_FDCWD, name, AT_FDCWD, new_name, 0); }
int symlinkat(const char *target, int parent, const char *name) {
    INTERPOSE(int, resolve(parent, name, 0, path), "symlink", syscall(SYS_symlinkat, target, parent, name))
}
int symlink(const char *target, const char *name) { return symlinkat(target, AT_FDCWD, name); }

static int removes(int parent, const char *name, char *path) {
    struct stat file;
    return control && is_there(parent, name, &file, AT_SYMLINK_NOFOLLOW) && resolve(parent, name, 0, path);
}
int unlinkat(int parent, const char *name, int flags) {
    INTERPOSE(
        int, removes(parent, name, path), flags & AT_REMOVEDIR ? "rmdir" : "unlink",
        syscall(SYS_unlinkat, parent, name, flags))
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char *name) {
    struct stat file;
    int is_folder = is_there(AT_FDCWD, name, &file, AT_SYMLINK_NOFOLLOW) && S_ISDIR(file.st_mode);
    return is_folder ? rmdir(name) : unlink(name);
}

static int makes(int parent, const char *name, char *path) {
    struct stat file;
    return control && !is_there(parent, name, &file, AT_SYMLINK_NOFOLLOW) && resolve(parent, name, 0, path);
}
int mkdirat(int parent, const char *name, mode_t mode) {
    INTERPOSE(int, makes(parent, name, path), "mkdir", syscall(SYS_mkdirat, parent, name, mode))
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

// Attributes

int fchmod(int file, mode_t mode) { INTERPOSE(int, path_of(file, path), "chmod", syscall(SYS_fchmod, file, mode)) }
int fchmodat(int parent, const char *name, mode_t mode, int flags) {
    if (flags & AT_SYMLINK_NOFOLLOW) { errno = EOPNOTSUPP; return -1; }
    INTERPOSE(int, resolve(parent, name, 1, path), "chmod", syscall(SYS_fchmodat, parent, name, mode))
}
int chmod(const char *name, mode_t mode) { return fchmodat(AT_FDCWD, name, mode, 0); }
int fchown(int file, uid_t owner, gid_t group) {
    INTERPOSE(int, path_of(file, path), "chown", syscall(SYS_fchown, file, owner, group))
}
int fchownat(int parent, const char *name, uid_t owner, gid_t group, int flags) {
    INTERPOSE(
        int, resolve(parent, name, !(flags & AT_SYMLINK_NOFOLLOW), path), "chown",
        syscall(SYS_fchownat, parent, name, owner, group, flags))
}
int chown(const char *name, uid_t owner, gid_t group) { return fchownat(AT_FDCWD, name, owner, group, 0); }
int lchown(const char *name, uid_t owner, gid_t group) {
    return fchownat(AT_FDCWD, name, owner, group, AT_SYMLINK_NOFOLLOW);
}
int futimens(int file, const struct timespec times[2]) {
    INTERPOSE(int, path_of(file, path), "utime", syscall(SYS_utimensat, file, NULL, times, 0))
}
int utimensat(int parent, const char *name, const struct timespec times[2], int flags) {
    INTERPOSE(
        int, resolve(parent, name, !(flags & AT_SYMLINK_NOFOLLOW), path), "utime",
        syscall(SYS_utimensat, parent, name, times, flags))
}
