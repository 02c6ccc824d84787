/* What a shell needs to complete the words of laco, embedded by tools/embed_text. */
#ifndef LACO_CLI_SHELLS_H
#define LACO_CLI_SHELLS_H

typedef struct shell_text {
    const char *name, *text; /* "bash" */
} shell_text;

extern const shell_text shell_texts[]; /* ends with a name of NULL */

#endif
