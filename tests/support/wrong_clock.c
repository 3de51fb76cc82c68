/* A clock that is wrong: preloaded into what a host's sessions and its database run, and into nothing else.
 *
 * libfaketime 0.9.10 leaves bash and PostgreSQL's first process at the true time, does not see statx(2), and keeps a
 * semaphore of its own; a time namespace leaves the real-time clock alone. This shifts what these programs ask for: the
 * real-time clock, and the instants that `stat` reads of files. Seconds stand in the file CLOCK and may change meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead(void)
{
    static const char *text; /* the rest of the page is zero: a number always ends */
    int before = errno;
    if (!text) {
        int file = open(CLOCK, O_RDONLY | O_CLOEXEC);
        void *page = file < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
        if (file >= 0)
            close(file);
        if (page != MAP_FAILED)
            text = page;
    }
    long seconds = text ? strtol(text, NULL, 10) : 0;
    errno = before;
    return seconds;
}

int clock_gettime(clockid_t which, struct timespec *at)
{
    int status = (int)syscall(SYS_clock_gettime, which, at);
    if (status == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        at->tv_sec += ahead();
    return status;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}

int statx(int folder, const char *restrict path, int flags, unsigned int mask, struct statx *restrict found)
{
    int status = (int)syscall(SYS_statx, folder, path, flags, mask, found);
    if (status == 0) {
        found->stx_mtime.tv_sec += ahead();
        found->stx_ctime.tv_sec += ahead();
    }
    return status;
}
