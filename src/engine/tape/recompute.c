/* A part of a computation that is not recorded but run again in the backward pass: on a tape of its own, once without recording
 * and once with. Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost", 2016. */
#include "tape/tape.h"

#include "kernel/kernel.h"

#include <string.h>

/* The part, its operands and results, and where the random numbers of its masks begin. */
typedef struct part {
    laco_part_fn fn;
    const void *user;
    int ins, outs;
    laco_var *in, *out;
    uint64_t step, masks;
    bool passing; /* of the tape */
} part;

static laco_status make_inner(laco_tape *tape)
{
    if (tape->inner)
        return LACO_OK;
    return laco_tape_new(tape->ctx, &(laco_tape_config){.seed = tape->seed}, &tape->inner);
}

/* Runs the part on the inner tape; out[] are values there. `leaves`: what its operands are there. */
static laco_status run(laco_tape *inner, const part *p, bool records, laco_var *leaves, laco_var *out)
{
    laco_tape_reset(inner);
    inner->inference = !records;
    inner->passing = p->passing;
    inner->step = p->step;
    inner->masks = p->masks;
    for (int i = 0; i < p->ins; i++) {
        laco_var in = p->in[i];
        leaves[i] = !in              ? NULL
                    : in->needs_grad ? laco_leaf(inner, in->data, in->ndim, in->shape)
                                     : laco_input(inner, in->data, in->ndim, in->shape);
    }
    memset(out, 0, (size_t)p->outs * sizeof *out);
    laco_status status = inner->status;
    if (status == LACO_OK)
        status = p->fn(inner, p->user, leaves, out);
    if (status == LACO_OK)
        status = inner->status;
    for (int i = 0; i < p->outs && status == LACO_OK; i++)
        if (!out[i] || out[i]->tape != inner)
            status = laco_fail(inner->ctx, LACO_INVALID,
                               "a part that is run again left result %d empty, or took it from another tape", i);
        else if (!laco_var_fetch(out[i]))
            status = inner->status;
    return status;
}

static laco_status go_back(laco_tape *tape, const part *p, laco_var *leaves, laco_var *out)
{
    laco_tape *inner = tape->inner;
    LACO_TRY(run(inner, p, true, leaves, out));
    for (int i = 0; i < p->outs; i++)
        if (p->out[i]->grad)
            LACO_TRY(laco_var_add_grad(out[i], p->out[i]->grad));
    LACO_TRY(laco_backward(inner, NULL));
    for (int i = 0; i < p->ins; i++) {
        laco_var in = p->in[i];
        if (in && in->needs_grad && leaves[i]->grad)
            laco_kernels_of(tape->ctx)->add(in->size, leaves[i]->grad, in->grad);
    }
    return LACO_OK;
}

static laco_status part_backward(laco_tape *tape, void *saved)
{
    const part *p = saved;
    bool arrived = false;
    for (int i = 0; i < p->outs; i++)
        arrived = arrived || p->out[i]->grad;
    for (int i = 0; arrived && i < p->ins; i++)
        if (p->in[i] && p->in[i]->needs_grad && !laco_var_gradient(p->in[i]))
            return LACO_NO_MEMORY;
    if (!arrived)
        return LACO_OK;
    laco_arena_mark mark = laco_arena_save(&tape->arena);
    laco_var *leaves = laco_arena_alloc(&tape->arena, (size_t)(p->ins + p->outs) + 1, sizeof *leaves);
    laco_status status = leaves ? go_back(tape, p, leaves, leaves + p->ins) : LACO_NO_MEMORY;
    laco_tape_reset(tape->inner);
    laco_arena_rewind(&tape->arena, mark);
    return status;
}

/* The record of a part with room for its operands and results. */
static part *make_part(laco_tape *tape, laco_part_fn fn, const void *user, size_t size, const laco_var *in, int ins, int outs)
{
    part *p = laco_arena_alloc(&tape->arena, 1, sizeof *p);
    void *kept = laco_arena_alloc(&tape->arena, size, 1);
    laco_var *vars = laco_arena_zeroed(&tape->arena, (size_t)ins + (size_t)outs + 1, sizeof *vars);
    if (!p || !kept || !vars)
        return NULL;
    if (size > 0)
        memcpy(kept, user, size);
    *p = (part){fn, kept, ins, outs, vars, vars + ins, tape->step, tape->masks, tape->passing};
    if (ins > 0)
        memcpy(vars, in, (size_t)ins * sizeof *vars);
    return p;
}

static laco_status forward(laco_tape *tape, part *p, laco_var *out)
{
    laco_var *leaves = laco_arena_alloc(&tape->arena, (size_t)(p->ins + p->outs) + 1, sizeof *leaves);
    if (!leaves)
        return LACO_NO_MEMORY;
    laco_var *results = leaves + p->ins;
    LACO_TRY(make_inner(tape));
    LACO_TRY(run(tape->inner, p, false, leaves, results));
    tape->masks = tape->inner->masks;
    for (int i = 0; i < p->outs; i++) {
        p->out[i] = laco_var_new(tape, results[i]->ndim, results[i]->shape, true);
        if (!p->out[i])
            return tape->status;
        memcpy(p->out[i]->data, results[i]->data, (size_t)results[i]->size * sizeof *results[i]->data);
    }
    laco_tape_reset(tape->inner);
    LACO_TRY(laco_tape_record(tape, part_backward, p));
    memcpy(out, p->out, (size_t)p->outs * sizeof *out);
    return LACO_OK;
}

laco_status laco_recompute(laco_tape *tape, laco_part_fn fn, const void *user, size_t size, const laco_var *in, int ins,
                           laco_var *out, int outs)
{
    for (int i = 0; i < ins && tape->status == LACO_OK; i++)
        if (in[i] && laco_tape_ready(tape, in[i]))
            laco_var_fetch(in[i]);
    if (tape->status != LACO_OK)
        return tape->status;
    part *p = make_part(tape, fn, user, size, in, ins, outs);
    laco_status status = p ? forward(tape, p, out) : LACO_NO_MEMORY;
    if (status < 0)
        laco_tape_fail(tape, status);
    return tape->status;
}
