#include "bench/crew.h"

#include "bench/clock.h"

#include <pthread.h>

#define MOST_THREADS 1024

typedef struct crew {
    pthread_mutex_t gate; /* closed until it is known how many have come */
    pthread_barrier_t start, end;
    crew_part part;
    void *work;
    int count, next; /* next: the part of the thread that passes the gate now */
    bool over;
} crew;

static void *work_on(void *user)
{
    crew *c = user;
    pthread_mutex_lock(&c->gate);
    int part = c->next++;
    pthread_mutex_unlock(&c->gate);
    for (;;) {
        pthread_barrier_wait(&c->start);
        if (c->over)
            return NULL;
        c->part(c->work, part);
        pthread_barrier_wait(&c->end);
    }
}

static double shortest_round(crew *c, double seconds)
{
    double shortest = 0, begin = seconds_now(), now;
    do {
        double start = seconds_now();
        pthread_barrier_wait(&c->start);
        c->part(c->work, 0);
        pthread_barrier_wait(&c->end);
        now = seconds_now();
        shortest = shortest > 0 ? SMALLER(shortest, now - start) : now - start;
    } while (now - begin < seconds);
    return shortest;
}

laco_status crew_time(int threads, crew_part part, void *work, double seconds, double *best)
{
    crew c = {.gate = PTHREAD_MUTEX_INITIALIZER, .part = part, .work = work, .count = 1, .next = 1};
    pthread_t thread[MOST_THREADS] = {0};
    pthread_mutex_lock(&c.gate);
    while (c.count < SMALLER(threads, MOST_THREADS) && pthread_create(&thread[c.count], NULL, work_on, &c) == 0)
        c.count++;
    pthread_barrier_init(&c.start, NULL, (unsigned)c.count);
    pthread_barrier_init(&c.end, NULL, (unsigned)c.count);
    pthread_mutex_unlock(&c.gate);
    if (c.count == threads)
        *best = shortest_round(&c, seconds);
    c.over = true;
    pthread_barrier_wait(&c.start);
    for (int i = 1; i < c.count; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&c.start);
    pthread_barrier_destroy(&c.end);
    return c.count == threads ? LACO_OK : failed(LACO_NO_MEMORY, "the system gives %d threads, not %d", c.count, threads);
}
