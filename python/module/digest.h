/* Were numbers written to since they were last looked at? */
#ifndef LACO_PYTHON_DIGEST_H
#define LACO_PYTHON_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* A number for `size` bytes: another one where one word of eight bytes differs, and almost surely where more do. */
uint64_t py_digest(const void *values, size_t size);

#endif
