/* What a shell needs to complete the words of laco, embedded by tools/embed. */
#ifndef LACO_CLI_SHELLS_H
#define LACO_CLI_SHELLS_H

#include <stddef.h>

typedef struct shell_text {
    const char *name; /* "laco.bash" */
    const unsigned char *bytes;
    size_t size;
} shell_text;

extern const shell_text shell_texts[]; /* ends with a name of NULL */

#endif
