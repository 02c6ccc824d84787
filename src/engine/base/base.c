#include "base/base.h"

#include "base/lanes.h"
#include "base/memory.h"
#include "base/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef LACO_VERSION
#define LACO_VERSION "0.1.0"
#endif

const char *laco_version(void) { return LACO_VERSION; }

/* Every block carries its size before it; 16 bytes keep the block aligned for any type. */
typedef union block_header {
    size_t size;
    char align[16];
} block_header;

static void *malloc_allocator(void *user, void *block, size_t old_size, size_t size)
{
    (void)user;
    (void)old_size;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

laco_status laco_context_new(const laco_context_config *config, laco_context **out)
{
    laco_context_config none = {0};
    if (!config)
        config = &none;
    laco_cpu cpu = laco_cpu_detect();
    const char *name = config->cpu ? config->cpu : getenv("LACO_CPU");
    if (name && *name) {
        laco_cpu cap = laco_cpu_from_name(name);
        if (cap == LACO_CPU_COUNT)
            return LACO_INVALID;
        cpu = LACO_MIN(cpu, cap);
    }
    laco_allocator allocator = config->allocator ? config->allocator : malloc_allocator;
    laco_context *ctx = allocator(config->allocator_user, NULL, 0, sizeof *ctx);
    if (!ctx)
        return LACO_NO_MEMORY;
    memset(ctx, 0, sizeof *ctx);
    atomic_init(&ctx->references, 1);
    ctx->allocator = allocator;
    ctx->allocator_user = config->allocator_user;
    ctx->cpu = cpu;
    ctx->extensions = laco_cpu_extensions(cpu);
    ctx->memory.most = config->memory > 0 ? (size_t)config->memory : 0;
    ctx->memory.looks = !config->allocator;
    ctx->stop = config->stop;
    ctx->stop_user = config->stop_user;
    ctx->threads = config->threads > 0 ? config->threads : laco_cores();
    *out = ctx;
    return LACO_OK;
}

void laco_context_free(laco_context *ctx)
{
    if (!ctx)
        return;
    laco_lanes_stop(ctx);
    laco_pool_stop(ctx);
    laco_context_drop(ctx);
}

void laco_context_keep(laco_context *ctx) { atomic_fetch_add(&laco_root_of(ctx)->references, 1); }

void laco_context_drop(laco_context *ctx)
{
    laco_context *root = laco_root_of(ctx);
    if (atomic_fetch_sub(&root->references, 1) != 1)
        return;
    laco_lanes_free(root);
    root->allocator(root->allocator_user, root, sizeof *root, 0);
}

const char *laco_error(const laco_context *ctx) { return ctx->error; }
const char *laco_cpu_name(const laco_context *ctx) { return laco_cpu_level_name(ctx->cpu); }
int laco_threads(const laco_context *ctx) { return ctx->threads; }

/* What a file says can stand in an error: it is to stay one line, and to leave the terminal alone. What is too long is not cut
 * within a character of UTF-8. */
static void make_one_line(char *text, bool cut)
{
    size_t length = strlen(text), begin = length;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
    while (cut && begin > 0 && ((unsigned char)text[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (cut && begin > 0 && (unsigned char)text[begin - 1] >= 0xc0)
        text[begin - 1] = '\0';
}

void laco_set_error(laco_context *ctx, const char *format, ...)
{
    /* Formatted aside first: an argument may be the present error text. */
    char text[sizeof ctx->error];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    make_one_line(text, length >= (int)sizeof text);
    memcpy(ctx->error, text, sizeof text);
}

laco_status laco_check_stop(laco_context *ctx)
{
    return laco_stopped(ctx) ? laco_fail(ctx, LACO_INTERRUPTED, "the work was ended from outside") : LACO_OK;
}

/* Where memory is malloc's, calloc knows which of it is zero as it comes from the system: what nobody touches, such as the
 * gradients of a model that is only asked, then takes no page. */
static void *obtain(laco_context *ctx, void *block, size_t old_total, size_t total, bool clear)
{
    const bool clears = clear && total > old_total;
    if (clears && !block && ctx->allocator == malloc_allocator)
        return calloc(1, total);
    char *fresh = ctx->allocator(ctx->allocator_user, block, old_total, total);
    if (fresh && clears)
        memset(fresh + old_total, 0, total - old_total);
    return fresh;
}

static void *resize(laco_context *ctx, void *block, size_t count, size_t size, bool clear)
{
    block_header *header = block ? (block_header *)block - 1 : NULL;
    size_t bytes, total;
    if (!laco_mul_fits(count, size, &bytes) || !laco_add_fits(bytes, sizeof *header, &total)) {
        laco_set_error(ctx, "out of memory: %zu elements of %zu bytes are more than can be addressed", count, size);
        return NULL;
    }
    size_t old_total = header ? header->size + sizeof *header : 0;
    if (total > old_total && !laco_memory_take(ctx, total - old_total))
        return NULL;
    header = obtain(ctx, header, old_total, total, clear);
    if (!header) {
        laco_memory_give(ctx, total > old_total ? total - old_total : 0);
        laco_set_error(ctx, "out of memory: %zu bytes", bytes);
        return NULL;
    }
    laco_memory_give(ctx, total < old_total ? old_total - total : 0);
    header->size = bytes;
    return header + 1;
}

void *laco_resize(laco_context *ctx, void *block, size_t count, size_t size) { return resize(ctx, block, count, size, true); }
void *laco_resize_unset(laco_context *ctx, void *block, size_t size) { return resize(ctx, block, size, 1, false); }
void *laco_alloc_unset(laco_context *ctx, size_t size) { return resize(ctx, NULL, size, 1, false); }

void *laco_alloc(laco_context *ctx, size_t count, size_t size) { return laco_resize(ctx, NULL, count, size); }

void laco_release(laco_context *ctx, void *block)
{
    if (!block)
        return;
    block_header *header = (block_header *)block - 1;
    laco_memory_give(ctx, header->size + sizeof *header);
    ctx->allocator(ctx->allocator_user, header, header->size + sizeof *header, 0);
}

void laco_free(laco_context *ctx, void *block) { laco_release(ctx, block); }

/* Just before the line stands where the block begins. */
void *laco_alloc_line(laco_context *ctx, size_t count, size_t size)
{
    size_t bytes, total;
    if (!laco_mul_fits(count, size, &bytes) || !laco_add_fits(bytes, LACO_LINE + sizeof(void *), &total)) {
        laco_set_error(ctx, "out of memory: %zu elements of %zu bytes are more than can be addressed", count, size);
        return NULL;
    }
    char *block = laco_alloc(ctx, total, 1);
    if (!block)
        return NULL;
    uintptr_t line = ((uintptr_t)block + sizeof(void *) + LACO_LINE - 1) & ~(uintptr_t)(LACO_LINE - 1);
    memcpy((void *)(line - sizeof(void *)), &block, sizeof block);
    return (void *)line;
}

void laco_release_line(laco_context *ctx, void *block)
{
    if (!block)
        return;
    char *begin;
    memcpy(&begin, (char *)block - sizeof begin, sizeof begin);
    laco_release(ctx, begin);
}

char *laco_copy_string(laco_context *ctx, const char *text)
{
    size_t length = strlen(text);
    char *copy = laco_alloc(ctx, length + 1, 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}
