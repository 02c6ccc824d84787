/* A folder of a test's own: temporary_folder_make at the start, temporary_path for names in it,
 * temporary_folder_remove at the end (with all that is in it). One at a time. */
#ifndef LACO_TESTS_TEMPORARY_FOLDER_H
#define LACO_TESTS_TEMPORARY_FOLDER_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char temporary_folder[256];

static inline void temporary_folder_make(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(temporary_folder, sizeof temporary_folder, "%s/laco-test-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(temporary_folder));
    assert_int_equal(chmod(temporary_folder, 0755), 0);
}

/* FOLDER/name, in one of eight places that are used in turn. */
static inline const char *temporary_path(const char *name)
{
    static char places[8][512];
    static int next;
    char *place = places[next++ % 8];
    snprintf(place, sizeof places[0], "%s/%s", temporary_folder, name);
    return place;
}

static inline void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char inner[1024];
        int length = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        assert_true(length > 0 && (size_t)length < sizeof inner);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlink(inner) != 0)
            remove_tree(inner);
    }
    closedir(folder);
    assert_int_equal(rmdir(path), 0);
}

static inline void temporary_folder_remove(void) { remove_tree(temporary_folder); }

/* The two as fixtures of a group of tests. */
static inline int temporary_folder_setup(void **state)
{
    (void)state;
    temporary_folder_make();
    return 0;
}

static inline int temporary_folder_teardown(void **state)
{
    (void)state;
    temporary_folder_remove();
    return 0;
}

/* How many files are in the folder. */
static inline int temporary_folder_count(void)
{
    int count = 0;
    DIR *folder = opendir(temporary_folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

#endif
