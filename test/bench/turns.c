/* SPDX-License-Identifier: MIT */
/*
 * turns - run shell commands in turn, and tell what each run took.
 *
 *	turns [-w WARM-UPS] ROUNDS COMMAND...
 *
 * A round runs each command once; what else the machine does weighs on all of
 * them.  A line a run: the number of the command (from 1), seconds of the
 * clock, seconds of the processor, and the peak memory, in KiB, of the largest
 * process.  Warm-ups (1) are not told.  A command that fails ends it all.
 * What the commands print is lost, unless they send it elsewhere.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void
become(const char *command)
{
	int fd = open("/dev/null", O_WRONLY);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(126);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Run the command; -1 if it cannot be, or fails. */
static int
run(const char *command, int number, int tell)
{
	struct rusage use;
	double from = now(), to;
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		become(command);
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid) {
		perror("turns");
		return -1;
	}
	to = now();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "turns: failed (status %d): %s\n",
		    WIFEXITED(status) ? WEXITSTATUS(status)
				      : 128 + WTERMSIG(status),
		    command);
		return -1;
	}
	if (tell)
		printf("%d\t%.6f\t%.6f\t%ld\n", number, to - from,
		    seconds(&use.ru_utime) + seconds(&use.ru_stime),
		    use.ru_maxrss);
	return fflush(stdout);
}

/* A number as it stands in an argument; -1 if it is none. */
static long
count(const char *s)
{
	char *end;
	long n = strtol(s, &end, 10);

	return *s == '\0' || *end != '\0' || n < 0 || n > 100000 ? -1 : n;
}

int
main(int argc, char *argv[])
{
	long rounds, warm = 1, i;
	int at = 1, k;

	if (argc > 2 && strcmp(argv[1], "-w") == 0) {
		warm = count(argv[2]);
		at = 3;
	}
	rounds = argc > at ? count(argv[at]) : -1;
	if (warm < 0 || rounds < 1 || argc < at + 2) {
		fputs("usage: turns [-w WARM-UPS] ROUNDS COMMAND...\n", stderr);
		return 64;
	}
	for (i = 0; i < warm + rounds; i++)
		for (k = at + 1; k < argc; k++)
			if (run(argv[k], k - at, i >= warm) != 0)
				return 1;
	return 0;
}
