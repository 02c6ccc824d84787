#include "group/sockets.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static laco_status lose(laco_group *group, int rank, const char *what)
{
    group->lost = rank;
    snprintf(group->error, sizeof group->error, "process %d of %d %s", rank, group->size, what);
    return LACO_IO;
}

/* A letter of its end in the place of data: its text is the reason. */
static laco_status read_end(laco_group *group, laco_link *link, int rank)
{
    char text[sizeof group->error] = "";
    size_t room = LACO_MIN((size_t)link->in.bytes, sizeof text - 1);
    if (recv(link->fd, text, room, MSG_WAITALL) != (ssize_t)room || room == 0) /* it was sent with its letter */
        return lose(group, rank, "has ended");
    group->lost = rank > 0 ? rank : -1; /* rank 0 has spoken itself */
    snprintf(group->error, sizeof group->error, "%s", text);
    return LACO_IO;
}

/* What has come in so far is a whole letter: is it the one that is due? */
static laco_status check_letter(laco_group *group, laco_link *link, int rank, uint32_t number)
{
    if (link->in.kind == LACO_LETTER_END)
        return read_end(group, link, rank);
    if (link->in.kind == LACO_LETTER_DATA && link->in.number == number && link->in.bytes == link->recv_all - sizeof link->in)
        return LACO_OK;
    return lose(group, rank, "is at another place of the training: the same program, options and data are right");
}

/* Reads what is there; the next message is left alone. */
static laco_status take(laco_group *group, laco_link *link, int rank, uint32_t number)
{
    const size_t head = sizeof link->in;
    while (link->received < link->recv_all) {
        bool letter = link->received < head;
        char *to = letter ? (char *)&link->in + link->received : link->recv + (link->received - head);
        size_t most = letter ? head - link->received : link->recv_all - link->received;
        ssize_t got = recv(link->fd, to, most, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return LACO_OK;
        if (got <= 0)
            return lose(group, rank, "has ended");
        link->received += (size_t)got;
        if (letter && link->received == head)
            LACO_TRY(check_letter(group, link, rank, number));
    }
    return LACO_OK;
}

/* Writes what there is room for. A closed socket is found when something is read of it, where its last letter may say why. */
static laco_status give(laco_group *group, laco_link *link, int rank)
{
    const size_t head = sizeof link->out;
    while (link->sent < link->send_all) {
        bool letter = link->sent < head;
        const char *from = letter ? (const char *)&link->out + link->sent : link->send + (link->sent - head);
        ssize_t done = send(link->fd, from, (letter ? head : link->send_all) - link->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return LACO_OK;
        if (done < 0 && recv(link->fd, &link->in, head, MSG_DONTWAIT) == (ssize_t)head && link->in.kind == LACO_LETTER_END)
            return read_end(group, link, rank);
        if (done < 0)
            return lose(group, rank, "has ended");
        link->sent += (size_t)done;
    }
    return LACO_OK;
}

/* Waits until something can be done; the number of links that something is left for is in *left. */
static laco_status wait_for_links(laco_group *group, laco_sockets *s, struct pollfd *polls, int *left)
{
    int first = -1;
    *left = 0;
    for (int r = 0; r < group->size; r++) {
        laco_link *link = &s->link[r];
        short wanted = (short)((link->sent < link->send_all ? POLLOUT : 0) | (link->received < link->recv_all ? POLLIN : 0));
        polls[r] = (struct pollfd){.fd = wanted ? link->fd : -1, .events = wanted};
        *left += wanted != 0;
        first = wanted && (first < 0 || (wanted & POLLIN && !(polls[first].events & POLLIN))) ? r : first;
    }
    if (*left == 0)
        return LACO_OK;
    double until = now() + group->patience, rest = group->patience;
    while (rest > 0) {
        if (poll(polls, (nfds_t)group->size, (int)(LACO_MIN(rest, 3600) * 1000) + 1) > 0)
            return LACO_OK;
        rest = until - now();
    }
    char text[100];
    snprintf(text, sizeof text, "has said nothing for %g s", group->patience);
    return lose(group, first, text);
}

static laco_status go_on(laco_group *group, laco_sockets *s, const struct pollfd *polls)
{
    for (int r = 0; r < group->size; r++) {
        if (polls[r].fd >= 0 && polls[r].revents & (POLLOUT | POLLERR) && s->link[r].sent < s->link[r].send_all)
            LACO_TRY(give(group, &s->link[r], r));
        if (polls[r].fd >= 0 && polls[r].revents & (POLLIN | POLLHUP | POLLERR) && s->link[r].received < s->link[r].recv_all)
            LACO_TRY(take(group, &s->link[r], r, s->number));
    }
    return LACO_OK;
}

laco_status laco_sockets_exchange(laco_group *group, laco_sockets *s, const char *const *send, const size_t *send_bytes,
                                  char *const *recv, const size_t *recv_bytes)
{
    struct pollfd polls[LACO_MOST_PROCESSES];
    int left;
    s->number++;
    for (int r = 0; r < group->size; r++) {
        laco_link *link = &s->link[r];
        bool other = r != group->rank, gives = other && send_bytes[r] > 0, takes = other && recv_bytes[r] > 0;
        link->out = (laco_letter){LACO_LETTER_DATA, s->number, send_bytes[r]};
        link->send = send[r];
        link->recv = recv[r];
        link->sent = link->received = 0;
        link->send_all = gives ? send_bytes[r] + sizeof link->out : 0;
        link->recv_all = takes ? recv_bytes[r] + sizeof link->in : 0;
        if (!other && recv_bytes[r] > 0 && recv[r] != send[r])
            memcpy(recv[r], send[r], recv_bytes[r]);
    }
    for (;;) {
        LACO_TRY(wait_for_links(group, s, polls, &left));
        if (left == 0)
            return LACO_OK;
        LACO_TRY(go_on(group, s, polls));
    }
}

void laco_sockets_end(laco_group *group, laco_sockets *s, const char *text)
{
    struct {
        laco_letter letter;
        char text[sizeof group->error];
    } end = {.letter = {LACO_LETTER_END, 0, LACO_MIN(strlen(text), sizeof end.text - 1)}};
    memcpy(end.text, text, (size_t)end.letter.bytes);
    for (int r = 0; r < group->size; r++) {
        laco_link *link = &s->link[r];
        if (link->fd < 0 || (link->sent > 0 && link->sent < link->send_all)) /* amid a message: the end of the socket must do */
            continue;
        ssize_t sent = send(link->fd, &end, sizeof end.letter + (size_t)end.letter.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)sent; /* who cannot be told sees the end of the socket */
    }
}
