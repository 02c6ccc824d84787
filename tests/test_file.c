/* Whole files: reading, and writing that shows either the old file or the new one. */
#include "base/file.h"
#include "folder_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void make_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *path, const char *text)
{
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(laco_file_read(ctx, path, &bytes, &size), LACO_OK);
    assert_string_equal(bytes, text);
    assert_int_equal(size, strlen(text));
    laco_release(ctx, bytes);
}

/* "WHAT PATH: WHY" */
static void assert_error(const char *what, const char *path, const char *why)
{
    char expected[1024];
    snprintf(expected, sizeof expected, "%s %s: %s", what, path, why);
    assert_string_equal(laco_error(ctx), expected);
}

static void assert_unreadable(const char *path, laco_status status)
{
    char *bytes = (char *)1;
    size_t size = 77;
    assert_int_equal(laco_file_read(ctx, path, &bytes, &size), status);
    assert_ptr_equal(bytes, (char *)1);
    assert_int_equal(size, 77);
}

static void assert_unwritable(const char *path, int error)
{
    laco_writer *writer = (laco_writer *)1;
    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_IO);
    assert_ptr_equal(writer, (laco_writer *)1);
    assert_error("cannot write", path, strerror(error));
}

static laco_status write_text(const char *path, const char *text)
{
    laco_writer *writer;
    LACO_TRY(laco_writer_new(ctx, path, &writer));
    laco_status status = laco_writer_write(writer, text, strlen(text));
    if (status == LACO_OK)
        return laco_writer_commit(writer);
    laco_writer_abandon(writer);
    return status;
}

static unsigned mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

/* Without the power of root, permissions mean something. */
static bool become_somebody(void) { return geteuid() != 0 || seteuid(65534) == 0; }
static void become_oneself(void) { assert_int_equal(seteuid(getuid()), 0); }

/* ---- Reading ---- */

static void reads_files(void **state)
{
    (void)state;
    const char *path = temporary_path("a");
    make_file(path, "");
    assert_file(path, "");
    make_file(path, "one\ntwo");
    assert_file(path, "one\ntwo");

    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite("a\0b", 1, 3, file), 3);
    fclose(file);
    char *bytes;
    size_t size;
    assert_int_equal(laco_file_read(ctx, path, &bytes, &size), LACO_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "a\0b", 4);
    laco_release(ctx, bytes);
}

static void reads_files_of_unknown_size(void **state)
{
    (void)state;
    char *bytes;
    size_t size;
    assert_int_equal(laco_file_read(ctx, "/proc/self/status", &bytes, &size), LACO_OK); /* says that it has 0 bytes */
    assert_true(size > 0);
    assert_int_equal(strlen(bytes), size);
    laco_release(ctx, bytes);
}

static void reads_standard_input(void **state)
{
    (void)state;
    enum { MANY = 300000 };
    int ends[2], kept = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *out = fdopen(ends[1], "w");
        for (int i = 0; out && i < MANY; i++)
            fputc('a' + i % 26, out);
        _exit(!out || fclose(out) != 0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    char *bytes;
    size_t size;
    assert_int_equal(laco_file_read(ctx, "-", &bytes, &size), LACO_OK);
    dup2(kept, STDIN_FILENO);
    close(kept);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(size, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(bytes[i], 'a' + i % 26);
    laco_release(ctx, bytes);
}

static void says_why_it_cannot_read(void **state)
{
    (void)state;
    const char *path = temporary_path("missing");
    assert_unreadable(path, LACO_IO);
    assert_error("cannot read", path, strerror(ENOENT));
    assert_unreadable(temporary_folder, LACO_IO);
    assert_error("cannot read", temporary_folder, strerror(EISDIR));

    int kept = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    assert_unreadable("-", LACO_IO);
    assert_error("cannot read", "standard input", strerror(EBADF));
    dup2(kept, STDIN_FILENO);
    close(kept);

    path = temporary_path("secret");
    make_file(path, "x");
    assert_int_equal(chmod(path, 0), 0);
    if (become_somebody()) {
        assert_unreadable(path, LACO_IO);
        assert_error("cannot read", path, strerror(EACCES));
        become_oneself();
    }
}

static void says_what_is_too_large(void **state)
{
    (void)state;
    const char *path = temporary_path("sparse");
    make_file(path, "");
    assert_int_equal(truncate(path, (off_t)1 << 33), 0);
    memory.largest = (size_t)1 << 30;
    assert_unreadable(path, LACO_NO_MEMORY);
    assert_error("cannot read", path, "its 8589934592 bytes do not fit in memory");
}

/* ---- Writing ---- */

static void writes_a_new_file(void **state)
{
    (void)state;
    const char *path = temporary_path("new");
    mode_t mask = umask(026);
    assert_int_equal(write_text(path, "hello"), LACO_OK);
    umask(mask);
    assert_file(path, "hello");
    assert_int_equal(mode_of(path), 0640);
    assert_int_equal(temporary_folder_count(), 1);
    assert_int_equal(write_text(path, ""), LACO_OK);
    assert_file(path, "");
}

static void writes_in_the_current_folder(void **state)
{
    (void)state;
    char here[1024];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(temporary_folder), 0);
    assert_int_equal(write_text("plain", "here"), LACO_OK);
    assert_file("plain", "here");
    assert_int_equal(temporary_folder_count(), 1);
    assert_int_equal(chdir(here), 0);
}

static void replaces_a_file_whole(void **state)
{
    (void)state;
    const char *path = temporary_path("model");
    make_file(path, "old");
    assert_int_equal(chmod(path, 0604), 0);
    laco_writer *writer;
    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
    assert_int_equal(laco_writer_write(writer, "new", 3), LACO_OK);
    assert_file(path, "old");
    assert_int_equal(temporary_folder_count(), 2);
    assert_int_equal(laco_writer_commit(writer), LACO_OK);
    assert_file(path, "new");
    assert_int_equal(mode_of(path), 0604);
    assert_int_equal(temporary_folder_count(), 1);

    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
    assert_int_equal(laco_writer_write(writer, "newer", 5), LACO_OK);
    laco_writer_abandon(writer);
    laco_writer_abandon(NULL);
    assert_file(path, "new");
    assert_int_equal(temporary_folder_count(), 1);
}

static void writes_pieces_of_all_sizes(void **state)
{
    (void)state;
    enum { TOTAL = 1 << 20 };
    const char *path = temporary_path("big");
    unsigned char *expected = malloc(TOTAL);
    for (size_t i = 0; i < TOTAL; i++)
        expected[i] = (unsigned char)(i * 2654435761u >> 13);
    static const size_t sizes[] = {1, 65535, 65536, 0, 65537, 7, 65529, 200000, 3};
    laco_writer *writer;
    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
    for (size_t done = 0, i = 0; done < TOTAL; i++) {
        size_t size = LACO_MIN(sizes[i % 9], TOTAL - done);
        assert_int_equal(laco_writer_write(writer, expected + done, size), LACO_OK);
        done += size;
    }
    assert_int_equal(laco_writer_commit(writer), LACO_OK);
    char *bytes;
    size_t size;
    assert_int_equal(laco_file_read(ctx, path, &bytes, &size), LACO_OK);
    assert_int_equal(size, TOTAL);
    assert_memory_equal(bytes, expected, TOTAL);
    laco_release(ctx, bytes);
    free(expected);
}

static void two_writers_of_one_file_do_not_meet(void **state)
{
    (void)state;
    const char *path = temporary_path("shared");
    laco_writer *first, *second;
    assert_int_equal(laco_writer_new(ctx, path, &first), LACO_OK);
    assert_int_equal(laco_writer_new(ctx, path, &second), LACO_OK);
    assert_int_equal(laco_writer_write(first, "first", 5), LACO_OK);
    assert_int_equal(laco_writer_write(second, "second", 6), LACO_OK);
    assert_int_equal(laco_writer_commit(second), LACO_OK);
    assert_file(path, "second");
    assert_int_equal(laco_writer_commit(first), LACO_OK);
    assert_file(path, "first");
    assert_int_equal(temporary_folder_count(), 1);
}

static void writes_through_symbolic_links(void **state)
{
    (void)state;
    assert_int_equal(mkdir(temporary_path("deep"), 0755), 0);
    make_file(temporary_path("deep/model"), "old");
    assert_int_equal(symlink("deep/hop", temporary_path("link")), 0);
    assert_int_equal(symlink("model", temporary_path("deep/hop")), 0);
    assert_int_equal(write_text(temporary_path("link"), "new"), LACO_OK);
    assert_file(temporary_path("deep/model"), "new");

    char says[64] = "";
    assert_int_equal(readlink(temporary_path("link"), says, sizeof says), 8);
    assert_string_equal(says, "deep/hop");

    assert_int_equal(symlink("deep/later", temporary_path("dangling")), 0);
    assert_int_equal(write_text(temporary_path("dangling"), "made"), LACO_OK);
    assert_file(temporary_path("deep/later"), "made");

    assert_int_equal(symlink(temporary_path("deep/absolute"), temporary_path("other")), 0);
    assert_int_equal(write_text(temporary_path("other"), "absolute"), LACO_OK);
    assert_file(temporary_path("deep/absolute"), "absolute");

    assert_int_equal(symlink("loop", temporary_path("loop")), 0);
    assert_unwritable(temporary_path("loop"), ELOOP);
}

static void says_why_it_cannot_write(void **state)
{
    (void)state;
    assert_unwritable(temporary_folder, EISDIR);
    assert_unwritable(temporary_path("no/model"), ENOENT);
    make_file(temporary_path("file"), "text");
    assert_unwritable(temporary_path("file/model"), ENOTDIR);
    assert_unwritable("/dev/fd/999999", EBADF);
    laco_writer *writer;
    assert_int_equal(laco_writer_new(ctx, "", &writer), LACO_IO);
    assert_error("cannot write", "a file without a name", strerror(ENOENT));
    /* A file that may not be written is not replaced either, though its folder would allow it. */
    assert_int_equal(chmod(temporary_path("file"), 0444), 0);
    assert_int_equal(chmod(temporary_folder, 0777), 0);
    if (become_somebody()) {
        assert_unwritable(temporary_path("file"), EACCES);
        become_oneself();
    }
    assert_int_equal(chmod(temporary_folder, 0555), 0);
    if (become_somebody()) {
        assert_unwritable(temporary_path("model"), EACCES);
        become_oneself();
    }
    assert_int_equal(chmod(temporary_folder, 0755), 0);
    assert_file(temporary_path("file"), "text");
    assert_int_equal(temporary_folder_count(), 1);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    const char *path = temporary_path("model");
    make_file(path, "old");
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    char block[50000] = "";
    laco_writer *writer;
    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
    assert_int_equal(laco_writer_write(writer, block, sizeof block), LACO_OK);
    assert_int_equal(laco_writer_write(writer, block, sizeof block), LACO_OK);
    assert_int_equal(laco_writer_write(writer, block, 1), LACO_OK); /* in the buffer still */
    assert_int_equal(laco_writer_commit(writer), LACO_IO);
    assert_error("cannot write", path, strerror(EFBIG));

    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
    laco_status status = LACO_OK;
    for (int i = 0; i < 5 && status == LACO_OK; i++)
        status = laco_writer_write(writer, block, sizeof block);
    assert_int_equal(status, LACO_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    laco_set_error(ctx, "something else");
    assert_int_equal(laco_writer_write(writer, "", 0), LACO_IO); /* once failed, failed */
    assert_error("cannot write", path, strerror(EFBIG));
    assert_int_equal(laco_writer_commit(writer), LACO_IO);
    signal(SIGXFSZ, SIG_DFL);
    assert_file(path, "old");
    assert_int_equal(temporary_folder_count(), 1);
}

static void a_failed_move_leaves_nothing(void **state)
{
    (void)state;
    const char *path = temporary_path("model");
    laco_writer *writer;
    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
    assert_int_equal(laco_writer_write(writer, "new", 3), LACO_OK);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(laco_writer_commit(writer), LACO_IO);
    assert_error("cannot write", path, strerror(EISDIR));
    assert_int_equal(temporary_folder_count(), 1);
}

/* A process that was, and is no more. */
static long dead_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return (long)child;
}

static bool is_there(const char *name)
{
    struct stat info;
    return lstat(temporary_path(name), &info) == 0;
}

/* What is removed beside "model" before it is written, and what is not: only regular files of one's own, of exactly such a name,
 * that no process writes. */
static void removes_what_killed_writers_left(void **state)
{
    (void)state;
    const long dead = dead_process();
    char name[80];
    const char *const gone[] = {"model.tmp-%ld", "model.tmp-%ld-1", "model.tmp-%ld-12"};
    const char *const kept[] = {"model.tmp-0%ld",
                                "model.tmp-%ldx",
                                "model.tmp-%ld-",
                                "model.tmp-%ld-0",
                                "model.tmp--%ld",
                                "model.tmp-%ld-1-1",
                                "amodel.tmp-%ld",
                                "model2.tmp-%ld",
                                "model.tmp%ld",
                                "Model.tmp-%ld",
                                "model.tmp-99999999999999999999%ld"};
    for (size_t i = 0; i < 3 + sizeof kept / sizeof *kept; i++) {
        snprintf(name, sizeof name, i < 3 ? gone[i] : kept[i - 3], dead);
        make_file(temporary_path(name), "half a mod");
    }
    char mine[80], parent[80], locked[80], link[80], folder[80];
    snprintf(mine, sizeof mine, "model.tmp-%ld-3", (long)getpid());
    snprintf(parent, sizeof parent, "model.tmp-%ld", (long)getppid());
    snprintf(locked, sizeof locked, "model.tmp-%ld-4", dead);
    snprintf(link, sizeof link, "model.tmp-%ld-5", dead);
    snprintf(folder, sizeof folder, "model.tmp-%ld-6", dead);
    make_file(temporary_path(mine), "this process, when it was another");
    make_file(temporary_path(parent), "a process that is alive");
    make_file(temporary_path(locked), "alive on another machine");
    int lock = open(temporary_path(locked), O_WRONLY);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    make_file(temporary_path("precious"), "is kept");
    assert_int_equal(symlink("precious", temporary_path(link)), 0);
    assert_int_equal(mkdir(temporary_path(folder), 0755), 0);
    assert_int_equal(write_text(temporary_path("model"), "whole"), LACO_OK);
    assert_file(temporary_path("model"), "whole");
    for (size_t i = 0; i < 3 + sizeof kept / sizeof *kept; i++) {
        snprintf(name, sizeof name, i < 3 ? gone[i] : kept[i - 3], dead);
        if (is_there(name) != (i >= 3))
            fail_msg("%s is %s", name, i < 3 ? "there still" : "gone");
    }
    assert_false(is_there(mine));
    assert_true(is_there(parent) && is_there(locked) && is_there(link) && is_there(folder) && is_there("precious"));
    close(lock);
    assert_int_equal(write_text(temporary_path("model"), "again"), LACO_OK);
    assert_false(is_there(locked));
}

static void lets_other_users_files_be(void **state)
{
    (void)state;
    char name[80];
    snprintf(name, sizeof name, "model.tmp-%ld", dead_process());
    make_file(temporary_path(name), "half a mod");
    if (chown(temporary_path(name), geteuid() + 1, (gid_t)-1) != 0)
        skip();
    assert_int_equal(write_text(temporary_path("model"), "whole"), LACO_OK);
    assert_true(is_there(name));
}

/* A file under a link: what was left lies beside the file, not beside the link. */
static void removes_what_was_left_behind_a_link(void **state)
{
    (void)state;
    char beside[80], under[80];
    assert_int_equal(mkdir(temporary_path("inner"), 0755), 0);
    assert_int_equal(symlink("inner/model", temporary_path("link")), 0);
    snprintf(beside, sizeof beside, "link.tmp-%ld", dead_process());
    snprintf(under, sizeof under, "inner/model.tmp-%ld", dead_process());
    make_file(temporary_path(beside), "of another file");
    make_file(temporary_path(under), "half a mod");
    assert_int_equal(write_text(temporary_path("link"), "whole"), LACO_OK);
    assert_true(is_there(beside));
    assert_false(is_there(under));
}

/* Not as root: a writer that went wrong here would replace the machine's own devices. */
static void writes_straight_to_devices(void **state)
{
    (void)state;
    if (!become_somebody())
        skip();
    laco_status null = write_text("/dev/null", "gone"), full = write_text("/dev/full", "too much");
    become_oneself();
    assert_int_equal(null, LACO_OK);
    assert_int_equal(full, LACO_IO);
    assert_error("cannot write", "/dev/full", strerror(ENOSPC));
}

static void writes_straight_to_pipes(void **state)
{
    (void)state;
    const char *path = temporary_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(write_text(path, "through"), LACO_OK);
    char got[16] = "";
    assert_int_equal(read(reader, got, sizeof got), 7);
    assert_string_equal(got, "through");
    close(reader);
    assert_int_equal(temporary_folder_count(), 1);
}

static void writes_own_descriptors_where_they_stand(void **state)
{
    (void)state;
    const char *path = temporary_path("log");
    int log = open(path, O_WRONLY | O_CREAT, 0600), kept = dup(STDOUT_FILENO);
    fflush(stdout);
    dup2(log, STDOUT_FILENO);
    bool written = write(STDOUT_FILENO, "before ", 7) == 7, changed = become_somebody(); /* as with devices */
    laco_status dash = write_text("-", "one "), name = write_text("/dev/stdout", "two ");
    char descriptor[32];
    snprintf(descriptor, sizeof descriptor, "/dev/fd/%d", log);
    laco_status number = write_text(descriptor, "three");
    if (changed)
        become_oneself();
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(log);
    assert_true(written);
    assert_int_equal(dash, LACO_OK);
    assert_int_equal(name, LACO_OK);
    assert_int_equal(number, LACO_OK);
    assert_file(path, "before one two three");
}

/* ---- Memory ---- */

static laco_status copy_file(laco_context *fresh, void *data)
{
    char *bytes = NULL;
    size_t size = 0;
    laco_writer *writer = NULL;
    laco_status status = laco_file_read(fresh, data, &bytes, &size);
    if (status == LACO_OK)
        status = laco_writer_new(fresh, temporary_path("link"), &writer);
    if (status == LACO_OK) {
        assert_int_equal(laco_writer_write(writer, bytes, size), LACO_OK);
        assert_int_equal(laco_writer_commit(writer), LACO_OK);
    } else {
        assert_null(writer);
    }
    laco_release(fresh, bytes);
    return status;
}

static void survives_any_allocation_failing(void **state)
{
    (void)state;
    make_file(temporary_path("from"), "contents");
    assert_int_equal(symlink("to", temporary_path("link")), 0);
    make_file(temporary_path("to"), "old");
    char from[512];
    strcpy(from, temporary_path("from"));
    assert_true(fail_each_allocation(copy_file, from) >= 6);
    assert_file(temporary_path("to"), "contents");
    assert_int_equal(temporary_folder_count(), 3);
}

/* Something else gets into the file before it is in its place. */
static void test_what_was_written_is_read_back(void **state)
{
    (void)state;
    enum { MORE_THAN_A_BUFFER = 100000 };
    static char block[MORE_THAN_A_BUFFER];
    const char *path = temporary_path("checked");
    char temporary[600];
    laco_writer *writer;
    make_file(path, "old");
    snprintf(temporary, sizeof temporary, "%s.tmp-%ld", path, (long)getpid());
    for (int harm = 0; harm < 3; harm++) {
        assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
        assert_int_equal(laco_writer_write(writer, block, sizeof block), LACO_OK);
        if (harm == 1)
            assert_int_equal(truncate(temporary, 99999), 0);
        FILE *file = fopen(temporary, harm == 0 ? "r+b" : "ab");
        assert_true(file && (harm == 1 || fputc('x', file) == 'x') && fclose(file) == 0);
        assert_int_equal(laco_writer_commit(writer), LACO_IO);
        assert_error("cannot write", path, "what was written does not read back the same");
        assert_file(path, "old");
    }
    assert_int_equal(laco_writer_new(ctx, path, &writer), LACO_OK);
    assert_int_equal(laco_writer_write(writer, "abcdef", 6), LACO_OK);
    assert_int_equal(laco_writer_commit(writer), LACO_OK);
    assert_file(path, "abcdef");
    assert_int_equal(laco_writer_new(ctx, "/dev/null", &writer), LACO_OK); /* which nobody can read back */
    assert_int_equal(laco_writer_write(writer, "nothing", 7), LACO_OK);
    assert_int_equal(laco_writer_commit(writer), LACO_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(test_what_was_written_is_read_back),
        TEST_IN_FOLDER(reads_files),
        TEST_IN_FOLDER(reads_files_of_unknown_size),
        TEST_IN_FOLDER(reads_standard_input),
        TEST_IN_FOLDER(says_why_it_cannot_read),
        TEST_IN_FOLDER(says_what_is_too_large),
        TEST_IN_FOLDER(writes_a_new_file),
        TEST_IN_FOLDER(writes_in_the_current_folder),
        TEST_IN_FOLDER(replaces_a_file_whole),
        TEST_IN_FOLDER(writes_pieces_of_all_sizes),
        TEST_IN_FOLDER(two_writers_of_one_file_do_not_meet),
        TEST_IN_FOLDER(writes_through_symbolic_links),
        TEST_IN_FOLDER(says_why_it_cannot_write),
        TEST_IN_FOLDER(a_full_disk_leaves_the_old_file),
        TEST_IN_FOLDER(a_failed_move_leaves_nothing),
        TEST_IN_FOLDER(removes_what_killed_writers_left),
        TEST_IN_FOLDER(lets_other_users_files_be),
        TEST_IN_FOLDER(removes_what_was_left_behind_a_link),
        TEST_IN_FOLDER(writes_straight_to_devices),
        TEST_IN_FOLDER(writes_straight_to_pipes),
        TEST_IN_FOLDER(writes_own_descriptors_where_they_stand),
        TEST_IN_FOLDER(survives_any_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
