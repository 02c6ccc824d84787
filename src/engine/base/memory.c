#include "base/memory.h"

#include <stdio.h>

#define FREE_OF_LOOKING ((size_t)32 << 20) /* bytes that are taken before it is looked at first */
#define RESERVE ((size_t)32 << 20)         /* of what is left, for what is not taken through a context */

laco_shown_bytes laco_show_bytes(double bytes)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB", "PB"};
    laco_shown_bytes shown;
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    snprintf(shown.text, sizeof shown.text, unit > 0 ? "%.3g %s" : "%.0f %s", bytes, units[unit]);
    return shown;
}

size_t laco_memory_room(const laco_context *ctx, const char **why)
{
    const laco_account *memory = ctx->root ? &ctx->root->memory : &ctx->memory;
    size_t left = SIZE_MAX, taken = atomic_load_explicit(&memory->taken, memory_order_relaxed);
    *why = "it has";
    if (memory->looks) {
        left = laco_memory_left(why);
        left = left > RESERVE ? left - RESERVE : 0;
    }
    size_t own = memory->most > taken ? memory->most - taken : 0;
    if (memory->most > 0 && own < left) {
        left = own;
        *why = "the limit of the context leaves";
    }
    return left;
}

bool laco_memory_take(laco_context *ctx, size_t more)
{
    laco_account *memory = &laco_root_of(ctx)->memory;
    size_t taken = atomic_fetch_add_explicit(&memory->taken, more, memory_order_relaxed) + more;
    size_t seen = atomic_load_explicit(&memory->seen, memory_order_relaxed);
    if (taken <= (seen > 0 ? seen : memory->most > 0 ? 0 : FREE_OF_LOOKING))
        return true;
    const char *why;
    atomic_fetch_sub_explicit(&memory->taken, more, memory_order_relaxed);
    size_t left = laco_memory_room(ctx, &why);
    if (more > left) {
        laco_set_error(ctx, "out of memory: %s more are needed, and %s %s", laco_show_bytes((double)more).text, why,
                       laco_show_bytes((double)left).text);
        return false;
    }
    atomic_fetch_add_explicit(&memory->taken, more, memory_order_relaxed);
    atomic_store_explicit(&memory->seen, taken + (left - more) / 8, memory_order_relaxed);
    return true;
}

void laco_memory_give(laco_context *ctx, size_t bytes)
{
    atomic_fetch_sub_explicit(&laco_root_of(ctx)->memory.taken, bytes, memory_order_relaxed);
}
