/* UTF-8 as RFC 3629 has it: no surrogates, no longer forms, nothing above U+10FFFF. */
#ifndef LACO_BASE_UTF8_H
#define LACO_BASE_UTF8_H

#include <stddef.h>

/* How many of `size` bytes, from the first on, are valid. */
size_t laco_utf8_length(const char *text, size_t size);

#endif
