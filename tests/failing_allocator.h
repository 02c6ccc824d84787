/* An allocator that counts, that can be made to fail, and that shows what was not given back. Use:
 *
 *     static laco_status attempt(laco_context *ctx, void *data) { … make it, check it, free it … }
 *     size_t points = fail_each_allocation(attempt, data);
 *
 * which makes every allocation of `attempt` fail once, each in a run of its own. */
#ifndef LACO_TESTS_FAILING_ALLOCATOR_H
#define LACO_TESTS_FAILING_ALLOCATOR_H

#include "laco/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct failing_allocator {
    size_t fail_at; /* the allocation that fails, counted from 1 since the start; 0: none */
    size_t largest; /* bytes above which every allocation fails; 0: no limit */
    size_t calls;   /* allocations and changes of size so far, failed ones included */
    size_t failed;
    size_t blocks, bytes; /* not given back yet */
} failing_allocator;

/* A laco_allocator; `user` is a failing_allocator. It always moves a block that changes its size, so that a
 * pointer kept to the old place shows under AddressSanitizer. */
static inline void *failing_allocate(void *user, void *block, size_t old_size, size_t size)
{
    typedef union header {
        size_t size;
        max_align_t align;
    } header;
    failing_allocator *memory = user;
    header *old = block ? (header *)block - 1 : NULL, *fresh = NULL;
    assert_int_equal(old ? old->size : 0, old_size); /* the library must remember sizes rightly */
    if (size > 0) {
        memory->calls++;
        if (memory->calls == memory->fail_at || (memory->largest > 0 && size > memory->largest)) {
            memory->failed++;
            return NULL;
        }
        fresh = malloc(sizeof *fresh + size);
        assert_non_null(fresh);
        fresh->size = size;
        __builtin_memset(fresh + 1, 0xa5, size); /* what is used unset is to be seen */
        if (old)
            __builtin_memcpy(fresh + 1, block, old_size < size ? old_size : size);
        memory->blocks++;
        memory->bytes += size;
    }
    if (old) {
        memory->blocks--;
        memory->bytes -= old_size;
        free(old);
    }
    return fresh ? fresh + 1 : NULL;
}

static inline laco_context *failing_context(failing_allocator *memory)
{
    laco_context *ctx = NULL;
    laco_context_config config = {.threads = 2, .allocator = failing_allocate, .allocator_user = memory};
    assert_int_equal(laco_context_new(&config, &ctx), LACO_OK);
    return ctx;
}

/* Frees the context and checks that nothing else was left. */
static inline void failing_context_free(laco_context *ctx, const failing_allocator *memory)
{
    laco_context_free(ctx);
    assert_int_equal(memory->blocks, 0);
    assert_int_equal(memory->bytes, 0);
}

/* Runs attempt(ctx, data) again and again in fresh contexts: the first time its first allocation fails, then
 * its second …, until one run asks for no more. Each run must give LACO_NO_MEMORY with a text, or do without
 * and give LACO_OK; and give everything back. Returns how many allocations were made to fail. */
static inline size_t fail_each_allocation(laco_status (*attempt)(laco_context *ctx, void *data), void *data)
{
    for (size_t point = 1;; point++) {
        failing_allocator memory = {0};
        laco_context *ctx = failing_context(&memory);
        memory.fail_at = memory.calls + point;
        laco_status status = attempt(ctx, data);
        bool failed = memory.failed > 0;
        if (status != LACO_OK) {
            assert_true(failed);
            assert_int_equal(status, LACO_NO_MEMORY);
            assert_string_not_equal(laco_error(ctx), "");
        }
        failing_context_free(ctx, &memory);
        if (!failed)
            return point - 1;
    }
}

#endif
