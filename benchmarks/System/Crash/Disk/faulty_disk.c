/*
 * A preloaded disk that fails on demand. While the file $GRISTMILL_FAULTS/sync exists, fsync and fdatasync answer EIO; while
 * $GRISTMILL_FAULTS/sync-main exists, they do for a database's main file; while $GRISTMILL_FAULTS/write exists, writes to a
 * database's log answer ENOSPC, and while $GRISTMILL_FAULTS/write-error exists, EIO. Nothing else is touched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_on(const char *fault)
{
    char path[4096];
    const char *folder = getenv("GRISTMILL_FAULTS");
    if (folder == NULL)
        return 0;
    snprintf(path, sizeof path, "%s/%s", folder, fault);
    return access(path, F_OK) == 0;
}

static int ends_with(int fd, const char *ending)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < (ssize_t)strlen(ending))
        return 0;
    path[length] = '\0';
    return strcmp(path + length - strlen(ending), ending) == 0;
}

static int fails_sync(int fd)
{
    return is_on("sync") || (ends_with(fd, ".db") && is_on("sync-main"));
}

int fsync(int fd)
{
    if (fails_sync(fd)) {
        errno = EIO;
        return -1;
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int fdatasync(int fd)
{
    if (fails_sync(fd)) {
        errno = EIO;
        return -1;
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}

/* The error that a write meets; 0 for none. */
static int write_error(int fd)
{
    if (!ends_with(fd, "-wal"))
        return 0;
    return is_on("write") ? ENOSPC : is_on("write-error") ? EIO : 0;
}

static ssize_t write_at(const char *name, int fd, const void *data, size_t size, off_t offset)
{
    int error = write_error(fd);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return ((ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, name))(fd, data, size, offset);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return write_at("pwrite", fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return write_at("pwrite64", fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
    int error = write_error(fd);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(fd, data, size);
}
