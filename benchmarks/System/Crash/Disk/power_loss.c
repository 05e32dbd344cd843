/*
 * A preloaded disk that remembers what a power loss would take. Every write to a file under $GRISTMILL_DISK is logged to
 * $GRISTMILL_DISK_LOG before it happens, with the bytes it replaces; every sync is logged after it has happened. PowerLoss.cs
 * reads the log once the process is dead and takes back what was not synced.
 *
 * A record is a header, the path, the old bytes and the new bytes. Names and lengths of directories are taken as safe.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { RECORD_WRITE = 1, RECORD_SYNC = 2, RECORD_TRUNCATE = 3 };

struct record {
    uint64_t kind, path_length, offset, old_size, old_length, new_length;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;

static ssize_t real_write(int fd, const void *data, size_t size)
{
    return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(fd, data, size);
}

static ssize_t real_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return ((ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite"))(fd, data, size, offset);
}

/* True when fd is one of ours; its path is then in path. */
static int is_ours(int fd, char *path, size_t capacity)
{
    char link[64];
    const char *disk = getenv("GRISTMILL_DISK");
    if (disk == NULL)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, capacity - 1);
    if (length <= 0)
        return 0;
    path[length] = '\0';
    return strncmp(path, disk, strlen(disk)) == 0 && strstr(path, ".db") != NULL;
}

static void append(struct record record, const char *path, const void *old_bytes, const void *new_bytes)
{
    if (log_fd < 0)
        log_fd = open(getenv("GRISTMILL_DISK_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    record.path_length = strlen(path);
    if (real_write(log_fd, &record, sizeof record) != (ssize_t)sizeof record
        || real_write(log_fd, path, record.path_length) != (ssize_t)record.path_length
        || (record.old_length > 0 && real_write(log_fd, old_bytes, record.old_length) != (ssize_t)record.old_length)
        || (record.new_length > 0 && real_write(log_fd, new_bytes, record.new_length) != (ssize_t)record.new_length))
        abort();
}

/* Logs that size bytes at offset of fd are about to be replaced, or cut off when data is null. */
static void remember(int fd, const char *path, const void *data, size_t size, off_t offset)
{
    struct stat now;
    if (fstat(fd, &now) != 0)
        abort();
    char *old_bytes = malloc(size + 1);
    ssize_t old_length = pread(fd, old_bytes, size, offset);
    struct record record = {
        .kind = data != NULL ? RECORD_WRITE : RECORD_TRUNCATE,
        .offset = (uint64_t)offset,
        .old_size = (uint64_t)now.st_size,
        .old_length = old_length > 0 ? (uint64_t)old_length : 0,
        .new_length = data != NULL ? size : 0,
    };
    append(record, path, old_bytes, data);
    free(old_bytes);
}

static ssize_t write_at(int fd, const void *data, size_t size, off_t offset)
{
    char path[4096];
    if (!is_ours(fd, path, sizeof path))
        return real_pwrite(fd, data, size, offset);
    pthread_mutex_lock(&gate);
    remember(fd, path, data, size, offset);
    ssize_t result = real_pwrite(fd, data, size, offset);
    pthread_mutex_unlock(&gate);
    return result;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return write_at(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return write_at(fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
    char path[4096];
    if (!is_ours(fd, path, sizeof path))
        return real_write(fd, data, size);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t result = write_at(fd, data, size, offset);
    if (result > 0)
        lseek(fd, offset + result, SEEK_SET);
    return result;
}

static int truncate_to(int fd, off_t size)
{
    char path[4096];
    struct stat now;
    int (*real)(int, off_t) = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate");
    if (!is_ours(fd, path, sizeof path) || fstat(fd, &now) != 0)
        return real(fd, size);
    pthread_mutex_lock(&gate);
    remember(fd, path, NULL, now.st_size > size ? (size_t)(now.st_size - size) : 0, size);
    int result = real(fd, size);
    pthread_mutex_unlock(&gate);
    return result;
}

int ftruncate(int fd, off_t size)
{
    return truncate_to(fd, size);
}

int ftruncate64(int fd, off_t size)
{
    return truncate_to(fd, size);
}

static int sync_of(const char *name, int fd)
{
    char path[4096];
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (!is_ours(fd, path, sizeof path))
        return real(fd);
    pthread_mutex_lock(&gate);
    int result = real(fd);
    if (result == 0)
        append((struct record){ .kind = RECORD_SYNC }, path, NULL, NULL);
    pthread_mutex_unlock(&gate);
    return result;
}

int fsync(int fd)
{
    return sync_of("fsync", fd);
}

int fdatasync(int fd)
{
    return sync_of("fdatasync", fd);
}
