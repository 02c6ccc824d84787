/* As much of cmocka as the kernel tests use: there is no cmocka for the machine that they are cross-compiled for. */
#ifndef LACO_TESTS_NEON_CMOCKA_H
#define LACO_TESTS_NEON_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};
#define cmocka_unit_test(test)                                                                                                   \
    {                                                                                                                            \
#test, test                                                                                                              \
    }

#define fail_msg(...)                                                                                                            \
    do {                                                                                                                         \
        printf(__VA_ARGS__);                                                                                                     \
        printf("\n%s:%d: failed\n", __FILE__, __LINE__);                                                                         \
        exit(1);                                                                                                                 \
    } while (0)
#define assert_true(condition)                                                                                                   \
    do {                                                                                                                         \
        if (!(condition))                                                                                                        \
            fail_msg("%s", #condition);                                                                                          \
    } while (0)
#define assert_int_equal(a, b) assert_true((long long)(a) == (long long)(b))

#define cmocka_run_group_tests(tests, set_up, tear_down) run_all(tests, (int)(sizeof(tests) / sizeof *(tests)))
static inline int run_all(const struct CMUnitTest *tests, int count)
{
    for (int i = 0; i < count; i++) {
        void *state = NULL;
        printf("%s\n", tests[i].name);
        fflush(stdout);
        tests[i].run(&state);
    }
    printf("%d tests passed\n", count);
    return 0;
}

#endif
