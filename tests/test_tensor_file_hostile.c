/* Tensor files that are wrong: each is refused with what and where, and none crashes, leaks or reads too far
 * (run it under AddressSanitizer: the reader's copy of the file ends where its block ends). */
#include "base/tensor_file.h"
#include "failing_allocator.h"

#include <stdio.h>
#include <string.h>

static failing_allocator memory;
static laco_context *ctx;
static volatile unsigned touched;

static int begin(void **state)
{
    (void)state;
    memory = (failing_allocator){0};
    ctx = failing_context(&memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    failing_context_free(ctx, &memory);
    return 0;
}

/* Touches all that a file hands out, so that a bad pointer shows. */
static void use(const laco_tensor_file *file)
{
    for (size_t i = 0; i < laco_tensor_file_count(file); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(file, i);
        assert_ptr_equal(laco_tensor_file_find(file, entry->name), entry);
        size_t size = entry->count * laco_dtype_size(entry->dtype);
        unsigned char *bytes = malloc(size + 1);
        assert_int_equal(laco_tensor_file_bytes(file, entry, 0, entry->count, bytes), LACO_OK);
        for (size_t k = 0; k < size; k++)
            touched += bytes[k];
        free(bytes);
    }
    for (size_t i = 0; i < laco_tensor_file_metadata_count(file); i++) {
        const laco_metadata_entry *entry = laco_tensor_file_metadata_at(file, i);
        assert_ptr_equal(laco_tensor_file_metadata(file, entry->key), entry->value);
        touched += (unsigned)strlen(entry->value);
    }
}

/* Nothing may be left of a file that was refused, and the output must be as before. */
static laco_status parse(const void *bytes, size_t size)
{
    size_t blocks = memory.blocks;
    laco_tensor_file *file = NULL;
    laco_set_error(ctx, "%s", "");
    laco_status status = laco_tensor_file_parse(ctx, bytes, size, NULL, "f", &file);
    if (status == LACO_OK) {
        assert_string_equal(laco_error(ctx), "");
        use(file);
        laco_tensor_file_free(file);
    } else {
        assert_null(file);
        assert_true(strncmp(laco_error(ctx), "f: ", 3) == 0);
        for (const char *c = laco_error(ctx); *c; c++)
            assert_true((unsigned char)*c >= 0x20 && *c != 0x7f); /* one line, nothing for a terminal to obey */
    }
    assert_int_equal(memory.blocks, blocks);
    return status;
}

/* Puts a header and data bytes of zeros together; the caller frees it. */
static char *build(const char *header, size_t length, size_t data, size_t *size)
{
    *size = 8 + length + data;
    char *bytes = calloc(1, *size);
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)length >> 8 * i);
    memcpy(bytes + 8, header, length);
    return bytes;
}

static laco_status parse_header(const char *header, size_t data)
{
    size_t size;
    char *bytes = build(header, strlen(header), data, &size);
    laco_status status = parse(bytes, size);
    free(bytes);
    return status;
}

/* The first `length` characters of the error are those of `text`. */
static void refuse_as(const char *header, size_t data, const char *text, size_t length)
{
    laco_status status = parse_header(header, data);
    char start[512];
    snprintf(start, sizeof start, "%.*s", (int)length, laco_error(ctx));
    assert_string_equal(start, text);
    assert_int_equal(status, LACO_FORMAT);
}

static void refuse(const char *header, size_t data, const char *text) { refuse_as(header, data, text, 511); }

static void accept(const char *header, size_t data)
{
    laco_status status = parse_header(header, data);
    assert_string_equal(laco_error(ctx), "");
    assert_int_equal(status, LACO_OK);
}

#define T(dtype, shape, offsets) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define ONE(dtype, shape, offsets) "{\"x\":" T(dtype, shape, offsets) "}"
#define TWO(a, b) "{\"a\":" T("U8", "[4]", a) ",\"b\":" T("U8", "[4]", b) "}"

static void lengths_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *text;
    } cases[] = {
        {"", 0, "f: not a safetensors file: 0 bytes, but the first 8 should give the header's length"},
        {"\x02\0\0\0\0\0\0", 7, "f: not a safetensors file: 7 bytes, but the first 8 should give the header's length"},
        {"\x02\0\0\0\0\0\0\0{", 9, "f: cut short: a header of 2 bytes, but only 1 bytes follow its length"},
        {"\x02\0\0\0\0\0\0\0", 8, "f: cut short: a header of 2 bytes, but only 0 bytes follow its length"},
        {"\0\0\0\0\0\0\0\0{}", 10, "f: not a safetensors file: the header (byte 8) does not start with '{'"},
        {"\x04\0\0\0\0\0\0\0  {}", 12, "f: not a safetensors file: the header (byte 8) does not start with '{'"},
        {"\x00\xe1\xf5\x05\0\0\0\0{}", 10, "f: cut short: a header of 100000000 bytes, but only 2 bytes follow its length"},
        {"\x01\xe1\xf5\x05\0\0\0\0{}", 10,
         "f: not a safetensors file: its first 8 bytes give a header of 100000001 bytes, the limit is 100000000"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff{}", 10,
         "f: not a safetensors file: its first 8 bytes give a header of 18446744073709551615 bytes, the limit is 100000000"},
        {"PK\3\4\0\0\0\x80zip of a .pt file", 24,
         "f: is a zip archive or a spreadsheet, not a safetensors file; unzip it first, or save the spreadsheet as CSV: unzip f"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(cases[i].bytes, cases[i].size), LACO_FORMAT);
        assert_string_equal(laco_error(ctx), cases[i].text);
    }
    assert_int_equal(parse(NULL, 0), LACO_FORMAT);
    accept("{}", 0);
    accept("{ }  \n ", 0);
}

static void json_is_checked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[1]", "f: not a safetensors file: the header (byte 8) does not start with '{'"},
        {"{", "f: the header is not valid JSON: byte 9: string or '}' expected"},
        {"{} x", "f: the header is not valid JSON: byte 11: end of file expected"},
        {"{}{}", "f: the header is not valid JSON: byte 10: end of file expected"},
        {"{'a':1}", "f: the header is not valid JSON: byte 9: string or '}' expected"},
        {"{\x1b[31m}", "f: the header is not valid JSON: byte 9: string or '}' expected"},
        {"{\"a\":NaN}", "f: the header is not valid JSON: byte 13: no value"},
        {"{\"a\":1,}", "f: the header is not valid JSON: byte 15: string or '}' expected"},
        {"{\"a\" 1}", "f: the header is not valid JSON: byte 13: ':' expected"},
        {"{\"a\":[1 2]}", "f: the header is not valid JSON: byte 16: ']' or ',' expected"},
        {"{\"a\":1 2}", "f: the header is not valid JSON: byte 15: '}' or ',' expected"},
        {"{\"a\":01}", "f: the header is not valid JSON: byte 13: an invalid number"},
        {"{\"a\":-}", "f: the header is not valid JSON: byte 13: an invalid number"},
        {"{\"a\":1.}", "f: the header is not valid JSON: byte 13: an invalid number"},
        {"{\"a\":1e+}", "f: the header is not valid JSON: byte 13: an invalid number"},
        {"{\"a\":9223372036854775808}", "f: the header is not valid JSON: byte 13: a whole number that is too big"},
        {"{\"a\":1e999}", "f: the header is not valid JSON: byte 13: a number that is too big"},
        {"{\"a\xff\":1}", "f: the header is not valid JSON: byte 11: a byte that is not UTF-8"},
        {"{\"\xc0\x80\":1}", "f: the header is not valid JSON: byte 10: a byte that is not UTF-8"},
        {"{\"\xed\xa0\x80\":1}", "f: the header is not valid JSON: byte 10: a byte that is not UTF-8"},
        {"{\"\\ud800\":1}", "f: the header is not valid JSON: byte 10: half of a surrogate pair"},
        {"{\"\\udc00\":1}", "f: the header is not valid JSON: byte 10: half of a surrogate pair"},
        {"{\"\\ud83d\\u0041\":1}", "f: the header is not valid JSON: byte 10: half of a surrogate pair"},
        {"{\"\\u12g4\":1}", "f: the header is not valid JSON: byte 10: \\u wants four hexadecimal digits"},
        {"{\"\\x\":1}", "f: the header is not valid JSON: byte 10: there is no such escape"},
        {"{\"a\\u0000\":1}", "f: the header is not valid JSON: byte 11: \\u0000 is not allowed here"},
        {"{\"a\n\":1}", "f: the header is not valid JSON: byte 11: a control character in a string"},
        {"{\"a", "f: the header is not valid JSON: byte 9: a string without an end"},
        {"{\"__metadata__\":{\"a\":\"\\u0000\"}}", "f: the header is not valid JSON: byte 30: \\u0000 is not allowed here"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", "f: the header is not valid JSON: byte 27: duplicate object key"},
        {"{\"__metadata__\":{\"k\":\"1\",\"\\u006b\":\"2\"}}", "f: the header is not valid JSON: byte 33: duplicate object key"},
        {"{\"x\":" T("U8", "[0]", "[0,0]") ",\"x\":" T("U8", "[0]", "[0,0]") "}",
         "f: the header is not valid JSON: byte 61: duplicate object key"},
        {"{\"x\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
         "f: the header is not valid JSON: byte 27: duplicate object key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_as(cases[i][0], 0, cases[i][1], strlen(cases[i][1]));
    size_t size; /* a NUL amid the header */
    char *bytes = build("{}\0", 3, 0, &size);
    assert_int_equal(parse(bytes, size), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "f: the header is not valid JSON: byte 10:"));
    free(bytes);
}

static void metadata_is_checked(void **state)
{
    (void)state;
    refuse("{\"__metadata__\":[]}", 0, "f: __metadata__ is not a JSON object");
    refuse("{\"__metadata__\":\"a\"}", 0, "f: __metadata__ is not a JSON object");
    refuse("{\"__metadata__\":{\"a\":\"1\",\"b\":2}}", 0, "f: __metadata__: the value of 'b' is not a string");
    refuse("{\"__metadata__\":{\"\\n\":null}}", 0, "f: __metadata__: the value of '?' is not a string");
    refuse("{\"__metadata__\":{\"b\":{\"c\":\"d\"}}}", 0, "f: __metadata__: the value of 'b' is not a string");
    accept("{\"__metadata__\":{}}", 0);
}

static void fields_are_checked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"x\":[]}", "f: tensor 'x' is not described by a JSON object"},
        {"{\"x\":null}", "f: tensor 'x' is not described by a JSON object"},
        {"{\"x\":{}}", "f: tensor 'x': 'dtype' is missing or not a string"},
        {"{\"x\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,0]}}", "f: tensor 'x': 'dtype' is missing or not a string"},
        {"{\"x\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}", "f: tensor 'x': 'shape' is missing or not an array"},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[0]}}", "f: tensor 'x': 'data_offsets' is missing or not an array"},
        {ONE("U8", "4", "[0,4]"), "f: tensor 'x': 'shape' is missing or not an array"},
        {ONE("U8", "[4]", "{}"), "f: tensor 'x': 'data_offsets' is missing or not an array"},
        {ONE("F8_E5M2", "[4]", "[0,4]"),
         "f: tensor 'x': dtype 'F8_E5M2' is unknown; expected F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL"},
        {ONE("f32", "[1]", "[0,4]"),
         "f: tensor 'x': dtype 'f32' is unknown; expected F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL"},
        {ONE("U8", "[1,1,1,1,1,1,1,1,4]", "[0,4]"), "f: tensor 'x': 'shape' has 9 numbers, at most 8 are allowed"},
        {ONE("U8", "[-4]", "[0,4]"), "f: tensor 'x': 'shape' number 1 is not a whole number of 0 or more"},
        {ONE("U8", "[2,2.0]", "[0,4]"), "f: tensor 'x': 'shape' number 2 is not a whole number of 0 or more"},
        {ONE("U8", "[\"4\"]", "[0,4]"), "f: tensor 'x': 'shape' number 1 is not a whole number of 0 or more"},
        {ONE("U8", "[[4]]", "[0,4]"), "f: tensor 'x': 'shape' number 1 is not a whole number of 0 or more"},
        {ONE("U8", "[true]", "[0,4]"), "f: tensor 'x': 'shape' number 1 is not a whole number of 0 or more"},
        {ONE("U8", "[4]", "[]"), "f: tensor 'x': 'data_offsets' has 0 numbers, expected 2"},
        {ONE("U8", "[4]", "[4]"), "f: tensor 'x': 'data_offsets' has 1 numbers, expected 2"},
        {ONE("U8", "[4]", "[0,4,4]"), "f: tensor 'x': 'data_offsets' has 3 numbers, at most 2 are allowed"},
        {ONE("U8", "[4]", "[-4,0]"), "f: tensor 'x': 'data_offsets' number 1 is not a whole number of 0 or more"},
        {ONE("U8", "[4]", "[0,4.5]"), "f: tensor 'x': 'data_offsets' number 2 is not a whole number of 0 or more"},
        {ONE("U8", "[4]", "[0,4e0]"), "f: tensor 'x': 'data_offsets' number 2 is not a whole number of 0 or more"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i][0], 4, cases[i][1]);
    accept(ONE("U8", "[4]", "[0,4]"), 4);
    accept("{\"x\":{\"data_offsets\":[0,4],\"shape\":[4],\"dtype\":\"U8\",\"more\":[{\"a\":null}]}}", 4);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {ONE("U8", "[4]", "[4,0]"), "f: tensor 'x': data_offsets [4, 0] are reversed"},
        {ONE("U8", "[5]", "[0,5]"),
         "f: tensor 'x': data_offsets [0, 5] reach beyond the 4 bytes of data; is the file cut short?"},
        {ONE("U8", "[0]", "[5,5]"),
         "f: tensor 'x': data_offsets [5, 5] reach beyond the 4 bytes of data; is the file cut short?"},
        {ONE("U8", "[4]", "[9223372036854775803,9223372036854775807]"),
         "f: tensor 'x': data_offsets [9223372036854775803, 9223372036854775807] reach beyond the 4 bytes of data; "
         "is the file cut short?"},
        {ONE("U8", "[3]", "[0,4]"), "f: tensor 'x': U8 of shape [3] takes 3 bytes, but data_offsets [0, 4] give 4"},
        {ONE("F32", "[2,3]", "[0,4]"), "f: tensor 'x': F32 of shape [2, 3] takes 24 bytes, but data_offsets [0, 4] give 4"},
        {ONE("F16", "[]", "[0,4]"), "f: tensor 'x': F16 of shape [] takes 2 bytes, but data_offsets [0, 4] give 4"},
        {ONE("U8", "[4,0]", "[0,4]"), "f: tensor 'x': U8 of shape [4, 0] takes 0 bytes, but data_offsets [0, 4] give 4"},
        {ONE("F32", "[1152921504606846976]", "[0,4]"),
         "f: tensor 'x': F32 of shape [1152921504606846976] takes 4611686018427387904 bytes, but data_offsets [0, 4] give 4"},
        {ONE("F32", "[4611686018427387905]", "[0,4]"), /* 2^64 + 4 bytes */
         "f: tensor 'x': shape [4611686018427387905] has more elements than can be addressed"},
        {ONE("U8", "[4294967296,4294967296]", "[0,0]"), /* 2^64 */
         "f: tensor 'x': shape [4294967296, 4294967296] has more elements than can be addressed"},
        {ONE("U8", "[4294967296,4294967296,0]", "[0,0]"), /* nothing at all, but strides would overflow */
         "f: tensor 'x': shape [4294967296, 4294967296, 0] has more elements than can be addressed"},
        {ONE("U8",
             "[9223372036854775807,9223372036854775807,9223372036854775807,9223372036854775807,9223372036854775807,"
             "9223372036854775807,9223372036854775807,9223372036854775807]",
             "[0,4]"),
         "f: tensor 'x': shape [9223372036854775807, 9223372036854775807, 9223372036854775807, 9223372036854775807, "
         "9223372036854775807, 9223372036854775807, 9223372036854775807, 9223372036854775807] has more elements than can be "
         "addressed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i][0], 4, cases[i][1]);
}

static void places_are_checked(void **state)
{
    (void)state;
    refuse(TWO("[0,4]", "[0,4]"), 8, "f: tensors 'a' and 'b' overlap at byte 0 of the data");
    refuse(TWO("[0,4]", "[3,7]"), 7, "f: tensors 'a' and 'b' overlap at byte 3 of the data");
    refuse(TWO("[3,7]", "[0,4]"), 7, "f: tensors 'b' and 'a' overlap at byte 3 of the data");
    refuse(TWO("[0,4]", "[5,9]"), 9, "f: bytes 4 to 5 of the data, before tensor 'b', belong to no tensor");
    refuse(TWO("[1,5]", "[5,9]"), 9, "f: bytes 0 to 1 of the data, before tensor 'a', belong to no tensor");
    refuse(TWO("[4,8]", "[0,4]"), 9, "f: bytes 8 to 9 of the data, behind the last tensor, belong to no tensor");
    refuse("{}", 3, "f: bytes 0 to 3 of the data, behind the last tensor, belong to no tensor");
    refuse("{\"a\":" T("U8", "[4]", "[0,4]") ",\"empty\":" T("U8", "[0]", "[2,2]") "}", 4,
           "f: tensors 'a' and 'empty' overlap at byte 2 of the data");
    accept(TWO("[4,8]", "[0,4]"), 8);
    accept("{\"a\":" T("U8", "[4]", "[0,4]") ",\"x\":" T("U8", "[0]", "[0,0]") ",\"y\":" T("F64", "[0]", "[4,4]") "}", 4);
}

static void long_names_are_cut(void **state)
{
    (void)state;
    char header[512], expected[512], name[256] = "";
    for (int i = 0; i < 60; i++)
        strcat(name, "\xc3\xa9"); /* 120 bytes; 92 and dots are shown, an even number of them */
    snprintf(header, sizeof header, "{\"%s\":1}", name);
    snprintf(expected, sizeof expected, "f: tensor '%.92s...' is not described by a JSON object", name);
    refuse(header, 0, expected);
    snprintf(header, sizeof header, "{\"x%s\":1}", name);
    snprintf(expected, sizeof expected, "f: tensor 'x%.90s...' is not described by a JSON object", name);
    refuse(header, 0, expected);
}

static void depth_and_number_are_limited(void **state)
{
    (void)state;
    enum { MANY = 1 << 20 };
    static char header[3 * MANY + 16];
    strcpy(header, "{\"a\":");
    memset(header + 5, '[', MANY / 2);
    header[5 + MANY / 2] = '\0';
    refuse(header, 0, "f: the header is not valid JSON: byte 2060: values within each other too deeply");

    strcpy(header, "{\"a\":[");
    for (int i = 0; i < MANY; i++)
        memcpy(header + 6 + 3 * i, "{},", 3);
    strcpy(header + 6 + 3 * MANY - 1, "]}");
    refuse(header, 0, "f: the header holds more than 1048576 values");

    strcpy(header, "{\"__metadata__\":{\"a\":\"\\\""); /* marks within a string are no values */
    size_t used = strlen(header);
    memset(header + used, ',', 2 * MANY);
    strcpy(header + used + 2 * MANY, "\"}}");
    accept(header, 0);
}

/* A small file with something of everything. */
static const char small_header[] = "{\"__metadata__\":{\"k\":\"v\\n\"},\"a\":" T("F32", "[1,2]", "[0,8]") ",\"b\":" T(
    "I16", "[]", "[8,10]") ",\"c\":" T("BOOL", "[0]", "[10,10]") "}";

static void truncation_at_every_byte_is_refused(void **state)
{
    (void)state;
    size_t size;
    char *bytes = build(small_header, strlen(small_header), 10, &size);
    assert_int_equal(parse(bytes, size), LACO_OK);
    for (size_t kept = 0; kept < size; kept++)
        assert_int_equal(parse(bytes, kept), LACO_FORMAT);
    bytes = realloc(bytes, size + 1);
    bytes[size] = 0;
    assert_int_equal(parse(bytes, size + 1), LACO_FORMAT);
    free(bytes);
}

/* Whatever one byte becomes, the file is read or refused. */
static void corruption_of_every_byte_is_survived(void **state)
{
    (void)state;
    size_t size, read = 0;
    char *bytes = build(small_header, strlen(small_header), 10, &size);
    for (size_t i = 0; i < size; i++) {
        char kept = bytes[i];
        for (int value = 0; value < 256; value++) {
            bytes[i] = (char)value;
            laco_status status = parse(bytes, size);
            assert_true(status == LACO_OK || status == LACO_FORMAT);
            read += status == LACO_OK;
        }
        bytes[i] = kept;
    }
    /* Every value of the 10 bytes of data is fine, and the file itself comes up once for each other byte. */
    assert_true(read >= 10 * 256 + (size - 10));
    free(bytes);
}

static laco_status parse_small(laco_context *fresh, void *data)
{
    size_t size;
    char *bytes = build(data, strlen(data), 10, &size);
    laco_tensor_file *file = NULL;
    laco_status status = laco_tensor_file_parse(fresh, bytes, size, NULL, "f", &file);
    assert_true((status == LACO_OK) == (file != NULL));
    laco_tensor_file_free(file);
    free(bytes);
    return status;
}

static void survives_any_allocation_failing(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(parse_small, (char *)small_header) > 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lengths_are_checked),
        TEST(json_is_checked),
        TEST(metadata_is_checked),
        TEST(fields_are_checked),
        TEST(sizes_are_checked),
        TEST(places_are_checked),
        TEST(long_names_are_cut),
        TEST(depth_and_number_are_limited),
        TEST(truncation_at_every_byte_is_refused),
        TEST(corruption_of_every_byte_is_survived),
        TEST(survives_any_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
