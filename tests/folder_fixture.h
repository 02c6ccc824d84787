/* The fixture of context_fixture.h, and a folder of temporary_folder.h for each test. */
#ifndef LACO_TESTS_FOLDER_FIXTURE_H
#define LACO_TESTS_FOLDER_FIXTURE_H

#include "context_fixture.h"
#include "temporary_folder.h"

static inline int begin_in_folder(void **state)
{
    temporary_folder_make();
    return begin(state);
}

static inline int end_in_folder(void **state)
{
    temporary_folder_remove();
    return end(state);
}

#define TEST_IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, begin_in_folder, end_in_folder)

#endif
