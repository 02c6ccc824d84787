/* Messages between processes of one machine, over a socket for each pair. */
#ifndef LACO_GROUP_SOCKETS_H
#define LACO_GROUP_SOCKETS_H

#include "group/group.h"

/* What stands before every message. */
typedef struct laco_letter {
    uint32_t kind;   /* LACO_LETTER_… */
    uint32_t number; /* of the exchange, the same on both sides */
    uint64_t bytes;  /* behind it */
} laco_letter;

enum { LACO_LETTER_DATA = 0x6f63616c, LACO_LETTER_END = 0x6d69662e }; /* END: the sender ends, and says why */

/* The way to one other process, and how far an exchange has come on it. */
typedef struct laco_link {
    int fd; /* -1: this process itself, or it is closed */
    laco_letter out, in;
    const char *send;
    char *recv;
    size_t sent, received, send_all, recv_all; /* bytes, letters among them */
} laco_link;

typedef struct laco_sockets {
    laco_link *link; /* [size] */
    uint32_t number;
} laco_sockets;

/* One exchange: send_bytes[r] bytes at send[r] to each rank, recv_bytes[r] at recv[r] from it; 0 bytes are no message. Fails with
 * group->error and group->lost set. */
laco_status laco_sockets_exchange(laco_group *group, laco_sockets *sockets, const char *const *send, const size_t *send_bytes,
                                  char *const *recv, const size_t *recv_bytes);

/* Tells all others why this process ends, as far as they can be told at once. */
void laco_sockets_end(laco_group *group, laco_sockets *sockets, const char *text);

#endif
