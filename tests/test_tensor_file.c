/* Tensor files: what is written comes back, byte for byte as the format says; hostile files are in
 * test_tensor_file_hostile.c. */
#include "base/file.h"
#include "base/tensor_file.h"
#include "folder_fixture.h"

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static const double f64[] = {1.5, -0.0, 1e300, 0.1, -1e-310, INFINITY};
static const float f32[] = {1, -2.5f, 3e38f, 1e-45f, 0, -INFINITY};
static const uint16_t f16[] = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0xfc00};
static const uint16_t bf16[] = {0x3f80, 0xc000, 0x7f7f, 0x0001, 0x8000, 0xff80};
static const int64_t i64[] = {INT64_MIN, INT64_MAX, -1, 0, 1, 0x0102030405060708};
static const int32_t i32[] = {INT32_MIN, INT32_MAX, -1, 0, 1, 0x01020304};
static const int16_t i16[] = {INT16_MIN, INT16_MAX, -1, 0, 1, 0x0102};
static const int8_t i8[] = {INT8_MIN, INT8_MAX, -1, 0, 1, 2};
static const uint8_t u8[] = {0, 1, 2, 127, 128, 255};
static const uint8_t flags[] = {0, 1, 1, 0, 0, 1};
static const void *const samples[LACO_DTYPE_COUNT] = {
    [LACO_DTYPE_F64] = f64, [LACO_DTYPE_F32] = f32, [LACO_DTYPE_F16] = f16, [LACO_DTYPE_BF16] = bf16, [LACO_DTYPE_I64] = i64,
    [LACO_DTYPE_I32] = i32, [LACO_DTYPE_I16] = i16, [LACO_DTYPE_I8] = i8,   [LACO_DTYPE_U8] = u8,     [LACO_DTYPE_BOOL] = flags,
};
static const int64_t two_by_three[] = {2, 3};

static laco_tensor_writer *new_writer(void)
{
    laco_tensor_writer *writer;
    assert_int_equal(laco_tensor_writer_new(ctx, &writer), LACO_OK);
    return writer;
}

/* Serialises, frees the writer, parses. */
static laco_tensor_file *through(laco_tensor_writer *writer)
{
    char *bytes;
    size_t size;
    laco_tensor_file *file;
    assert_int_equal(laco_tensor_writer_serialise(writer, &bytes, &size), LACO_OK);
    laco_tensor_writer_free(writer);
    assert_int_equal(laco_tensor_file_parse(ctx, bytes, size, bytes, "memory", &file), LACO_OK);
    return file;
}

/* One tensor of each dtype, named after it; narrow ones first, so that wide ones lie unaligned. */
static laco_tensor_writer *all_dtypes(void)
{
    laco_tensor_writer *writer = new_writer();
    int64_t one = 1;
    assert_int_equal(laco_tensor_writer_add(writer, "odd", LACO_DTYPE_U8, 1, &one, u8), LACO_OK);
    for (laco_dtype t = LACO_DTYPE_COUNT; t-- > 0;)
        assert_int_equal(laco_tensor_writer_add(writer, laco_dtype_name(t), t, 2, two_by_three, samples[t]), LACO_OK);
    return writer;
}

static laco_real *read_real(const laco_tensor_file *file, const char *name)
{
    static laco_real out[6];
    assert_int_equal(laco_tensor_file_read_real(file, name, 2, two_by_three, out), LACO_OK);
    return out;
}

static int64_t *read_int(const laco_tensor_file *file, const char *name)
{
    static int64_t out[6];
    assert_int_equal(laco_tensor_file_read_int(file, name, 2, two_by_three, out), LACO_OK);
    return out;
}

/* Equal as bits, so that the zeros' signs count. */
static void assert_reals(const laco_real *found, const laco_real *expected)
{
    assert_memory_equal(found, expected, 6 * sizeof *found);
}

/* ---- The bytes ---- */

static void writes_the_format_exactly(void **state)
{
    (void)state;
    laco_tensor_writer *writer = new_writer();
    int64_t two = 2;
    float x[] = {1, -2};
    int16_t y = 0x0102;
    assert_int_equal(laco_tensor_writer_add(writer, "x", LACO_DTYPE_F32, 1, &two, x), LACO_OK);
    assert_int_equal(laco_tensor_writer_metadata(writer, "z", "1"), LACO_OK);
    assert_int_equal(laco_tensor_writer_add(writer, "a/b", LACO_DTYPE_I16, 0, NULL, &y), LACO_OK);
    assert_int_equal(laco_tensor_writer_metadata(writer, "format", "\"q\"\n\xc3\xa7"), LACO_OK);
    static const char expected[] = "\xa0\0\0\0\0\0\0\0"
                                   "{\"__metadata__\":{\"z\":\"1\",\"format\":\"\\\"q\\\"\\n\xc3\xa7\"},"
                                   "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                                   "\"a/b\":{\"dtype\":\"I16\",\"shape\":[],\"data_offsets\":[8,10]}}     "
                                   "\0\0\x80\x3f\0\0\0\xc0\x02\x01";
    char *bytes;
    size_t size;
    for (int time = 0; time < 2; time++) {
        assert_int_equal(laco_tensor_writer_serialise(writer, &bytes, &size), LACO_OK);
        assert_int_equal(size, sizeof expected - 1);
        assert_memory_equal(bytes, expected, size);
        laco_release(ctx, bytes);
    }
    const char *path = temporary_path("file");
    assert_int_equal(laco_tensor_writer_save(writer, path), LACO_OK);
    laco_tensor_writer_free(writer);
    assert_int_equal(laco_file_read(ctx, path, &bytes, &size), LACO_OK);
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(bytes, expected, size);
    laco_release(ctx, bytes);
}

static void an_empty_file_is_a_file(void **state)
{
    (void)state;
    laco_tensor_writer *writer = new_writer();
    char *bytes;
    size_t size;
    assert_int_equal(laco_tensor_writer_serialise(writer, &bytes, &size), LACO_OK);
    assert_int_equal(size, 16);
    assert_memory_equal(bytes, "\x08\0\0\0\0\0\0\0{}      ", 16);
    laco_release(ctx, bytes);
    laco_tensor_file *file = through(writer);
    assert_int_equal(laco_tensor_file_count(file), 0);
    assert_int_equal(laco_tensor_file_metadata_count(file), 0);
    assert_null(laco_tensor_file_find(file, "x"));
    assert_null(laco_tensor_file_find(file, "__metadata__"));
    assert_null(laco_tensor_file_metadata(file, "x"));
    laco_tensor_file_free(file);
    laco_tensor_file_free(NULL);
    laco_tensor_writer_free(NULL);
}

/* ---- Round trips ---- */

static void every_dtype_comes_back(void **state)
{
    (void)state;
    const char *path = temporary_path("all");
    laco_tensor_writer *writer = all_dtypes();
    assert_int_equal(laco_tensor_writer_save(writer, path), LACO_OK);
    laco_tensor_writer_free(writer);
    laco_tensor_file *file;
    assert_int_equal(laco_tensor_file_open(ctx, path, &file), LACO_OK);
    assert_string_equal(laco_tensor_file_name(file), path);
    assert_int_equal(laco_tensor_file_count(file), LACO_DTYPE_COUNT + 1);
    assert_string_equal(laco_tensor_file_at(file, 0)->name, "odd");
    assert_string_equal(laco_tensor_file_at(file, 1)->name, "BOOL");
    for (laco_dtype t = 0; t < LACO_DTYPE_COUNT; t++) {
        const laco_tensor_entry *entry = laco_tensor_file_find(file, laco_dtype_name(t));
        assert_non_null(entry);
        assert_ptr_equal(entry, laco_tensor_file_at(file, (size_t)(LACO_DTYPE_COUNT - t)));
        assert_int_equal(entry->dtype, t);
        assert_int_equal(laco_dtype_from_name(entry->name), t);
        assert_int_equal(entry->ndim, 2);
        assert_memory_equal(entry->shape, two_by_three, sizeof two_by_three);
        assert_int_equal(entry->count, 6);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        unsigned char bytes[6 * sizeof(double)];
        assert_int_equal(laco_tensor_file_bytes(file, entry, 0, 6, bytes), LACO_OK);
        assert_memory_equal(bytes, samples[t], 6 * laco_dtype_size(t));
        assert_int_equal(laco_tensor_file_bytes(file, entry, 4, 2, bytes), LACO_OK);
        assert_memory_equal(bytes, (const char *)samples[t] + 4 * laco_dtype_size(t), 2 * laco_dtype_size(t));
#endif
    }
    assert_int_equal(laco_dtype_from_name("F8_E4M3"), LACO_DTYPE_COUNT);
    laco_tensor_file_free(file);
}

static void numbers_are_converted(void **state)
{
    (void)state;
    laco_tensor_file *file = through(all_dtypes());
    laco_real expected[6];
    for (int i = 0; i < 6; i++)
        expected[i] = (laco_real)f64[i]; /* 1e300 is infinity in float */
    assert_reals(read_real(file, "F64"), expected);
    for (int i = 0; i < 6; i++)
        expected[i] = f32[i];
    assert_reals(read_real(file, "F32"), expected);
    assert_reals(read_real(file, "F16"), (laco_real[]){1, -2, 65504, (laco_real)0x1p-24, (laco_real)-0.0, -INFINITY});
    assert_reals(read_real(file, "BF16"),
                 (laco_real[]){1, -2, (laco_real)0x1.fep127, (laco_real)0x1p-133, (laco_real)-0.0, -INFINITY});

    assert_memory_equal(read_int(file, "I64"), i64, sizeof i64);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(read_int(file, "I32")[i], i32[i]);
        assert_int_equal(read_int(file, "I16")[i], i16[i]);
        assert_int_equal(read_int(file, "I8")[i], i8[i]);
        assert_int_equal(read_int(file, "U8")[i], u8[i]);
        assert_int_equal(read_int(file, "BOOL")[i], flags[i]);
    }
    laco_tensor_file_free(file);
}

/* All 65536 half floats against the definition: (-1)^s · 2^(e-15) · 1.f, or 2^-14 · 0.f where e is 0. */
static void every_half_float_is_converted(void **state)
{
    (void)state;
    enum { ALL = 65536 };
    uint16_t *halves = malloc(ALL * sizeof *halves);
    laco_real *found = malloc(ALL * sizeof *found);
    for (int i = 0; i < ALL; i++)
        halves[i] = (uint16_t)i;
    int64_t all = ALL;
    laco_tensor_writer *writer = new_writer();
    assert_int_equal(laco_tensor_writer_add(writer, "h", LACO_DTYPE_F16, 1, &all, halves), LACO_OK);
    laco_tensor_file *file = through(writer);
    assert_int_equal(laco_tensor_file_read_real(file, "h", 1, &all, found), LACO_OK);
    for (int i = 0; i < ALL; i++) {
        int exponent = i >> 10 & 31, fraction = i & 1023;
        double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
        if (exponent == 31)
            size = fraction ? NAN : INFINITY;
        assert_int_equal(isnan(found[i]), isnan(size));
        assert_true(isnan(size) || (double)fabs((double)found[i]) == size);
        assert_int_equal(signbit(found[i]) != 0, i >> 15);
    }
    laco_tensor_file_free(file);
    free(halves);
    free(found);
}

static void own_numbers_are_stored_as_f32(void **state)
{
    (void)state;
    enum { MANY = 5000 }; /* more than goes through at once */
    laco_real *values = malloc(MANY * sizeof *values), *found = malloc(MANY * sizeof *found);
    for (int i = 0; i < MANY; i++)
        values[i] = (laco_real)i / 3;
    laco_tensor_writer *writer = new_writer();
    int64_t many = MANY;
    assert_int_equal(laco_tensor_writer_add_real(writer, "w", 1, &many, values), LACO_OK);
    laco_tensor_file *file = through(writer);
    const laco_tensor_entry *entry = laco_tensor_file_find(file, "w");
    assert_int_equal(entry->dtype, LACO_DTYPE_F32);
    assert_int_equal(laco_tensor_file_read_real(file, "w", 1, &many, found), LACO_OK);
    for (int i = 0; i < MANY; i++)
        assert_true(found[i] == (laco_real)(float)values[i]);
    laco_tensor_file_free(file);
    free(values);
    free(found);
}

static void scalars_and_empty_tensors_come_back(void **state)
{
    (void)state;
    laco_tensor_writer *writer = new_writer();
    int64_t none[] = {3, 0, 5}, deep[] = {1, 1, 1, 2, 1, 1, 1, 1}, number = 0, values[2] = {4, 5}, found[2];
    assert_int_equal(laco_tensor_writer_add(writer, "first", LACO_DTYPE_F64, 3, none, NULL), LACO_OK);
    assert_int_equal(laco_tensor_writer_add(writer, "", LACO_DTYPE_I64, 0, NULL, &values[1]), LACO_OK);
    assert_int_equal(laco_tensor_writer_add(writer, "middle", LACO_DTYPE_BOOL, 3, none, NULL), LACO_OK);
    assert_int_equal(laco_tensor_writer_add(writer, "deep", LACO_DTYPE_I64, 8, deep, values), LACO_OK);
    assert_int_equal(laco_tensor_writer_add(writer, "last", LACO_DTYPE_I8, 3, none, NULL), LACO_OK);
    laco_tensor_file *file = through(writer);
    assert_int_equal(laco_tensor_file_find(file, "middle")->count, 0);
    assert_int_equal(laco_tensor_file_read_int(file, "middle", 3, none, NULL), LACO_OK);
    assert_int_equal(laco_tensor_file_read_real(file, "first", 3, none, NULL), LACO_OK);
    assert_int_equal(laco_tensor_file_read_int(file, "", 0, NULL, &number), LACO_OK);
    assert_int_equal(number, 5);
    assert_int_equal(laco_tensor_file_read_int(file, "deep", 8, deep, found), LACO_OK);
    assert_memory_equal(found, values, sizeof found);
    laco_tensor_file_free(file);
}

static void metadata_comes_back(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"laco.task", "classify"},
        {"", ""},
        {"json", "{\"a\": [1, \"\\\"\", null]}"},
        {"lines", "one\ntwo\r\n\ttab \\ back / slash \b\f\x01\x1f\x7f"},
        {"ação", "laço \xf0\x9f\xa6\x8b \xe2\x80\xa8"},
        {"key \"with\"\nquotes", "x"},
    };
    enum { COUNT = sizeof texts / sizeof *texts };
    laco_tensor_writer *writer = new_writer();
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(laco_tensor_writer_metadata(writer, texts[i][0], texts[i][1]), LACO_OK);
    laco_tensor_file *file = through(writer);
    assert_int_equal(laco_tensor_file_metadata_count(file), COUNT);
    for (int i = 0; i < COUNT; i++) {
        const laco_metadata_entry *entry = laco_tensor_file_metadata_at(file, (size_t)i);
        assert_string_equal(entry->key, texts[i][0]);
        assert_string_equal(entry->value, texts[i][1]);
        assert_string_equal(laco_tensor_file_metadata(file, texts[i][0]), texts[i][1]);
    }
    assert_null(laco_tensor_file_metadata(file, "laco"));
    laco_tensor_file_free(file);
}

static void many_tensors_are_found_by_name(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static int32_t values[MANY];
    laco_tensor_writer *writer = new_writer();
    char name[32];
    for (int i = 0; i < MANY; i++) {
        values[i] = i * 7919 % MANY;
        snprintf(name, sizeof name, "tensor.%d", values[i]);
        assert_int_equal(laco_tensor_writer_add(writer, name, LACO_DTYPE_I32, 0, NULL, &values[i]), LACO_OK);
    }
    laco_tensor_file *file = through(writer);
    for (int i = 0; i < MANY; i++) {
        int64_t found = -1;
        snprintf(name, sizeof name, "tensor.%d", i);
        assert_int_equal(laco_tensor_file_read_int(file, name, 0, NULL, &found), LACO_OK);
        assert_int_equal(found, i);
        snprintf(name, sizeof name, "tensor.%d.", i);
        assert_null(laco_tensor_file_find(file, name));
    }
    laco_tensor_file_free(file);
}

/* ---- What is refused ---- */

#define ASSERT_REFUSED(call, code, text)                                                                                         \
    do {                                                                                                                         \
        assert_int_equal(call, code);                                                                                            \
        assert_string_equal(laco_error(ctx), text);                                                                              \
    } while (0)

static void reading_says_what_does_not_fit(void **state)
{
    (void)state;
    laco_tensor_file *file = through(all_dtypes());
    laco_real real[6] = {77};
    int64_t number[6] = {77}, other[] = {2, 4}, more[] = {2, 3, 1};
    ASSERT_REFUSED(laco_tensor_file_read_real(file, "F32", 2, other, real), LACO_FORMAT,
                   "memory: tensor 'F32' has shape [2, 3], expected [2, 4]");
    ASSERT_REFUSED(laco_tensor_file_read_real(file, "F32", 1, other, real), LACO_FORMAT,
                   "memory: tensor 'F32' has shape [2, 3], expected [2]");
    ASSERT_REFUSED(laco_tensor_file_read_int(file, "I8", 3, more, number), LACO_FORMAT,
                   "memory: tensor 'I8' has shape [2, 3], expected [2, 3, 1]");
    ASSERT_REFUSED(laco_tensor_file_read_real(file, "odd", 0, NULL, real), LACO_FORMAT,
                   "memory: tensor 'odd' has shape [1], expected []");
    ASSERT_REFUSED(laco_tensor_file_read_real(file, "rnn.bias", 2, other, real), LACO_FORMAT,
                   "memory: tensor 'rnn.bias' is missing (expected shape [2, 4])");
    ASSERT_REFUSED(laco_tensor_file_read_real(file, "I64", 2, two_by_three, real), LACO_FORMAT,
                   "memory: tensor 'I64' has dtype I64, expected F32, F64, F16 or BF16");
    ASSERT_REFUSED(laco_tensor_file_read_int(file, "BF16", 2, two_by_three, number), LACO_FORMAT,
                   "memory: tensor 'BF16' has dtype BF16, expected I64, I32, I16, I8, U8 or BOOL");
    assert_true(real[0] == 77);
    assert_int_equal(number[0], 77);
    laco_tensor_file_free(file);
}

static void writing_refuses_what_the_format_cannot_hold(void **state)
{
    (void)state;
    laco_tensor_writer *writer = new_writer();
    int64_t nine[9] = {0}, below[] = {-1}, vast[] = {(int64_t)1 << 40, (int64_t)1 << 40}, half[] = {INT64_MAX / 2}, one = 1;
    const laco_dtype t = LACO_DTYPE_U8;
    assert_int_equal(laco_tensor_writer_add(writer, "x", t, 1, &one, u8), LACO_OK);
    assert_int_equal(laco_tensor_writer_metadata(writer, "k", "v"), LACO_OK);
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "x", t, 1, &one, u8), LACO_INVALID, "tensor 'x' is there already");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "__metadata__", t, 1, &one, u8), LACO_INVALID,
                   "a tensor cannot be named '__metadata__'");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "\xff", t, 1, &one, u8), LACO_INVALID,
                   "the name of a tensor is not valid UTF-8");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "y", t, 9, nine, u8), LACO_INVALID,
                   "tensor 'y' has 9 dimensions, 0 to 8 are allowed");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "y", t, -1, nine, u8), LACO_INVALID,
                   "tensor 'y' has -1 dimensions, 0 to 8 are allowed");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "y", t, 1, below, u8), LACO_INVALID, "tensor 'y' cannot have shape [-1]");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "y\n", t, 2, vast, u8), LACO_INVALID,
                   "tensor 'y?' cannot have shape [1099511627776, 1099511627776]");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "y", LACO_DTYPE_F32, 1, half, u8), LACO_INVALID,
                   "tensor 'y' cannot have shape [4611686018427387903]");
    ASSERT_REFUSED(laco_tensor_writer_add(writer, "y", t, 1, &one, NULL), LACO_INVALID, "tensor 'y' has no data");
    ASSERT_REFUSED(laco_tensor_writer_metadata(writer, "k", "w"), LACO_INVALID, "metadata entry 'k' is there already");
    ASSERT_REFUSED(laco_tensor_writer_metadata(writer, "k\xc3", "w"), LACO_INVALID,
                   "the name of a metadata entry is not valid UTF-8");
    ASSERT_REFUSED(laco_tensor_writer_metadata(writer, "l", "\x80"), LACO_INVALID, "metadata entry 'l' is not valid UTF-8");

    laco_tensor_file *file = through(writer); /* none of it left a trace */
    assert_int_equal(laco_tensor_file_count(file), 1);
    assert_int_equal(laco_tensor_file_metadata_count(file), 1);
    assert_string_equal(laco_tensor_file_metadata(file, "k"), "v");
    laco_tensor_file_free(file);
}

/* The edges of what RFC 3629 allows. */
static void text_must_be_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"\x7f",         "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",    "\xed\x9f\xbf",
                                       "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2x",
                                      "\xdf\xc0",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe1\x80",
                                      "\xe1\x80x",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf1\x80\x80",
                                      "\xf1\x80\x80\xc0",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "a\xfe"};
    laco_tensor_writer *writer = new_writer();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(laco_tensor_writer_metadata(writer, good[i], good[i]), LACO_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(laco_tensor_writer_metadata(writer, bad[i], "x"), LACO_INVALID);
        assert_int_equal(laco_tensor_writer_metadata(writer, "x", bad[i]), LACO_INVALID);
        assert_int_equal(laco_tensor_writer_add(writer, bad[i], LACO_DTYPE_U8, 0, NULL, u8), LACO_INVALID);
    }
    laco_tensor_file *file = through(writer);
    assert_int_equal(laco_tensor_file_metadata_count(file), sizeof good / sizeof *good);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_string_equal(laco_tensor_file_metadata(file, good[i]), good[i]);
    laco_tensor_file_free(file);
}

static void writing_refuses_a_header_above_the_limit(void **state)
{
    (void)state;
    enum { SIZE = 51 << 20 };
    char *text = malloc(SIZE);
    memset(text, '\n', SIZE); /* two bytes each in JSON */
    text[SIZE - 1] = '\0';
    laco_tensor_writer *writer = new_writer();
    assert_int_equal(laco_tensor_writer_metadata(writer, "k", text), LACO_OK);
    free(text);
    ASSERT_REFUSED(laco_tensor_writer_save(writer, temporary_path("x")), LACO_INVALID,
                   "names and metadata of a tensor file take 106954776 bytes, the limit is 100000000");
    assert_int_equal(temporary_folder_count(), 0);
    laco_tensor_writer_free(writer);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    const char *path = temporary_path("model");
    static const uint8_t large[200000]; /* more than a writer holds back before it writes */
    int64_t size_of_large = sizeof large;
    laco_tensor_writer *writer = all_dtypes();
    assert_int_equal(laco_tensor_writer_add(writer, "large", LACO_DTYPE_U8, 1, &size_of_large, large), LACO_OK);
    assert_int_equal(laco_tensor_writer_save(writer, path), LACO_OK);
    struct stat good, now;
    assert_int_equal(stat(path, &good), 0);
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t size = 0; size < (rlim_t)good.st_size; size += size < 2000 ? 97 : 1999) {
        small.rlim_cur = size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        laco_status status = laco_tensor_writer_save(writer, path);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, LACO_IO);
        assert_int_equal(stat(path, &now), 0);
        assert_int_equal(now.st_ino, good.st_ino);
        assert_int_equal(now.st_size, good.st_size);
        assert_int_equal(temporary_folder_count(), 1);
    }
    signal(SIGXFSZ, SIG_DFL);
    laco_tensor_writer_free(writer);
}

/* ---- Memory ---- */

/* Writes and reads a file; everything made on the way is freed. Outputs of a failed call must be untouched. */
static laco_status make_and_read(laco_context *fresh, void *data)
{
    laco_tensor_writer *writer = NULL;
    laco_tensor_file *file = NULL, *opened = NULL;
    char *bytes = NULL, name[16];
    size_t size = 0;
    int64_t three = 3;
    laco_status status = laco_tensor_writer_new(fresh, &writer);
    for (int i = 0; i < 20 && status == LACO_OK; i++) {
        snprintf(name, sizeof name, "t%d", i);
        status = laco_tensor_writer_add(writer, name, LACO_DTYPE_F32, 1, &three, f32);
    }
    if (status == LACO_OK)
        status = laco_tensor_writer_metadata(writer, "key", "value");
    if (status == LACO_OK && (status = laco_tensor_writer_serialise(writer, &bytes, &size)) < 0)
        assert_true(!bytes && size == 0);
    if (status == LACO_OK && (status = laco_tensor_file_parse(fresh, bytes, size, NULL, "memory", &file)) < 0)
        assert_null(file);
    if (status == LACO_OK)
        status = laco_tensor_writer_save(writer, data);
    if (status == LACO_OK && (status = laco_tensor_file_open(fresh, data, &opened)) < 0)
        assert_null(opened);
    if (status == LACO_OK)
        assert_int_equal(laco_tensor_file_count(opened), 20);
    laco_tensor_file_free(opened);
    laco_tensor_file_free(file);
    laco_release(fresh, bytes);
    laco_tensor_writer_free(writer);
    return status;
}

static void survives_any_allocation_failing(void **state)
{
    (void)state;
    char path[512];
    strcpy(path, temporary_path("file"));
    assert_true(fail_each_allocation(make_and_read, path) > 20);
    assert_int_equal(temporary_folder_count(), 1);
}

/* Jansson's memory is the process's: here, in a program of our own, it may be made to fail. */
static size_t jansson_calls, jansson_fails_at, jansson_blocks;

static void *jansson_malloc(size_t size)
{
    if (++jansson_calls == jansson_fails_at)
        return NULL;
    jansson_blocks++;
    return malloc(size);
}

static void jansson_free(void *block)
{
    jansson_blocks -= block != NULL;
    free(block);
}

static void survives_jansson_out_of_memory(void **state)
{
    (void)state;
    char path[512];
    strcpy(path, temporary_path("file"));
    json_malloc_t old_malloc;
    json_free_t old_free;
    json_get_alloc_funcs(&old_malloc, &old_free);
    json_set_alloc_funcs(jansson_malloc, jansson_free);
    laco_status status = LACO_NO_MEMORY;
    for (size_t point = 1; status != LACO_OK; point++) {
        jansson_calls = 0;
        jansson_fails_at = point;
        laco_set_error(ctx, "%s", "");
        status = make_and_read(ctx, path);
        assert_int_equal(jansson_blocks, 0);
        if (status != LACO_OK)
            assert_non_null(strstr(laco_error(ctx), "out of memory"));
        assert_true(status == LACO_OK || status == LACO_NO_MEMORY);
    }
    json_set_alloc_funcs(old_malloc, old_free);
    assert_true(jansson_fails_at > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(writes_the_format_exactly),
        TEST_IN_FOLDER(an_empty_file_is_a_file),
        TEST_IN_FOLDER(every_dtype_comes_back),
        TEST_IN_FOLDER(numbers_are_converted),
        TEST_IN_FOLDER(every_half_float_is_converted),
        TEST_IN_FOLDER(own_numbers_are_stored_as_f32),
        TEST_IN_FOLDER(scalars_and_empty_tensors_come_back),
        TEST_IN_FOLDER(metadata_comes_back),
        TEST_IN_FOLDER(many_tensors_are_found_by_name),
        TEST_IN_FOLDER(reading_says_what_does_not_fit),
        TEST_IN_FOLDER(writing_refuses_what_the_format_cannot_hold),
        TEST_IN_FOLDER(text_must_be_utf8),
        TEST_IN_FOLDER(writing_refuses_a_header_above_the_limit),
        TEST_IN_FOLDER(a_full_disk_leaves_the_old_file),
        TEST_IN_FOLDER(survives_any_allocation_failing),
        TEST_IN_FOLDER(survives_jansson_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
