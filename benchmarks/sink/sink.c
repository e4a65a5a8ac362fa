/* An SMTP server that takes everything as fast as one core can read, and counts it.
 *
 *   sink [delay in ms] [file for recipients]
 *
 * Prints the port it listens on. Every reply waits for the delay, those of one read together: the
 * latency of a line, not the speed of a server. XCOUNT answers "250 <messages> <octets>" at once.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 18, LINE = 2048, OUT = 8192, LINES = 65536 };

struct line {
    int fd, is_body, line_length, out_length, in_end, open, waiting;
    double due;
    struct line *next;
    char command[LINE], out[OUT], recipient[LINE];
};

static struct line *lines[LINES], *first, *last;
static char input[ROOM];
static unsigned long long messages, octets;
static double delay;
static FILE *record;
static const char END[] = "\r\n.\r\n";

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void reply(struct line *line, const char *text) {
    int length = strlen(text);
    if (line->out_length + length > OUT) return;
    memcpy(line->out + line->out_length, text, length);
    line->out_length += length;
}

static void hang_up(int fd) {
    lines[fd]->open = 0;
    close(fd);
}

static void flush_line(int fd) {
    struct line *line = lines[fd];
    if (line->open && line->out_length > 0)
        if (send(fd, line->out, line->out_length, MSG_NOSIGNAL) < 0 && errno != EAGAIN) hang_up(fd);
    line->out_length = 0;
}

static int is_verb(const char *command, const char *verb) {
    return strncasecmp(command, verb, strlen(verb)) == 0;
}

static void command(int fd, struct line *line) {
    char text[128];
    line->command[line->line_length] = 0;
    if (is_verb(line->command, "EHLO"))
        reply(line, "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n");
    else if (is_verb(line->command, "DATA")) {
        reply(line, "354 go on\r\n");
        line->is_body = 1;
        line->in_end = 2; /* the line end of DATA counts as the first of "\r\n.\r\n" */
    } else if (is_verb(line->command, "RCPT")) {
        strcpy(line->recipient, line->command);
        reply(line, "250 2.1.5 fine\r\n");
    } else if (is_verb(line->command, "XCOUNT")) {
        snprintf(text, sizeof text, "250 %llu %llu\r\n", messages, octets);
        reply(line, text);
        flush_line(fd);
    } else if (is_verb(line->command, "QUIT")) {
        reply(line, "221 2.0.0 bye\r\n");
        flush_line(fd);
        hang_up(fd);
    } else
        reply(line, "250 2.0.0 fine\r\n");
    line->line_length = 0;
}

static void accepted(struct line *line) {
    messages++;
    line->is_body = 0;
    reply(line, "250 2.0.0 taken\r\n");
    if (record) fprintf(record, "%s\n", line->recipient);
}

/* Reads a body up to its final dot; returns how many octets belonged to it. */
static int body(struct line *line, const char *at, int length) {
    const char *start = at, *end = at + length, *found;
    while (at < end && line->in_end > 0) { /* an end begun in an earlier read */
        if (*at == END[line->in_end]) {
            at++;
            if (++line->in_end == 5) {
                accepted(line);
                return at - start;
            }
        } else
            line->in_end = *at == '\r' ? (at++, 1) : 0;
    }
    if (at == end) return length;
    found = memmem(at, end - at, END, 5);
    if (found) {
        accepted(line);
        return found + 5 - start;
    }
    for (int kept = 4; kept > 0; kept--)
        if (end - at >= kept && memcmp(end - kept, END, kept) == 0) {
            line->in_end = kept;
            break;
        }
    return length;
}

static void talk(int fd) {
    struct line *line = lines[fd];
    int length = recv(fd, input, ROOM, 0), at = 0;
    if (length <= 0) {
        if (length == 0 || errno != EAGAIN) hang_up(fd);
        return;
    }
    octets += length;
    while (at < length && line->open) {
        if (line->is_body) {
            at += body(line, input + at, length - at);
            continue;
        }
        char c = input[at++];
        if (c == '\n')
            command(fd, line);
        else if (c != '\r' && line->line_length < LINE - 1)
            line->command[line->line_length++] = c;
    }
    if (!line->open || line->out_length == 0) return;
    if (delay == 0)
        flush_line(fd);
    else if (!line->waiting) {
        line->waiting = 1;
        line->due = now() + delay;
        line->next = NULL;
        if (last) last->next = line; else first = line;
        last = line;
    }
}

static int flush_due(void) { /* milliseconds until the next one is due */
    while (first) {
        double left = first->due - now();
        if (left > 0) return (int)(left * 1000) + 1;
        struct line *line = first;
        first = line->next;
        if (!first) last = NULL;
        line->waiting = 0;
        flush_line(line->fd);
    }
    return -1;
}

static void welcome(int listening, int poll) {
    int fd, one = 1;
    while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= LINES) { close(fd); continue; }
        if (!lines[fd]) lines[fd] = calloc(1, sizeof(struct line));
        struct line *line = lines[fd];
        line->is_body = line->line_length = line->out_length = line->in_end = 0;
        line->open = 1;
        line->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        reply(line, "220 sink.example ESMTP\r\n");
        flush_line(fd);
    }
}

int main(int count, char **words) {
    int one = 1, listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listening}, events[256];
    delay = count > 1 ? atof(words[1]) / 1000 : 0;
    record = count > 2 ? fopen(words[2], "a") : NULL;
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&here, size) || listen(listening, 1024)) return 1;
    getsockname(listening, (struct sockaddr *)&here, &size);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    epoll_ctl(poll, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 256, flush_due());
        for (int at = 0; at < ready; at++)
            if (events[at].data.fd == listening) welcome(listening, poll);
            else talk(events[at].data.fd);
        if (record) fflush(record);
    }
}
