/* Strings from the log-probabilities of CTC: the labels of the best way, and prefix beam search. */
#include "base/arena.h"
#include "laco/nn.h"

#include <math.h>
#include <string.h>

int64_t laco_ctc_greedy(const laco_ctc_scores *scores, int32_t *labels, double *log_probability)
{
    int64_t count = 0;
    int32_t before = scores->blank;
    double sum = 0;
    for (int64_t t = 0; t < scores->steps; t++) {
        const laco_real *x = scores->x + t * scores->stride;
        int32_t best = 0;
        for (int32_t k = 1; k < scores->K; k++)
            best = x[k] > x[best] ? k : best;
        if (best != scores->blank && best != before)
            labels[count++] = best;
        before = best;
        sum += (double)x[best];
    }
    if (log_probability)
        *log_probability = sum;
    return count;
}

/* ---- Prefixes ----------------------------------------------------------------------------------------------------------- */

/* A prefix is a node of a tree: its label behind that of its parent. Nodes are never taken back, so a prefix that comes again is
 * the same node. */
typedef struct node {
    int32_t parent, label, child, sibling; /* -1: none */
} node;

/* A prefix that is followed, with its probability by ways that end in a blank and in its last label. */
typedef struct entry {
    int32_t node, parent, label; /* node -1: parent and label of one that is not in the tree yet */
    double blank, last, total;
} entry;

typedef struct search {
    const laco_ctc_scores *scores;
    laco_arena arena;
    node *nodes; /* room for 1 + steps · beam */
    int32_t node_count;
    entry *now, *next; /* [beam] in falling order */
    int count, next_count, beam;
    bool *taken; /* [K] labels by which a prefix is followed already */
} search;

static double log_add(double a, double b)
{
    double most = fmax(a, b);
    return most == -INFINITY ? most : most + log1p(exp(fmin(a, b) - most));
}

/* Keeps an entry if it is among the best so far; of equal ones the first stays ahead. */
static void offer(search *s, const entry *candidate)
{
    double value = candidate->total;
    int place = s->next_count;
    if (value == -INFINITY || (place == s->beam && !(value > s->next[place - 1].total)))
        return;
    s->next_count = LACO_MIN(s->next_count + 1, s->beam);
    for (place = s->next_count - 1; place > 0 && value > s->next[place - 1].total; place--)
        s->next[place] = s->next[place - 1];
    s->next[place] = *candidate;
}

/* What ways through `from` add to the prefix one label longer: those that end in the same label must pass a blank. */
static double extension(const entry *from, int32_t label, const laco_real *x)
{
    return (from->label == label ? from->blank : from->total) + (double)x[label];
}

/* The prefix goes on as it is: another blank, or its last label for longer; and its parent may run into it. */
static void stay(search *s, const entry *e, const laco_real *x)
{
    entry candidate = *e;
    candidate.blank = e->total + (double)x[s->scores->blank];
    candidate.last = e->label >= 0 ? e->last + (double)x[e->label] : -INFINITY;
    for (int i = 0; i < s->count; i++)
        if (s->now[i].node == e->parent)
            candidate.last = log_add(candidate.last, extension(&s->now[i], e->label, x));
    candidate.total = log_add(candidate.blank, candidate.last);
    offer(s, &candidate);
}

/* The prefix with one label more, where that is not followed already. */
static void extend(search *s, const entry *e, const laco_real *x)
{
    memset(s->taken, 0, (size_t)s->scores->K * sizeof *s->taken);
    s->taken[s->scores->blank] = true;
    for (int i = 0; i < s->count; i++)
        if (s->now[i].parent == e->node)
            s->taken[s->now[i].label] = true;
    for (int32_t k = 0; k < s->scores->K; k++) {
        double value = s->taken[k] ? -INFINITY : extension(e, k, x);
        offer(s, &(entry){.node = -1, .parent = e->node, .label = k, .blank = -INFINITY, .last = value, .total = value});
    }
}

/* The node of a new prefix, which may have been there before. */
static int32_t find_node(search *s, int32_t parent, int32_t label)
{
    int32_t at = s->nodes[parent].child;
    while (at >= 0 && s->nodes[at].label != label)
        at = s->nodes[at].sibling;
    if (at >= 0)
        return at;
    s->nodes[s->node_count] = (node){parent, label, -1, s->nodes[parent].child};
    s->nodes[parent].child = s->node_count;
    return s->node_count++;
}

static void step(search *s, const laco_real *x)
{
    s->next_count = 0;
    for (int i = 0; i < s->count; i++) {
        stay(s, &s->now[i], x);
        extend(s, &s->now[i], x);
    }
    for (int i = 0; i < s->next_count; i++)
        if (s->next[i].node < 0)
            s->next[i].node = find_node(s, s->next[i].parent, s->next[i].label);
    entry *kept = s->now;
    s->now = s->next;
    s->next = kept;
    s->count = s->next_count;
}

/* The labels of a prefix, from its end to its beginning. */
static void spell(const search *s, const entry *e, laco_ctc_string *string)
{
    string->count = 0;
    string->log_probability = e->total;
    for (int32_t at = e->node; at > 0; at = s->nodes[at].parent)
        string->count++;
    int64_t place = string->count;
    for (int32_t at = e->node; at > 0; at = s->nodes[at].parent)
        string->labels[--place] = s->nodes[at].label;
}

static laco_status start(search *s)
{
    size_t nodes, beam = (size_t)s->beam;
    if (!laco_mul_fits((size_t)s->scores->steps, beam, &nodes) || nodes >= INT32_MAX)
        return laco_fail(s->arena.ctx, LACO_NO_MEMORY, "ctc_beam: %lld steps with a beam of %d are too many",
                         (long long)s->scores->steps, s->beam);
    s->nodes = laco_arena_alloc(&s->arena, nodes + 1, sizeof *s->nodes);
    s->now = laco_arena_alloc(&s->arena, beam, sizeof *s->now);
    s->next = laco_arena_alloc(&s->arena, beam, sizeof *s->next);
    s->taken = laco_arena_alloc(&s->arena, (size_t)s->scores->K, sizeof *s->taken);
    if (!s->nodes || !s->now || !s->next || !s->taken)
        return LACO_NO_MEMORY;
    s->nodes[0] = (node){-1, -1, -1, -1};
    s->node_count = 1;
    s->now[0] = (entry){0, -2, -1, 0, -INFINITY, 0}; /* the empty prefix; no entry is node -2 */
    s->count = 1;
    return LACO_OK;
}

laco_status laco_ctc_beam(laco_context *ctx, const laco_ctc_scores *scores, int beam, int most, int32_t *labels,
                          laco_ctc_string *strings, int *found)
{
    search s = {.scores = scores, .beam = beam};
    if (beam < 1 || most < 1 || scores->steps < 0 || scores->blank < 0 || scores->blank >= scores->K)
        return laco_fail(ctx, LACO_INVALID,
                         "ctc_beam: a beam of %d, %d strings, blank %d of %lld labels: beam and strings must be at least 1", beam,
                         most, (int)scores->blank, (long long)scores->K);
    laco_arena_init(&s.arena, ctx);
    laco_status status = start(&s);
    for (int64_t t = 0; status == LACO_OK && t < scores->steps; t++) {
        step(&s, scores->x + t * scores->stride);
        if (s.count == 0)
            status = laco_fail(ctx, LACO_NUMERIC, "ctc_beam: no label has a probability at step %lld", (long long)t);
    }
    if (status == LACO_OK) {
        *found = LACO_MIN(s.count, most);
        for (int i = 0; i < *found; i++) {
            strings[i].labels = labels + i * scores->steps;
            spell(&s, &s.now[i], &strings[i]);
        }
    }
    laco_arena_free(&s.arena);
    return status;
}
