/* Each test gets a context `ctx` of its own, whose allocations `memory` counts; what a test does not give back fails it. */
#ifndef LACO_TESTS_CONTEXT_FIXTURE_H
#define LACO_TESTS_CONTEXT_FIXTURE_H

#include "base/base.h" /* before `ctx`, which its inline functions have as a parameter */
#include "failing_allocator.h"

static failing_allocator memory;
static laco_context *ctx;

static inline int begin(void **state)
{
    (void)state;
    memory = (failing_allocator){0};
    ctx = failing_context(&memory);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    failing_context_free(ctx, &memory);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
