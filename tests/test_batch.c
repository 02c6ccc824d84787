/* Setting examples aside, and batches by length. */
#include "base/random.h"
#include "text/encode.h"
#include "data/batch.h"
#include "data/split.h"
#include "context_fixture.h"

#include <math.h>
#include <string.h>

/* 1000 examples: label 0 has 700, 1 has 294, 2 has 3, 3 has 2, 4 has 1, mixed; 5 has none. */
enum { EXAMPLES = 1000, CLASSES = 6 };
static const size_t class_sizes[CLASSES] = {700, 294, 3, 2, 1, 0};

static void make_labels(int32_t labels[EXAMPLES])
{
    size_t order[EXAMPLES], i = 0;
    laco_rng rng = {.seed = 3};
    for (size_t k = 0; k < EXAMPLES; k++)
        order[k] = k;
    laco_rng_shuffle(&rng, order, EXAMPLES);
    for (int32_t c = 0; c < CLASSES; c++)
        for (size_t k = 0; k < class_sizes[c]; k++)
            labels[order[i++]] = c;
}

static void splits_are_by_label(void **state)
{
    (void)state;
    int32_t labels[EXAMPLES];
    make_labels(labels);
    laco_split split;
    assert_int_equal(laco_split_stratified(ctx, labels, EXAMPLES, CLASSES, 0.1, 5, &split), LACO_OK);
    static const size_t expected[CLASSES] = {70, 29, 1, 1, 0, 0};
    size_t counts[CLASSES] = {0};
    bool seen[EXAMPLES] = {false};
    for (size_t i = 0; i < split.valid_count; i++) {
        counts[labels[split.valid[i]]]++;
        seen[split.valid[i]] = true;
        assert_true(i == 0 || split.valid[i] > split.valid[i - 1]);
    }
    assert_memory_equal(counts, expected, sizeof counts);
    for (size_t i = 0; i < split.train_count; i++) {
        assert_false(seen[split.train[i]]);
        assert_true(i == 0 || split.train[i] > split.train[i - 1]);
    }
    assert_int_equal(split.train_count + split.valid_count, EXAMPLES);
    laco_split_free(ctx, &split);
}

static void splits_follow_the_seed(void **state)
{
    (void)state;
    int32_t labels[EXAMPLES];
    make_labels(labels);
    laco_split a, b, c;
    assert_int_equal(laco_split_stratified(ctx, labels, EXAMPLES, CLASSES, 0.1, 5, &a), LACO_OK);
    assert_int_equal(laco_split_stratified(ctx, labels, EXAMPLES, CLASSES, 0.1, 5, &b), LACO_OK);
    assert_int_equal(laco_split_stratified(ctx, labels, EXAMPLES, CLASSES, 0.1, 6, &c), LACO_OK);
    assert_memory_equal(a.train, b.train, EXAMPLES * sizeof *a.train);
    assert_memory_not_equal(a.train, c.train, EXAMPLES * sizeof *a.train);
    laco_split_free(ctx, &a);
    laco_split_free(ctx, &b);
    laco_split_free(ctx, &c);
    laco_split_free(ctx, &c);
}

static void labels_are_split_apart_from_each_other(void **state)
{
    (void)state;
    int32_t pairs[200];
    for (int32_t i = 0; i < 200; i++)
        pairs[i] = i % 2;
    laco_split split;
    assert_int_equal(laco_split_stratified(ctx, pairs, 200, 2, 0.25, 1, &split), LACO_OK);
    int both = 0;
    for (size_t i = 1; i < split.valid_count; i++)
        both += split.valid[i] == split.valid[i - 1] + 1 && split.valid[i] % 2;
    assert_int_equal(split.valid_count, 50);
    assert_in_range(both, 1, 20); /* about a quarter of 25 pairs, by chance; the same choice twice gives 25 */
    laco_split_free(ctx, &split);
}

static void fractions_have_limits(void **state)
{
    (void)state;
    static const int32_t labels[] = {0, 1, 0, 1, 0}, wrong[] = {0, 1, 2};
    laco_split split;
    assert_int_equal(laco_split_stratified(ctx, labels, 5, 2, 0, 1, &split), LACO_OK);
    assert_int_equal(split.valid_count, 0);
    assert_int_equal(split.train_count, 5);
    laco_split_free(ctx, &split);
    assert_int_equal(laco_split_stratified(ctx, labels, 5, 2, 0.99, 1, &split), LACO_OK);
    assert_int_equal(split.valid_count, 3); /* one of each stays */
    laco_split_free(ctx, &split);
    assert_int_equal(laco_split_stratified(ctx, labels, 0, 0, 0.5, 1, &split), LACO_OK);
    assert_int_equal(split.train_count, 0);
    laco_split_free(ctx, &split);
    static const double fractions[] = {-0.1, 1, 10, NAN, INFINITY};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(laco_split_stratified(ctx, labels, 5, 2, fractions[i], 1, &split), LACO_INVALID);
    assert_int_equal(laco_split_stratified(ctx, labels, 5, 2, 1.5, 1, &split), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "the part for validation is 1.5; it must be at least 0 and less than 1");
    assert_int_equal(laco_split_stratified(ctx, wrong, 3, 2, 0.5, 1, &split), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "example 2 has label 2; labels are 0 to 1");
}

/* Sequence i is i + 1, i + 2 …; its length follows from `seed`, 0 to 19 and a few of hundreds. */
static void make_sequences(laco_sequences *sequences, size_t count, uint64_t seed)
{
    laco_rng rng = {.seed = seed};
    laco_sequences_init(sequences, ctx);
    for (size_t i = 0; i < count; i++) {
        uint64_t length = laco_rng_below(&rng, i % 97 == 5 ? 500 : 20);
        for (uint64_t k = 0; k < length; k++)
            assert_int_equal(laco_sequences_push(sequences, (int32_t)(i + 1 + k)), LACO_OK);
        assert_int_equal(laco_sequences_end(sequences), LACO_OK);
    }
}

static void assert_batch(const laco_batch *batch, const laco_sequences *sequences, const int32_t *labels)
{
    int32_t longest = 0;
    for (int32_t row = 0; row < batch->rows; row++) {
        size_t index = batch->index[row];
        assert_int_equal(batch->lengths[row], laco_sequences_length(sequences, index));
        assert_true(row == 0 || batch->lengths[row] <= batch->lengths[row - 1]);
        longest = LACO_MAX(longest, batch->lengths[row]);
        for (int32_t t = 0; t < batch->steps; t++)
            assert_int_equal(batch->ids[t * batch->rows + row], t < batch->lengths[row] ? (int32_t)index + 1 + t : LACO_UNKNOWN);
        if (labels)
            assert_int_equal(batch->labels[row], labels[index]);
    }
    assert_int_equal(batch->steps, longest);
}

/* Every example of `expected` (a count of each) is in exactly one row. Returns padded steps. */
static size_t assert_epoch(laco_batches *batches, const laco_sequences *sequences, const int32_t *labels, const char *expected)
{
    char *seen = calloc(sequences->count + 1, 1);
    size_t padded = 0;
    for (size_t i = 0; i < laco_batches_count(batches); i++) {
        const laco_batch *batch = laco_batches_get(batches, i);
        assert_batch(batch, sequences, labels);
        padded += (size_t)batch->rows * (size_t)batch->steps;
        for (int32_t row = 0; row < batch->rows; row++)
            seen[batch->index[row]]++;
    }
    assert_memory_equal(seen, expected, sequences->count);
    free(seen);
    return padded;
}

static void every_example_is_in_one_batch(void **state)
{
    (void)state;
    laco_sequences sequences;
    make_sequences(&sequences, 1003, 1);
    int32_t labels[1003];
    char all[1003], some[1003] = {0};
    size_t subset[300];
    memset(all, 1, sizeof all);
    for (size_t i = 0; i < 1003; i++)
        labels[i] = (int32_t)(i % 7);
    for (size_t i = 0; i < 300; i++)
        some[subset[i] = 3 * i + 2] = 1;
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        laco_batches_config config = {.batch_size = 10, .shuffle = shuffle, .seed = 4, .chunk = 5};
        laco_batches *batches;
        assert_int_equal(laco_batches_new(ctx, &sequences, labels, NULL, 0, &config, &batches), LACO_OK);
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            assert_int_equal(laco_batches_start(batches, epoch), LACO_OK);
            assert_int_equal(laco_batches_count(batches), 101);
            assert_epoch(batches, &sequences, labels, all);
        }
        laco_batches_free(batches);
        assert_int_equal(laco_batches_new(ctx, &sequences, NULL, subset, 300, &config, &batches), LACO_OK);
        assert_int_equal(laco_batches_count(batches), 30);
        assert_epoch(batches, &sequences, NULL, some);
        assert_null(laco_batches_get(batches, 0)->labels);
        laco_batches_free(batches);
    }
    laco_sequences_free(&sequences);
    laco_batches_free(NULL);
}

/* The examples of an epoch in order, to compare. */
static void list_epoch(laco_batches *batches, uint64_t epoch, size_t *list)
{
    assert_int_equal(laco_batches_start(batches, epoch), LACO_OK);
    for (size_t i = 0; i < laco_batches_count(batches); i++) {
        const laco_batch *batch = laco_batches_get(batches, i);
        for (int32_t row = 0; row < batch->rows; row++)
            *list++ = batch->index[row];
    }
}

static void order_follows_seed_and_epoch(void **state)
{
    (void)state;
    enum { N = 500 };
    laco_sequences sequences;
    make_sequences(&sequences, N, 2);
    size_t lists[5][N];
    laco_batches_config config = {.batch_size = 16, .shuffle = true, .seed = 1, .chunk = 100};
    laco_batches *batches, *other;
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, &config, &batches), LACO_OK);
    config.seed = 2;
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, &config, &other), LACO_OK);
    list_epoch(batches, 7, lists[0]);
    list_epoch(batches, 8, lists[1]);
    list_epoch(batches, 7, lists[2]);
    list_epoch(other, 7, lists[3]);
    assert_memory_equal(lists[0], lists[2], sizeof lists[0]);
    assert_memory_not_equal(lists[0], lists[1], sizeof lists[0]);
    assert_memory_not_equal(lists[0], lists[3], sizeof lists[0]);
    assert_int_equal(laco_batches_start(batches, 0), LACO_OK);
    int rises = 0; /* one chunk: only the shuffle of the batches puts a longer one behind a shorter */
    int32_t before_it = INT32_MAX;
    for (size_t i = 0; i < laco_batches_count(batches); i++) {
        int32_t steps = laco_batches_get(batches, i)->steps;
        rises += steps > before_it;
        before_it = steps;
    }
    assert_true(rises > 5);
    laco_batches_free(batches);
    laco_batches_free(other);
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, NULL, &batches), LACO_OK);
    list_epoch(batches, 0, lists[0]);
    list_epoch(batches, 1, lists[1]);
    assert_memory_equal(lists[0], lists[1], sizeof lists[0]);
    for (size_t i = 1; i < N; i++) { /* evaluation: longest first, then as they came */
        int32_t before = laco_sequences_length(&sequences, lists[0][i - 1]), now = laco_sequences_length(&sequences, lists[0][i]);
        assert_true(before > now || (before == now && lists[0][i - 1] < lists[0][i]));
    }
    laco_batches_free(batches);
    laco_sequences_free(&sequences);
}

static size_t padded_steps(const laco_sequences *sequences, const size_t *subset, size_t count, int32_t chunk)
{
    laco_batches *batches;
    laco_batches_config config = {.shuffle = true, .chunk = chunk};
    assert_int_equal(laco_batches_new(ctx, sequences, NULL, subset, count, &config, &batches), LACO_OK);
    assert_int_equal(laco_batches_count(batches), (count + 63) / 64);
    size_t padded = 0;
    for (size_t i = 0; i < laco_batches_count(batches); i++)
        padded += (size_t)laco_batches_get(batches, i)->rows * (size_t)laco_batches_get(batches, i)->steps;
    laco_batches_free(batches);
    return padded;
}

static void padding_is_small(void **state)
{
    (void)state;
    enum { N = 5000 };
    laco_sequences sequences;
    make_sequences(&sequences, N, 3);
    static size_t subset[N];
    size_t count = 0, steps = 0;
    for (size_t i = 0; i < N; i++)
        if (laco_sequences_length(&sequences, i) < 20) {
            subset[count++] = i;
            steps += (size_t)laco_sequences_length(&sequences, i);
        }
    assert_true(padded_steps(&sequences, subset, count, 0) < steps + steps / 10);
    assert_true(padded_steps(&sequences, subset, count, 1) > steps + steps / 2); /* as they fall */
    laco_sequences_free(&sequences);
}

static void one_long_sequence_does_not_widen_its_batch(void **state)
{
    (void)state;
    laco_sequences sequences;
    make_sequences(&sequences, 400, 4);
    char all[400];
    memset(all, 1, sizeof all);
    laco_batches *batches;
    laco_batches_config config = {.batch_size = 50, .max_padded = 100};
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, &config, &batches), LACO_OK);
    assert_epoch(batches, &sequences, NULL, all);
    for (size_t i = 0; i < laco_batches_count(batches); i++) {
        const laco_batch *batch = laco_batches_get(batches, i);
        assert_true(batch->rows == 1 || batch->rows * batch->steps <= 100);
    }
    assert_int_equal(laco_batches_get(batches, 0)->rows, 1); /* of hundreds of steps */
    laco_batches_free(batches);
    laco_sequences_free(&sequences);
}

static void tags_are_laid_out_as_their_words(void **state)
{
    (void)state;
    laco_sequences words, tags;
    make_sequences(&words, 40, 5);
    make_sequences(&tags, 40, 5);
    for (size_t i = 0; i < tags.ids_used; i++)
        tags.ids[i] *= 2;
    laco_batches *batches;
    assert_int_equal(laco_batches_new(ctx, &words, NULL, NULL, 0, &(laco_batches_config){.batch_size = 8}, &batches), LACO_OK);
    const laco_batch *batch = laco_batches_get(batches, 1);
    int32_t out[8 * 500];
    laco_batch_pad(batch, &tags, -100, out);
    for (int32_t t = 0; t < batch->steps; t++)
        for (int32_t row = 0; row < batch->rows; row++) {
            int32_t at = t * batch->rows + row;
            assert_int_equal(out[at], t < batch->lengths[row] ? 2 * batch->ids[at] : -100);
        }
    laco_batches_free(batches);
    laco_sequences_free(&words);
    laco_sequences_free(&tags);
}

static void nothing_and_empty_sequences_are_allowed(void **state)
{
    (void)state;
    laco_sequences sequences;
    laco_sequences_init(&sequences, ctx);
    laco_batches *batches;
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, NULL, &batches), LACO_OK);
    assert_int_equal(laco_batches_count(batches), 0);
    laco_batches_free(batches);
    for (int i = 0; i < 3; i++)
        assert_int_equal(laco_sequences_end(&sequences), LACO_OK);
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, NULL, &batches), LACO_OK);
    assert_int_equal(laco_batches_count(batches), 1);
    assert_int_equal(laco_batches_get(batches, 0)->steps, 0);
    assert_int_equal(laco_batches_get(batches, 0)->rows, 3);
    laco_batches_free(batches);
    laco_sequences_free(&sequences);
}

static void negative_sizes_are_refused(void **state)
{
    (void)state;
    laco_sequences sequences;
    laco_sequences_init(&sequences, ctx);
    laco_batches *batches;
    static const laco_batches_config wrong[] = {{.batch_size = -1}, {.chunk = -1}, {.max_padded = -1}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, &wrong[i], &batches), LACO_INVALID);
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, &wrong[0], &batches), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "the batch size is -1; it must be at least 1");
}

static laco_status try_batches(laco_context *context, void *data)
{
    (void)data;
    static const int32_t labels[40];
    laco_split split;
    LACO_TRY(laco_split_stratified(context, labels, 40, 1, 0.25, 1, &split));
    laco_sequences sequences;
    laco_sequences_init(&sequences, context);
    laco_status status = LACO_OK;
    for (int32_t i = 0; i < 40 && status == LACO_OK; i++)
        if ((status = laco_sequences_push(&sequences, i)) == LACO_OK)
            status = laco_sequences_end(&sequences);
    laco_batches *batches = NULL;
    laco_batches_config config = {.batch_size = 1, .shuffle = true};
    if (status == LACO_OK)
        status = laco_batches_new(context, &sequences, labels, split.train, split.train_count, &config, &batches);
    if (status == LACO_OK)
        assert_int_equal(laco_batches_count(batches), 30);
    laco_batches_free(batches);
    laco_sequences_free(&sequences);
    laco_split_free(context, &split);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(try_batches, NULL) > 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(splits_are_by_label, begin, end),
        cmocka_unit_test_setup_teardown(splits_follow_the_seed, begin, end),
        cmocka_unit_test_setup_teardown(labels_are_split_apart_from_each_other, begin, end),
        cmocka_unit_test_setup_teardown(fractions_have_limits, begin, end),
        cmocka_unit_test_setup_teardown(every_example_is_in_one_batch, begin, end),
        cmocka_unit_test_setup_teardown(order_follows_seed_and_epoch, begin, end),
        cmocka_unit_test_setup_teardown(padding_is_small, begin, end),
        cmocka_unit_test_setup_teardown(one_long_sequence_does_not_widen_its_batch, begin, end),
        cmocka_unit_test_setup_teardown(tags_are_laid_out_as_their_words, begin, end),
        cmocka_unit_test_setup_teardown(nothing_and_empty_sequences_are_allowed, begin, end),
        cmocka_unit_test_setup_teardown(negative_sizes_are_refused, begin, end),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
