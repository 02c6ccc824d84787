/* Checkpoints of torch.save and what is made of them: their tensors, hostile ones, models of tasks. */
#include "base/tensor_file.h"
#include "checkpoint_zip.h"
#include "context_fixture.h"
#include "laco/laco.h"
#include "state_dict/state_dict.h"

static const float NUMBERS[8] = {0, 1, 2, 3, 4, 5, 6, 7};

/* ---- Making checkpoints ------------------------------------------------------------------------------------------------- */

/* An archive of a pickle and one storage "0". */
static char *archive(const scroll *pickle, const void *numbers, size_t bytes, size_t *size)
{
    const zip_record records[] = {{"archive/data.pkl", pickle->bytes, pickle->size, ZIP_CM_STORE},
                                  {"archive/data/0", numbers, bytes, ZIP_CM_STORE},
                                  {"archive/version", "3\n", 2, ZIP_CM_STORE}};
    return make_zip(records, 3, size);
}

static laco_status parse(const scroll *pickle, laco_state_dict **out)
{
    size_t size;
    char *bytes = archive(pickle, NUMBERS, sizeof NUMBERS, &size);
    laco_status status = laco_state_dict_parse(ctx, "x.pt", bytes, size, out);
    free(bytes);
    return status;
}

static void refused(const scroll *pickle, const char *why)
{
    laco_state_dict *dict = NULL;
    laco_status status = parse(pickle, &dict);
    if (status != LACO_FORMAT || !strstr(laco_error(ctx), why) || strchr(laco_error(ctx), '\n'))
        fail_msg("status %d, '%s' does not say '%s'", status, laco_error(ctx), why);
    assert_null(dict);
}

static void check_numbers(laco_state_dict *dict, const char *name, int count, const float *wanted)
{
    const laco_tensor_entry *entry = laco_tensor_file_find(dict->file, name);
    laco_real out[8];
    assert_non_null(entry);
    assert_int_equal(entry->count, count);
    assert_int_equal(laco_tensor_file_read_real(dict->file, name, entry->ndim, entry->shape, out), LACO_OK);
    for (int i = 0; i < count; i++)
        assert_float_equal(out[i], wanted[i], 0);
}

/* ---- What is read ------------------------------------------------------------------------------------------------------- */

static const tensor_spec TENSORS[] = {
    {"model.net.a.weight", "FloatStorage", "0", 8, 0, 2, {2, 3}, {3, 1}},
    {"model.net.a.bias", "FloatStorage", "0", 8, 6, 1, {2}, {1}},
    {"model.net.turned", "FloatStorage", "0", 8, 0, 2, {3, 2}, {1, 3}}, /* the first, transposed */
    {"optimizer.step", "FloatStorage", "0", 8, 7, 0, {0}, {0}},
};

static laco_state_tensor at(const laco_state_dict *dict, size_t index)
{
    laco_state_tensor tensor;
    assert_true(laco_state_dict_at(dict, index, &tensor));
    return tensor;
}

static size_t count_of(const laco_state_dict *dict)
{
    laco_state_tensor tensor;
    size_t count = 0;
    while (laco_state_dict_at(dict, count, &tensor))
        count++;
    return count;
}

static void tensors_share_a_storage(void **state)
{
    (void)state;
    static scroll pickle;
    laco_state_dict *dict = NULL;
    pickle.size = 0;
    put_dict(&pickle, TENSORS, 4);
    assert_int_equal(parse(&pickle, &dict), LACO_OK);
    assert_int_equal(count_of(dict), 4);
    assert_false(laco_state_dict_is_model(dict));
    laco_state_tensor first = at(dict, 0), last = at(dict, 3);
    assert_string_equal(first.name, "model.net.a.weight");
    assert_string_equal(first.dtype, "F32");
    assert_int_equal(first.shape[1], 3);
    assert_int_equal(last.ndim, 0);
    check_numbers(dict, "model.net.a.weight", 6, NUMBERS);
    check_numbers(dict, "model.net.a.bias", 2, NUMBERS + 6);
    check_numbers(dict, "model.net.turned", 6, (const float[]){0, 3, 1, 4, 2, 5});
    laco_state_dict_free(dict);
}

static void names_are_narrowed_and_changed(void **state)
{
    (void)state;
    static scroll pickle;
    laco_state_dict *dict = NULL;
    pickle.size = 0;
    put_dict(&pickle, TENSORS, 4);
    assert_int_equal(parse(&pickle, &dict), LACO_OK);
    assert_int_equal(laco_state_dict_narrow(dict, "nothing"), LACO_INVALID);
    assert_int_equal(laco_state_dict_narrow(dict, NULL), LACO_OK); /* without optimizer…; `turned` has no part behind net */
    assert_int_equal(count_of(dict), 3);
    assert_string_equal(at(dict, 0).name, "net.a.weight");
    assert_int_equal(laco_state_dict_narrow(dict, "net"), LACO_OK);
    assert_string_equal(at(dict, 2).name, "turned");
    assert_int_equal(laco_state_dict_rename(dict, "b=c"), LACO_INVALID);
    assert_int_equal(laco_state_dict_rename(dict, "a"), LACO_INVALID);
    assert_int_equal(laco_state_dict_rename(dict, "a.bias=a.weight"), LACO_FORMAT); /* two of one name */
    assert_int_equal(laco_state_dict_rename(dict, "a.bias=bias,a=x.y"), LACO_OK);
    assert_string_equal(at(dict, 0).name, "x.y.weight");
    assert_string_equal(at(dict, 1).name, "bias");
    check_numbers(dict, "bias", 2, NUMBERS + 6);
    laco_state_dict_free(dict);
}

static void every_type_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        size_t size;
        uint64_t bits; /* of 1.5, or of 1 */
        double value;
    } types[] = {{"DoubleStorage", 8, 0x3ff8000000000000, 1.5},
                 {"FloatStorage", 4, 0x3fc00000, 1.5},
                 {"HalfStorage", 2, 0x3e00, 1.5},
                 {"BFloat16Storage", 2, 0x3fc0, 1.5}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        static scroll pickle;
        laco_state_dict *dict = NULL;
        size_t size;
        pickle.size = 0;
        put_dict(&pickle, &(tensor_spec){"x", types[i].type, "0", 1, 0, 1, {1}, {1}}, 1);
        char *bytes = archive(&pickle, &types[i].bits, types[i].size, &size);
        assert_int_equal(laco_state_dict_parse(ctx, "x.pt", bytes, size, &dict), LACO_OK);
        check_numbers(dict, "x", 1, (const float[]){(float)types[i].value});
        laco_state_dict_free(dict);
        free(bytes);
    }
}

/* ---- What is refused ---------------------------------------------------------------------------------------------------- */

static void functions_are_not_called(void **state)
{
    (void)state;
#define PICKLE(text) text, sizeof(text) - 1
    static const struct {
        const char *pickle;
        size_t length;
        const char *why;
    } hostile[] = {
        {PICKLE("\x80\x02"
                "cos\nsystem\n(X\x02\0\0\0idtR."),
         "names 'os.system'"},
        {PICKLE("\x80\x02"
                "cposix\nsystem\n"),
         "names 'posix.system'"},
        {PICKLE("\x80\x02"
                "cbuiltins\neval\n"),
         "names 'builtins.eval'"},
        {PICKLE("\x80\x04\x8c\x02os\x8c\x06system\x93"), "names 'os.system'"},
        {PICKLE("\x80\x02"
                "ctorch._utils\n_rebuild_tensor_v2\n)R."),
         "a tensor that is not"},
        {PICKLE("\x80\x02"
                "ctorch\nFloatStorage\n)R."),
         "which is no function"},
        {PICKLE("\x80\x02}}b."), "no tensors"},
        {PICKLE("\x80\x02K\x01}b."), "attributes of something"},
        {PICKLE("\x80\x02i"), "operation 0x69"},    /* INST */
        {PICKLE("\x80\x02o"), "operation 0x6f"},    /* OBJ */
        {PICKLE("\x80\x02\x81"), "operation 0x81"}, /* NEWOBJ */
        {PICKLE("\x80\x07"), "protocol 7"},
        {PICKLE("\x80\x02"), "cut short"},
        {PICKLE("\x80\x02R."), "the stack is empty"},
        {PICKLE("\x80\x02h\x05."), "was not kept"},
        {PICKLE("\x80\x02Nq\x09."), "is kept before"},
        {PICKLE("\x80\x02(u."), "the stack is empty"},
        {PICKLE("\x80\x02}(K\x01u."), "no dictionary"},
        {PICKLE("\x80\x02NN."), "2 values on the stack"},
        {PICKLE("\x80\x02X\xff\xff\xff\x7f"), "cut short"},
        {PICKLE("\x80\x02(X\x07\x00\x00\x00storageK\x01tQ."), "persistent id"},
    };
#undef PICKLE
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        static scroll pickle;
        pickle.size = 0;
        put(&pickle, hostile[i].pickle, hostile[i].length);
        refused(&pickle, hostile[i].why);
    }
}

static void sizes_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        tensor_spec tensor;
        const char *why;
    } hostile[] = {
        {{"x", "FloatStorage", "0", 9, 0, 1, {8}, {1}}, "said to have 9 elements"},
        {{"x", "FloatStorage", "0", INT64_MAX, 0, 1, {8}, {1}}, "said to have"},
        {{"x", "FloatStorage", "0", 8, 0, 1, {9}, {1}}, "beyond its storage"},
        {{"x", "FloatStorage", "0", 8, 8, 1, {1}, {1}}, "beyond its storage"},
        {{"x", "FloatStorage", "0", 8, INT64_MAX, 1, {1}, {1}}, "beyond its storage"},
        {{"x", "FloatStorage", "0", 8, 0, 2, {INT64_MAX, INT64_MAX}, {INT64_MAX, 1}}, "beyond its storage"},
        {{"x", "FloatStorage", "0", 8, 0, 2, {1 << 30, 8}, {0, 1}}, "beyond its storage"}, /* a million times the same */
        {{"x", "FloatStorage", "0", 8, 0, 1, {2}, {8}}, "beyond its storage"},
        {{"x", "FloatStorage", "0", 8, -1, 1, {2}, {1}}, "a tensor that is not"},
        {{"x", "FloatStorage", "0", 8, 0, 1, {-2}, {1}}, "whole numbers of 0 or more"},
        {{"x", "FloatStorage", "1", 8, 0, 1, {2}, {1}}, "'data/1' is missing"},
        {{"x", "FloatStorage", "../0", 8, 0, 1, {2}, {1}}, "as its key"},
        {{"x", "QUInt8Storage", "0", 8, 0, 1, {2}, {1}}, "names 'torch.QUInt8Storage'"},
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        static scroll pickle;
        pickle.size = 0;
        put_dict(&pickle, &hostile[i].tensor, 1);
        refused(&pickle, hostile[i].why);
    }
}

/* A dictionary in which each level holds the one below twice would have 2^n tensors, and one that holds itself no end. */
static void bombs_are_refused(void **state)
{
    (void)state;
    static scroll pickle;
    pickle.size = 0;
    put_text(&pickle, "\x80\x02]q");
    put_byte(&pickle, 0);
    for (unsigned level = 1; level < 60; level++) {
        put_text(&pickle, "](h");
        put_byte(&pickle, level - 1);
        put_text(&pickle, "h");
        put_byte(&pickle, level - 1);
        put_text(&pickle, "eq");
        put_byte(&pickle, level);
    }
    for (unsigned level = 0; level < 59; level++) /* the others lie below on the stack */
        put_text(&pickle, "\x86");
    put_text(&pickle, ".");
    refused(&pickle, "values within values");
    pickle.size = 0;
    put_text(&pickle, "\x80\x02]q");
    put_byte(&pickle, 0);
    put_text(&pickle, "h");
    put_byte(&pickle, 0);
    put_text(&pickle, "a.");
    refused(&pickle, "values within values");
}

static char *find_bytes(char *bytes, size_t size, const void *wanted, size_t length)
{
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, wanted, length) == 0)
            return bytes + i;
    return NULL;
}

static void archives_are_checked(void **state)
{
    (void)state;
    static scroll pickle;
    static char zeros[4096];
    laco_state_dict *dict = NULL;
    size_t size;
    pickle.size = 0;
    put_dict(&pickle, &(tensor_spec){"x", "FloatStorage", "0", 8, 0, 1, {8}, {1}}, 1);
    const zip_record compressed[] = {{"a/data.pkl", pickle.bytes, pickle.size, ZIP_CM_STORE},
                                     {"a/data/0", zeros, sizeof zeros, ZIP_CM_DEFLATE}};
    char *bytes = make_zip(compressed, 2, &size);
    assert_int_equal(laco_state_dict_parse(ctx, "x.pt", bytes, size, &dict), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "'a/data/0' is compressed"));
    free(bytes);
    const zip_record other[] = {{"readme", "hello", 5, ZIP_CM_STORE}};
    bytes = make_zip(other, 1, &size);
    assert_int_equal(laco_state_dict_parse(ctx, "x.zip", bytes, size, &dict), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "not one of torch.save"));
    free(bytes);
    bytes = archive(&pickle, NUMBERS, sizeof NUMBERS, &size);
    for (size_t cut = 0; cut < size; cut++) /* cut short anywhere */
        assert_int_equal(laco_state_dict_parse(ctx, "x.pt", bytes, cut, &dict), LACO_FORMAT);
    char *numbers = find_bytes(bytes, size, NUMBERS, sizeof NUMBERS);
    assert_non_null(numbers);
    numbers[5] ^= 1; /* the checksum sees it */
    assert_int_equal(laco_state_dict_parse(ctx, "x.pt", bytes, size, &dict), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "is damaged"));
    free(bytes);
    assert_int_equal(laco_state_dict_parse(ctx, "old.pt", "\x80\x02\x8a\nl\xfc\x9c", 7, &dict), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "before 1.6"));
    assert_null(dict);
}

/* The directory says of both records that they are as long as nearly the whole file. */
static void overlapping_records_are_refused(void **state)
{
    (void)state;
    static char zeros[4096];
    laco_state_dict *dict = NULL;
    size_t size;
    const zip_record records[] = {{"a/data.pkl", zeros, sizeof zeros, ZIP_CM_STORE}, {"a/data/0", zeros, 16, ZIP_CM_STORE}};
    char *bytes = make_zip(records, 2, &size), *entry;
    for (char *at = bytes; (entry = find_bytes(at, size - (size_t)(at - bytes), "PK\1\2", 4)); at = entry + 4) {
        const uint32_t large = 4200; /* sizes, and the place of the first header */
        memcpy(entry + 20, &large, 4);
        memcpy(entry + 24, &large, 4);
        memset(entry + 42, 0, 4);
    }
    assert_int_equal(laco_state_dict_parse(ctx, "x.pt", bytes, size, &dict), LACO_FORMAT);
    assert_null(dict);
    free(bytes);
}

static laco_status attempt(laco_context *other, void *data)
{
    const scroll *pickle = data;
    laco_state_dict *dict;
    size_t size;
    char *bytes = archive(pickle, NUMBERS, sizeof NUMBERS, &size);
    laco_status status = laco_state_dict_parse(other, "x.pt", bytes, size, &dict);
    free(bytes);
    if (status < 0)
        return status;
    status = laco_state_dict_narrow(dict, NULL);
    if (status == LACO_OK)
        status = laco_state_dict_rename(dict, "net.a=b");
    laco_state_dict_free(dict);
    return status;
}

static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    static scroll pickle;
    pickle.size = 0;
    put_dict(&pickle, TENSORS, 4);
    assert_true(fail_each_allocation(attempt, &pickle) > 10);
}

/* ---- Into a network of one's own ---------------------------------------------------------------------------------------- */

static void a_module_takes_what_fits(void **state)
{
    (void)state;
    static scroll pickle;
    static const tensor_spec tensors[] = {{"fc.weight", "FloatStorage", "0", 8, 0, 2, {2, 3}, {3, 1}},
                                          {"fc.bias", "FloatStorage", "0", 8, 6, 1, {2}, {1}},
                                          {"more", "FloatStorage", "0", 8, 0, 1, {1}, {1}}};
    laco_state_dict *dict = NULL;
    laco_module *module;
    laco_linear *linear;
    assert_int_equal(laco_module_new(ctx, 1, &module), LACO_OK);
    assert_int_equal(laco_linear_new(module, "fc", 3, 2, false, &linear), LACO_OK);
    pickle.size = 0;
    put_dict(&pickle, tensors, 3);
    assert_int_equal(parse(&pickle, &dict), LACO_OK);
    assert_int_equal(laco_state_dict_load(dict, module), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "'more' [1] is left over"));
    laco_state_dict_free(dict);
    pickle.size = 0;
    put_dict(&pickle, tensors, 2);
    assert_int_equal(parse(&pickle, &dict), LACO_OK);
    assert_int_equal(laco_state_dict_load(dict, module), LACO_OK);
    for (int i = 0; i < 8; i++)
        assert_float_equal(i < 6 ? laco_module_find(module, "fc.weight")->value[i]
                                 : laco_module_find(module, "fc.bias")->value[i - 6],
                           NUMBERS[i], 0);
    laco_state_dict_free(dict);
    laco_module_free(module);
}

/* ---- Models ------------------------------------------------------------------------------------------------------------- */

/* A classifier whose checkpoint has no biases and calls its parts otherwise: I = H = 2, one-hot of 2 tokens, K = 2. */
static const tensor_spec CLASSIFIER[] = {{"gru.weight_ih_l0", "FloatStorage", "0", 8, 0, 2, {2, 2}, {2, 1}},
                                         {"gru.weight_hh_l0", "FloatStorage", "0", 8, 4, 2, {2, 2}, {2, 1}},
                                         {"out.weight", "FloatStorage", "0", 8, 2, 2, {2, 2}, {2, 1}},
                                         {"out.bias", "FloatStorage", "0", 8, 1, 1, {2}, {1}}};

static laco_status import_classifier(laco_context *other, const char *const *tokens, int64_t count, laco_model **out)
{
    static scroll pickle;
    static const char *const labels[] = {"no", "yes"};
    laco_state_dict *dict;
    size_t size;
    pickle.size = 0;
    put_dict(&pickle, CLASSIFIER, 4);
    char *bytes = archive(&pickle, NUMBERS, sizeof NUMBERS, &size);
    laco_status status = laco_state_dict_parse(other, "x.pt", bytes, size, &dict);
    free(bytes);
    if (status < 0)
        return status;
    status = laco_model_import(
        other, dict,
        &(laco_import_options){.task = "classify", .labels = labels, .label_count = 2, .tokens = tokens, .token_count = count},
        out);
    laco_state_dict_free(dict);
    return status;
}

static void a_classifier_is_built(void **state)
{
    (void)state;
    const char *tokens[] = {"b", "a", "c"};
    laco_model *model = NULL;
    assert_int_equal(import_classifier(ctx, tokens, 3, &model), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "has 2 tokens; the file of names has 3"));
    assert_int_equal(import_classifier(ctx, tokens, 2, &model), LACO_OK);
    laco_module *module = laco_model_module(model);
    assert_non_null(laco_module_find(module, "rnn.bias_hh_l0"));
    const laco_param *input = laco_module_find(module, "rnn.weight_ih_l0"); /* <unk>, b, a */
    assert_int_equal(input->shape[1], 3);
    for (int i = 0; i < 6; i++)
        assert_true(input->value[i] == (i % 3 == 0 ? 0 : NUMBERS[i / 3 * 2 + i % 3 - 1]));
    laco_model_free(model);
}

static laco_status attempt_model(laco_context *other, void *data)
{
    const char *tokens[] = {"b", "a"};
    laco_model *model = NULL;
    (void)data;
    laco_status status = import_classifier(other, tokens, 2, &model);
    laco_model_free(model);
    return status;
}

static void a_model_or_no_memory(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(attempt_model, NULL) > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tensors_share_a_storage),  TEST(names_are_narrowed_and_changed),  TEST(every_type_is_read),
        TEST(functions_are_not_called), TEST(sizes_that_lie_are_refused),      TEST(bombs_are_refused),
        TEST(archives_are_checked),     TEST(overlapping_records_are_refused), TEST(memory_may_fail_anywhere),
        TEST(a_module_takes_what_fits), TEST(a_classifier_is_built),           TEST(a_model_or_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
