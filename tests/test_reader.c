/* Files that are read in pieces: as a whole reading finds them, through signals and short reads; and refused once they are no
 * longer what was opened. */
#include "base/file.h"
#include "base/tensor_file.h"
#include "folder_fixture.h"
#include "laco/module.h"
#include "laco/nn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

/* ---- Reads that go wrong: pread of this program stands in for the system's ---- */

static struct {
    int calls, fail_at, error; /* the fail_at-th call fails so */
    size_t most;               /* bytes of a call; 0: all */
    int act_at;                /* before this call: */
    void (*act)(const char *path);
    const char *path;
} fault;

ssize_t pread(int fd, void *bytes, size_t size, off_t place)
{
    fault.calls++;
    if (fault.calls == fault.act_at)
        fault.act(fault.path);
    if (fault.calls == fault.fail_at) {
        errno = fault.error;
        return -1;
    }
    return lseek(fd, place, SEEK_SET) < 0 ? -1 : read(fd, bytes, fault.most ? LACO_MIN(size, fault.most) : size);
}

static int begin_without_fault(void **state)
{
    memset(&fault, 0, sizeof fault);
    return begin_in_folder(state);
}

enum { SIZE = 100000 };
static unsigned char content[SIZE];

static const char *make_file(void)
{
    const char *path = temporary_path("file");
    for (int i = 0; i < SIZE; i++)
        content[i] = (unsigned char)(i * 7 + i / 256);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, SIZE, file), SIZE);
    assert_int_equal(fclose(file), 0);
    return path;
}

static laco_reader *open_file(const char *path)
{
    laco_reader *reader;
    assert_int_equal(laco_reader_open(ctx, path, &reader), LACO_OK);
    return reader;
}

static void assert_reads(const laco_reader *reader)
{
    static const size_t pieces[][2] = {{0, SIZE}, {0, 0}, {0, 1}, {SIZE - 1, 1}, {SIZE, 0}, {12345, 54321}, {3, 8}};
    static unsigned char out[SIZE];
    assert_int_equal(laco_reader_size(reader), SIZE);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        assert_int_equal(laco_reader_read(reader, pieces[i][0], out, pieces[i][1]), LACO_OK);
        assert_memory_equal(out, content + pieces[i][0], pieces[i][1]);
    }
}

static void assert_refuses(const laco_reader *reader, const char *why)
{
    unsigned char out[SIZE];
    char expected[700];
    laco_set_error(ctx, "%s", "");
    assert_int_equal(laco_reader_read(reader, 0, out, SIZE), LACO_IO);
    snprintf(expected, sizeof expected, "cannot read %s: %s", laco_reader_name(reader), why);
    assert_string_equal(laco_error(ctx), expected);
}

static const char CHANGED[] = "it was changed while it was read; read it again when it is complete";

/* ---- What is read ---- */

static void reads_pieces_of_a_file(void **state)
{
    (void)state;
    laco_reader *reader = open_file(make_file());
    size_t blocks = memory.blocks;
    assert_reads(reader);
    assert_int_equal(memory.blocks, blocks);
    assert_true(fault.calls > 0);
    laco_reader_free(reader);
    laco_reader_free(NULL);
}

static void reads_pieces_of_memory(void **state)
{
    (void)state;
    const char *bytes;
    make_file();
    laco_reader *reader;
    assert_int_equal(laco_reader_of(ctx, "memory", content, SIZE, NULL, &reader), LACO_OK);
    assert_string_equal(laco_reader_name(reader), "memory");
    assert_reads(reader);
    assert_int_equal(laco_reader_hold(reader, &bytes), LACO_OK);
    assert_ptr_equal(bytes, content);
    laco_reader_free(reader);
    char *given = laco_alloc(ctx, SIZE, 1);
    memcpy(given, content, SIZE);
    assert_int_equal(laco_reader_of(ctx, "memory", given, SIZE, given, &reader), LACO_OK);
    assert_reads(reader);
    laco_reader_free(reader); /* and what was given */
}

static void reads_pipes_whole(void **state)
{
    (void)state;
    const char *file = make_file(), *path = temporary_path("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *out = fopen(path, "w");
        _exit(!out || fwrite(content, 1, SIZE, out) != SIZE || fclose(out) != 0);
    }
    laco_reader *reader = open_file(path);
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_reads(reader);
    laco_reader_free(reader);

    int kept = dup(STDIN_FILENO), fd = open(file, O_RDONLY);
    assert_true(kept >= 0 && fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    reader = open_file("-");
    assert_true(dup2(kept, STDIN_FILENO) == STDIN_FILENO && close(kept) == 0 && close(fd) == 0);
    assert_string_equal(laco_reader_name(reader), "standard input");
    assert_reads(reader);
    laco_reader_free(reader);
    assert_int_equal(fault.calls, 0);

    reader = open_file("/proc/self/status"); /* says that it has 0 bytes */
    assert_true(laco_reader_size(reader) > 0);
    laco_reader_free(reader);
}

static void says_why_it_cannot_open(void **state)
{
    (void)state;
    laco_reader *reader = NULL;
    assert_int_equal(laco_reader_open(ctx, temporary_path("none"), &reader), LACO_IO);
    assert_non_null(strstr(laco_error(ctx), "none: No such file or directory"));
    assert_int_equal(laco_reader_open(ctx, temporary_folder, &reader), LACO_IO);
    assert_non_null(strstr(laco_error(ctx), ": Is a directory"));
    assert_null(reader);
}

/* ---- What goes wrong ---- */

static void short_reads_and_signals_do_not_show(void **state)
{
    (void)state;
    laco_reader *reader = open_file(make_file());
    for (size_t most = 1; most < SIZE; most = most * 9 + 1) {
        fault.most = most;
        assert_reads(reader);
    }
    fault.most = 1000;
    fault.error = EINTR;
    for (int i = 1; i < 30; i++) {
        fault.fail_at = fault.calls + i;
        assert_reads(reader);
    }
    laco_reader_free(reader);
}

static void says_why_it_cannot_read(void **state)
{
    (void)state;
    laco_reader *reader = open_file(make_file());
    fault.most = 30000;
    fault.error = EIO;
    fault.fail_at = 3;
    assert_refuses(reader, strerror(EIO));
    assert_reads(reader); /* again */
    laco_reader_free(reader);
}

static void cut(const char *path) { assert_int_equal(truncate(path, SIZE / 2), 0); }
static void empty(const char *path) { assert_int_equal(truncate(path, 0), 0); }
static void lengthen(const char *path) { assert_int_equal(truncate(path, SIZE + 1), 0); }

/* As many bytes, of another time. */
static void rewrite(const char *path)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0 && pwrite(fd, "x", 1, 7) == 1);
    assert_int_equal(futimens(fd, (struct timespec[]){{1, 0}, {1, 0}}), 0);
    assert_int_equal(close(fd), 0);
}

static void refuses_what_was_changed(void **state)
{
    (void)state;
    static void (*const acts[])(const char *path) = {cut, empty, lengthen, rewrite};
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        for (int during = 0; during < 2; during++) {
            const char *path = make_file(), *held = NULL;
            laco_reader *reader = open_file(path);
            memset(&fault, 0, sizeof fault);
            fault.most = 20000;
            fault.act_at = during ? 4 : 1;
            fault.act = acts[i];
            fault.path = path;
            assert_refuses(reader, CHANGED);
            assert_int_equal(laco_reader_hold(reader, &held), LACO_IO);
            assert_null(held);
            laco_reader_free(reader);
        }
}

/* The one that is open stays what it was. */
static void a_file_in_its_place_does_not_matter(void **state)
{
    (void)state;
    const char *path = make_file(), *other = temporary_path("other");
    laco_reader *reader = open_file(path);
    FILE *file = fopen(other, "w");
    assert_true(file && fputs("other", file) >= 0 && fclose(file) == 0);
    assert_int_equal(rename(other, path), 0);
    assert_reads(reader);
    laco_reader_free(reader);
}

static void what_is_held_cannot_change(void **state)
{
    (void)state;
    const char *path = make_file();
    laco_reader *reader = open_file(path);
    assert_int_equal(laco_reader_hold(reader, NULL), LACO_OK);
    empty(path);
    assert_reads(reader);
    laco_reader_free(reader);
}

static bool stop_now(void *user) { return *(bool *)user; }

static void can_be_stopped(void **state)
{
    (void)state;
    bool stop = false;
    laco_context *other;
    assert_int_equal(laco_context_new(&(laco_context_config){.stop = stop_now, .stop_user = &stop}, &other), LACO_OK);
    laco_reader *reader;
    static char out[SIZE];
    assert_int_equal(laco_reader_open(other, make_file(), &reader), LACO_OK);
    stop = true;
    assert_int_equal(laco_reader_read(reader, 0, out, SIZE), LACO_INTERRUPTED);
    laco_reader_free(reader);
    laco_context_free(other);
}

/* ---- Files of tensors ---- */

enum { ROWS = 100, COLUMNS = 90 };

static laco_module *make_module(uint64_t seed)
{
    laco_module *module;
    laco_linear *linear;
    assert_int_equal(laco_module_new(ctx, seed, &module), LACO_OK);
    assert_int_equal(laco_linear_new(module, "first", COLUMNS, ROWS, false, &linear), LACO_OK);
    assert_int_equal(laco_linear_new(module, "second", COLUMNS, ROWS, false, &linear), LACO_OK);
    return module;
}

static bool same_values(const laco_module *a, const laco_module *b)
{
    for (size_t i = 0; i < laco_module_param_count(a); i++) {
        const laco_param *p = laco_module_param((laco_module *)(uintptr_t)a, i),
                         *q = laco_module_param((laco_module *)(uintptr_t)b, i);
        if (memcmp(p->value, q->value, (size_t)p->count * sizeof *p->value) != 0)
            return false;
    }
    return true;
}

static const char *save(laco_module *module)
{
    const char *path = temporary_path("tensors");
    assert_int_equal(laco_module_save(module, path), LACO_OK);
    return path;
}

static void tensors_are_read_one_by_one(void **state)
{
    (void)state;
    laco_module *module = make_module(1);
    const char *path = save(module);
    const int64_t shape[] = {ROWS, COLUMNS};
    laco_real *out = malloc(sizeof(laco_real) * ROWS * COLUMNS);
    laco_tensor_file *file;
    size_t before = memory.bytes;
    assert_int_equal(laco_tensor_file_open(ctx, path, &file), LACO_OK);
    assert_true(memory.bytes - before < 4096); /* not the 72 KB of the file */
    fault.most = 1001;
    assert_int_equal(laco_tensor_file_read_finite(file, "second.weight", 2, shape, out), LACO_OK);
    assert_memory_equal(out, laco_module_find(module, "second.weight")->value, sizeof *out * ROWS * COLUMNS);
    cut(path);
    assert_int_equal(laco_tensor_file_read_real(file, "first.weight", 2, shape, out), LACO_IO);
    laco_tensor_file_free(file);
    laco_module_free(module);
    free(out);
}

static void halve(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size / 2), 0);
}

/* Whenever the file is cut, from its first byte read to its last, the module is read or stays as it was. */
static void a_module_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    laco_module *saved = make_module(1), *module = make_module(2), *old = make_module(2);
    int refused = 0;
    fault.act = halve;
    fault.most = 10000;
    for (int at = 1;; at++) {
        fault.path = save(saved);
        fault.calls = 0;
        fault.act_at = at;
        laco_status status = laco_module_load(module, fault.path);
        if (status == LACO_OK)
            break;
        assert_int_equal(status, LACO_IO);
        assert_non_null(strstr(laco_error(ctx), CHANGED));
        assert_true(same_values(module, old));
        refused++;
    }
    assert_true(refused > 7);
    assert_true(same_values(module, saved));
    laco_module_free(saved);
    laco_module_free(module);
    laco_module_free(old);
}

static laco_status read_and_hold(laco_context *fresh, void *data)
{
    laco_reader *reader = NULL;
    const char *bytes = NULL;
    laco_status status = laco_reader_open(fresh, data, &reader);
    if (status == LACO_OK)
        status = laco_reader_hold(reader, &bytes);
    assert_true((status == LACO_OK) == (bytes != NULL));
    laco_reader_free(reader);
    if (status == LACO_OK && (status = laco_reader_open(fresh, "/proc/self/status", &reader)) == LACO_OK)
        laco_reader_free(reader);
    return status;
}

static void survives_any_allocation_failing(void **state)
{
    (void)state;
    char path[512];
    strcpy(path, make_file());
    assert_true(fail_each_allocation(read_and_hold, path) >= 6);
}

#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, begin_without_fault, end_in_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READER_TEST(reads_pieces_of_a_file),
        READER_TEST(reads_pieces_of_memory),
        READER_TEST(reads_pipes_whole),
        READER_TEST(says_why_it_cannot_open),
        READER_TEST(short_reads_and_signals_do_not_show),
        READER_TEST(says_why_it_cannot_read),
        READER_TEST(refuses_what_was_changed),
        READER_TEST(a_file_in_its_place_does_not_matter),
        READER_TEST(what_is_held_cannot_change),
        READER_TEST(can_be_stopped),
        READER_TEST(tensors_are_read_one_by_one),
        READER_TEST(a_module_is_read_whole_or_not_at_all),
        READER_TEST(survives_any_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
