/* Tables of options: one row is all that an option needs. */
#include "options/options.h"

#include "base/base.h"
#include "context_fixture.h"

#include <string.h>

/* A table that is no task's. */
typedef struct sample {
    int64_t hidden, embed;
    double rate;
    bool lower;
    int cell, directions;
    const char *column, *file;
    laco_reals quantiles;
    laco_share valid;
} sample;

#define AT(member) offsetof(sample, member)
#define SHAPES LACO_OPTION_SHAPES

static const laco_option rows[] = {
    {"hidden", "units|width", LACO_OPTION_INTEGER, AT(hidden), 1, 100, "8", "N", "hidden units", "Network", SHAPES},
    {"embed", NULL, LACO_OPTION_INTEGER, AT(embed), 1, 50, NULL, "N", "size of the embedding", "Network",
     SHAPES | LACO_OPTION_CAN_BE_OFF},
    {"lr", NULL, LACO_OPTION_REAL, AT(rate), 1e-6, 10, "0.1", "X", "learning rate", "Training", SHAPES},
    {"lower", NULL, LACO_OPTION_FLAG, AT(lower), 0, 0, NULL, NULL, "lower case", "Data", SHAPES},
    {"cell", NULL, LACO_OPTION_CHOICE, AT(cell), 0, 0, "gru", "rnn|gru|lstm", "the cell", "Network", SHAPES},
    {"bidirectional", NULL, LACO_OPTION_SWITCH, AT(directions), 2, 0, NULL, NULL, "both ways", "Network", SHAPES},
    {"unidirectional", NULL, LACO_OPTION_SWITCH, AT(directions), 1, 0, NULL, NULL, "forwards", "Network", SHAPES},
    {"column", NULL, LACO_OPTION_TEXT, AT(column), 0, 0, "text", "NAME", "of the text", "Data", SHAPES},
    {"log", NULL, LACO_OPTION_OUTPUT, AT(file), 0, 0, NULL, "FILE", "where notes go", "Data", LACO_OPTION_COMMON},
    {"quantiles", NULL, LACO_OPTION_REALS, AT(quantiles), 0, 1, NULL, "Q,…", "of the band", "Data", SHAPES},
    {"valid", NULL, LACO_OPTION_SHARE, AT(valid), 0, 0.99, "0.1", "FILE|FRACTION", "validation", "Data",
     SHAPES | LACO_OPTION_CAN_BE_OFF},
};
static const laco_option_table table = {"sample", rows, sizeof rows / sizeof *rows, sizeof(sample)};

static void refused(sample *options, const char *name, const char *text, const char *said)
{
    sample before = *options;
    assert_int_equal(laco_option_set(ctx, &table, options, name, text), LACO_INVALID);
    assert_string_equal(laco_error(ctx), said);
    assert_memory_equal(&before, options, sizeof before);
}

static void values_are_set(void **state)
{
    (void)state;
    sample o;
    memset(&o, 0, sizeof o);
    const char *const given[][2] = {{"hidden", "7"},    {"embed", "0"},           {"lr", "0.25"},
                                    {"lower", NULL},    {"cell", "lstm"},         {"unidirectional", NULL},
                                    {"column", "body"}, {"quantiles", "0.1,0.5"}, {"valid", "0"}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        assert_int_equal(laco_option_set(ctx, &table, &o, given[i][0], given[i][1]), LACO_OK);
    assert_int_equal(o.hidden, 7);
    assert_int_equal(o.embed, LACO_OFF);
    assert_true(o.rate == 0.25 && o.lower && o.cell == 3 && o.directions == 1 && o.valid.fraction == LACO_OFF);
    assert_string_equal(o.column, "body");
    assert_true(o.quantiles.count == 2 && o.quantiles.value[1] == 0.5);
    assert_int_equal(laco_options_check(ctx, &table, &o), LACO_OK);
    assert_int_equal(laco_option_set(ctx, &table, &o, "width", "9"), LACO_OK); /* an older name */
    assert_int_equal(o.hidden, 9);
    assert_int_equal(laco_option_set(ctx, &table, &o, "valid", "dev.txt"), LACO_OK);
    assert_string_equal(o.valid.file, "dev.txt");
    assert_true(o.valid.fraction == 0);
}

static void wrong_values_are_refused(void **state)
{
    (void)state;
    sample o;
    memset(&o, 0, sizeof o);
    refused(&o, "hidden", "0", "hidden is '0'; it should be a whole number within 1 … 100");
    refused(&o, "hidden", "7x", "hidden is '7x'; it should be a whole number within 1 … 100");
    refused(&o, "embed", "51", "embed is '51'; it should be a whole number within 0 … 50");
    refused(&o, "lr", "nan", "lr is 'nan'; it should be a number within 1e-06 … 10");
    refused(&o, "cell", "tree", "cell is 'tree'; it can be rnn|gru|lstm");
    refused(&o, "lower", "5", "lower takes no value, and got '5'");
    refused(&o, "valid", "1.5", "valid is '1.5'; it should be a file, or a number within 0 … 0.99");
    refused(&o, "quantiles", "0.5,0.1",
            "quantiles is '0.5,0.1'; it should be up to 31 rising numbers between 0 and 1, as 0.1,0.5,0.9");
    refused(&o, "hiden", "5", "hiden is no option of sample");
    refused(&o, "hidden", NULL, "hidden needs a value: N");
    assert_int_equal(laco_option_set(ctx, &table, &o, "bidirectional", NULL), LACO_OK);
    refused(&o, "unidirectional", NULL, "unidirectional was given, and bidirectional too; one of them can be");
}

static void ranges_of_a_struct_are_checked(void **state)
{
    (void)state;
    const struct {
        sample options;
        const char *said;
    } wrong[] = {{{.hidden = 101}, "hidden is '101'; it should be a whole number within 1 … 100"},
                 {{.hidden = LACO_OFF}, "hidden is '-1'; it should be a whole number within 1 … 100"},
                 {{.embed = -2}, "embed is '-2'; it should be a whole number within 0 … 50"},
                 {{.rate = 11}, "lr is '11'; it should be a number within 1e-06 … 10"},
                 {{.cell = 4}, "cell is '4'; it can be rnn|gru|lstm"},
                 {{.valid.fraction = 1}, "valid is '1'; it should be a file, or a number within 0 … 0.99"},
                 {{.quantiles = {2, {0.5, 0.5}}},
                  "quantiles is 'another list'; it should be up to 31 rising numbers between 0 and 1, as 0.1,0.5,0.9"}};
    assert_int_equal(laco_options_check(ctx, &table, &(sample){0}), LACO_OK);
    assert_int_equal(laco_options_check(ctx, &table, &(sample){.embed = LACO_OFF, .valid.fraction = LACO_OFF}), LACO_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(laco_options_check(ctx, &table, &wrong[i].options), LACO_INVALID);
        assert_string_equal(laco_error(ctx), wrong[i].said);
    }
}

static sample full(void)
{
    return (sample){.hidden = 7,
                    .embed = LACO_OFF,
                    .rate = 0.25,
                    .lower = true,
                    .cell = 3,
                    .directions = 2,
                    .column = "a b",
                    .file = "notes",
                    .quantiles = {2, {0.125, 0.5}},
                    .valid.fraction = 0.5};
}

static void values_are_written_and_read_back(void **state)
{
    (void)state;
    char *text, *again;
    sample o = full(), read = {0};
    assert_int_equal(laco_options_to_json(ctx, &table, &o, &text), LACO_OK);
    assert_string_equal(
        text, "{\"hidden\":7,\"embed\":-1,\"lr\":0.25,\"lower\":true,\"cell\":\"lstm\",\"bidirectional\":true,\"column\":\"a b\","
              "\"log\":\"notes\",\"quantiles\":[0.125,0.5],\"valid\":0.5}");
    json_t *object = json_loads(text, 0, NULL);
    assert_int_equal(laco_options_from_values(ctx, &table, object, &read), LACO_OK);
    assert_int_equal(laco_options_to_json(ctx, &table, &read, &again), LACO_OK);
    assert_string_equal(text, again);
    json_object_set_new(object, "depth", json_integer(3));
    assert_int_equal(laco_options_from_values(ctx, &table, object, &read), LACO_INVALID);
    laco_free(ctx, text);
    laco_free(ctx, again);
    json_decref(object);
}

static void the_table_is_written(void **state)
{
    (void)state;
    char *text;
    assert_int_equal(laco_options_to_json(ctx, &table, NULL, &text), LACO_OK);
    json_t *array = json_loads(text, 0, NULL), *first = json_array_get(array, 0);
    assert_int_equal(json_array_size(array), table.count);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "hidden");
    assert_string_equal(json_string_value(json_object_get(first, "type")), "integer");
    assert_string_equal(json_string_value(json_object_get(first, "default")), "8");
    assert_true(json_number_value(json_object_get(first, "high")) == 100);
    assert_int_equal(json_array_size(json_object_get(first, "aliases")), 2);
    assert_int_equal(json_array_size(json_object_get(json_array_get(array, 4), "choices")), 3);
    json_decref(array);
    laco_free(ctx, text);
}

/* Each option that shapes the result changes the fingerprint, and no other one. */
static void a_fingerprint_has_what_shapes_the_result(void **state)
{
    (void)state;
    static const char *const other[] = {"8", "4", "0.5", "false", "gru", "true", "c", "elsewhere", "0.2", "0.25"};
    char *before, *after;
    sample o = full();
    o.directions = 0;
    assert_int_equal(laco_options_fingerprint(ctx, &table, &o, NULL, &before), LACO_OK);
    assert_non_null(strstr(before, "hidden 7 embed -1 lr 0.25 lower yes cell lstm bidirectional no unidirectional no column #"));
    for (size_t i = 0, place = 0; i < table.count; i++) {
        sample changed = o;
        if (strcmp(rows[i].name, "unidirectional") == 0)
            continue;
        assert_int_equal(laco_option_set(ctx, &table, &changed, rows[i].name, other[place++]), LACO_OK);
        assert_int_equal(laco_options_fingerprint(ctx, &table, &changed, NULL, &after), LACO_OK);
        assert_true((strcmp(before, after) != 0) == ((rows[i].flags & LACO_OPTION_SHAPES) != 0));
        laco_release(ctx, after);
    }
    laco_release(ctx, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_are_set),
        TEST(wrong_values_are_refused),
        TEST(ranges_of_a_struct_are_checked),
        TEST(values_are_written_and_read_back),
        TEST(the_table_is_written),
        TEST(a_fingerprint_has_what_shapes_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
