/* What bounds work: memory that there is, the caller's wish to end, and the measure that an epoch is chosen by. */
#include "base/memory.h"
#include "failing_allocator.h"
#include "folder_fixture.h"

#include "laco/laco.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void write_at(const char *root, const char *path, const char *text)
{
    char whole[600];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(whole, 0700);
    }
    FILE *file = fopen(whole, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static void expect_left(const char *root, size_t bytes, const char *said)
{
    const char *why;
    assert_int_equal(laco_memory_left_at(root, &why), bytes);
    if (!strstr(why, said))
        fail_msg("\"%s\" does not say \"%s\"", why, said);
}

static void test_what_is_left_is_read(void **state)
{
    (void)state;
    char root[400];
    snprintf(root, sizeof root, "%s", temporary_path("root"));
    mkdir(root, 0700);
    expect_left(root, SIZE_MAX, "nothing is known");
    write_at(root, "/proc/meminfo", "MemTotal: 9000 kB\nMemFree: 100 kB\nMemAvailable:    4000 kB\n");
    expect_left(root, 4000 * 1024, "the machine");

    /* The second version of control groups: that of a container lies at the top, whatever the path says. */
    write_at(root, "/proc/self/cgroup", "0::/system/job\n");
    write_at(root, "/sys/fs/cgroup/memory.max", "max\n");
    write_at(root, "/sys/fs/cgroup/memory.current", "77777777\n");
    expect_left(root, 4000 * 1024, "the machine");
    write_at(root, "/sys/fs/cgroup/system/job/memory.max", "3000000\n");
    write_at(root, "/sys/fs/cgroup/system/job/memory.current", "1500000\n");
    write_at(root, "/sys/fs/cgroup/system/job/memory.stat", "anon 1\ninactive_file 500000\n");
    expect_left(root, 2000000, "control group");
    write_at(root, "/sys/fs/cgroup/system/memory.max", "5000000\n");
    write_at(root, "/sys/fs/cgroup/system/memory.current", "4900000\n");
    expect_left(root, 100000, "control group");
    write_at(root, "/sys/fs/cgroup/system/memory.current", "5900000\n");
    expect_left(root, 0, "control group");

    /* The first one. */
    write_at(root, "/proc/self/cgroup", "5:cpu:/other\n4:memory:/box\n0::/\n");
    write_at(root, "/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1000000\n");
    write_at(root, "/sys/fs/cgroup/memory/box/memory.usage_in_bytes", "400000\n");
    write_at(root, "/sys/fs/cgroup/memory/box/memory.stat", "cache 1\ntotal_inactive_file 100000\n");
    expect_left(root, 700000, "control group");
    write_at(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write_at(root, "/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
    expect_left(root, 700000, "control group");
}

static void test_a_context_keeps_to_its_memory(void **state)
{
    (void)state;
    laco_context *one;
    assert_int_equal(laco_context_new(&(laco_context_config){.memory = 1 << 20}, &one), LACO_OK);
    for (int again = 0; again < 3; again++) {
        void *half = laco_alloc(one, 600000, 1), *rest = laco_alloc(one, 600000, 1);
        assert_true(half && !rest);
        assert_non_null(strstr(laco_error(one), "600 KB more are needed, and the limit of the context leaves 449 KB"));
        assert_null(laco_resize(one, half, 1200000, 1));
        half = laco_resize(one, half, 300000, 1);
        rest = laco_alloc(one, 600000, 1);
        assert_true(half && rest);
        laco_release(one, half);
        laco_release(one, rest);
    }
    laco_context_free(one);
#if SIZE_MAX > UINT32_MAX
    assert_int_equal(laco_context_new(NULL, &one), LACO_OK); /* more than any machine has */
    assert_null(laco_alloc(one, (size_t)1 << 50, 1));
    assert_non_null(strstr(laco_error(one), "out of memory: 1.13 PB more are needed"));
    laco_context_free(one);
#endif
}

static bool all_are(const unsigned char *bytes, size_t from, size_t to, unsigned char value)
{
    for (size_t i = from; i < to; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

/* From malloc and from an allocator that hands out what is not zero; blocks that are reused too. */
static void check_zeros(laco_context *one, size_t size)
{
    for (int again = 0; again < 3; again++) {
        unsigned char *block = laco_alloc(one, size, 1);
        assert_true(block && all_are(block, 0, size, 0));
        memset(block, 7, size);
        block = laco_resize(one, block, 2 * size, 1);
        assert_true(block && all_are(block, 0, size, 7) && all_are(block, size, 2 * size, 0));
        memset(block, 7, 2 * size);
        block = laco_resize_unset(one, block, 3 * size);
        assert_true(block && all_are(block, 0, 2 * size, 7));
        laco_release(one, block);
    }
}

static void *dirty_allocator(void *user, void *block, size_t old_size, size_t size)
{
    (void)user;
    if (size == 0) {
        free(block);
        return NULL;
    }
    unsigned char *fresh = realloc(block, size);
    if (fresh && size > old_size)
        memset(fresh + old_size, 0xee, size - old_size);
    return fresh;
}

static void test_memory_comes_as_zeros(void **state)
{
    (void)state;
    laco_context *one;
    for (int own = 0; own < 2; own++) {
        assert_int_equal(laco_context_new(&(laco_context_config){.allocator = own ? dirty_allocator : NULL}, &one), LACO_OK);
        check_zeros(one, 40);
        check_zeros(one, 3 << 20); /* pages of its own */
        laco_context_free(one);
    }
}

/* ---- Ending --------------------------------------------------------------------------------------------------------------- */

#define EXAMPLES 40

static laco_labelled *words(laco_context *one)
{
    static char text[EXAMPLES][16];
    const char *texts[EXAMPLES], *labels[EXAMPLES];
    laco_labelled *data;
    for (int i = 0; i < EXAMPLES; i++) { /* one of eight is rare, and not easily told */
        snprintf(text[i], sizeof text[i], "%c%c%d", 'a' + i % 5, 'a' + i % 3, i % 7);
        texts[i] = text[i];
        labels[i] = i % 8 == 0 ? "rare" : "usual";
    }
    if (laco_labelled_from_texts(one, texts, NULL, labels, EXAMPLES, NULL, &data) < 0)
        fail_msg("%s", laco_error(one));
    return data;
}

static long asked, most_asked;
static bool stop(void *user)
{
    (void)user;
    return ++asked > most_asked;
}

static void test_work_ends_where_that_is_wanted(void **state)
{
    (void)state;
    laco_context *one;
    laco_model *model = NULL;
    const laco_classify_options options = {.train = {.epochs = 3}, .network = {.hidden = 4}};
    most_asked = LONG_MAX;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1, .stop = stop}, &one), LACO_OK);
    laco_labelled *data = words(one);
    asked = 0;
    assert_int_equal(laco_train_classify(one, &options, data, NULL, &model), LACO_OK);
    assert_false(laco_model_unfinished(model));
    long all = asked;
    assert_true(all > 100);
    laco_model_free(model);
    int finished = 0, unfinished = 0;
    for (most_asked = 0; most_asked < all; most_asked += 1 + all / 50) {
        model = NULL;
        asked = 0;
        laco_status status = laco_train_classify(one, &options, data, NULL, &model);
        if (status != LACO_OK || !model)
            fail_msg("ended after %ld of %ld: %d, %s", most_asked, all, status, laco_error(one));
        *(laco_model_unfinished(model) ? &unfinished : &finished) += 1;
        assert_int_equal(laco_model_save(model, temporary_path("model")), LACO_OK);
        laco_model_free(model);
    }
    assert_true(finished > 0 && unfinished > 0);

    most_asked = LONG_MAX;
    assert_int_equal(laco_model_load(one, temporary_path("model"), &model), LACO_OK);
    assert_false(laco_model_unfinished(model));
    const char *text = "ab3";
    laco_label answer;
    most_asked = asked;
    assert_int_equal(laco_model_classify_many(model, 1, &text, NULL, 1, &answer, NULL), LACO_INTERRUPTED);
    most_asked = LONG_MAX;
    assert_int_equal(laco_model_classify_many(model, 1, &text, NULL, 1, &answer, NULL), LACO_OK);
    laco_model_free(model);
    laco_labelled_free(data);
    laco_context_free(one);
}

/* ---- The epoch that is kept ------------------------------------------------------------------------------------------------ */

typedef struct watch {
    int metric, epochs, wrong;
    double best;
    bool falls;
} watch;

static bool see(void *user, const laco_progress *p)
{
    watch *w = user;
    if (!p->epoch_done)
        return true;
    double value = p->metric[w->metric].value;
    bool better = w->epochs == 0 || (w->falls ? value < w->best : value > w->best), equal = w->epochs > 0 && value == w->best;
    w->wrong += !equal && better != p->best;
    w->best = better ? value : w->best;
    w->falls = p->metric[w->metric].falls;
    w->epochs++;
    return true;
}

static void test_the_epoch_is_chosen_by_what_is_asked_for(void **state)
{
    (void)state;
    static const char *const names[] = {"accuracy", "macro-f1", "loss"};
    laco_context *one;
    laco_model *model = NULL;
    assert_int_equal(laco_context_new(NULL, &one), LACO_OK);
    laco_labelled *data = words(one);
    for (int i = 0; i < 4; i++) { /* the fourth: what balanced weights choose by themselves */
        laco_classify_options options = {
            .network = {.hidden = 4}, .valid = {.fraction = 0.4}, .train = {.epochs = 12, .refit = LACO_NEVER, .progress = see}};
        watch w = {.metric = i < 3 ? i : 1, .falls = i == 2};
        options.train.progress_user = &w;
        if (i < 3)
            assert_int_equal(laco_option_set(one, laco_task_options("classify"), &options, "metric", names[i]), LACO_OK);
        else
            options.class_weights = LACO_CLASS_WEIGHTS_BALANCED;
        assert_int_equal(laco_train_classify(one, &options, data, NULL, &model), LACO_OK);
        assert_int_equal(w.epochs, 12);
        if (w.wrong != 0)
            fail_msg("by %s: %d epochs are called best wrongly", i < 3 ? names[i] : "balanced weights", w.wrong);
        laco_model_free(model);
    }
    laco_labelled_free(data);
    laco_context_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(test_what_is_left_is_read),
        cmocka_unit_test(test_a_context_keeps_to_its_memory),
        cmocka_unit_test(test_memory_comes_as_zeros),
        TEST_IN_FOLDER(test_work_ends_where_that_is_wanted),
        cmocka_unit_test(test_the_epoch_is_chosen_by_what_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
