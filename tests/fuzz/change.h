/* Files of tensors whose metadata and tensors say something else than was written. Four bytes are a change: what is changed and
 * of which entry, its place (two bytes), what it becomes. */
#ifndef LACO_TESTS_FUZZ_CHANGE_H
#define LACO_TESTS_FUZZ_CHANGE_H

#include "base/tensor_file.h"

/* The bytes of `files[which]` after the changes, for laco_release; NULL: no file can hold that. The others lend their metadata.
 */
char *fuzz_change(laco_context *ctx, laco_tensor_file *const *files, size_t file_count, size_t which, const uint8_t *changes,
                  size_t change_count, size_t *size);

#endif
