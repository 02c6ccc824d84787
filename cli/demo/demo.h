/* The demos of laco demo, one file each. */
#ifndef LACO_CLI_DEMO_H
#define LACO_CLI_DEMO_H

#include "cli.h"

typedef struct demo_arguments {
    const char *folder; /* where the demo leaves its files */
    int64_t threads;
    bool quiet;
    int language; /* of the lyrics: 1 English, 2 Portuguese; 0: not said */
} demo_arguments;

int demo_forecast(laco_context *ctx, const demo_arguments *arguments);
int demo_names(laco_context *ctx, const demo_arguments *arguments);
int demo_tagging(laco_context *ctx, const demo_arguments *arguments);
int demo_memory(laco_context *ctx, const demo_arguments *arguments);
int demo_caption(laco_context *ctx, const demo_arguments *arguments);
int demo_lyrics(laco_context *ctx, const demo_arguments *arguments);
int demo_transcribe(laco_context *ctx, const demo_arguments *arguments);
int demo_transduce(laco_context *ctx, const demo_arguments *arguments);

/* FOLDER/NAME of the data that ships with laco: $LACO_DATA, the installed place, or the source tree. False: it is nowhere, which
 * was said. */
bool shipped_data(const char *name, char *path, size_t size);

/* Runs a script of the shell in which $1 is `folder`; what it prints goes to stderr. Whether it went well. */
bool run_script(const char *script, const char *folder);

/* A path as a word of the commands that a demo proposes; it stands until the next call. */
const char *demo_word(const char *path);

/* FOLDER/NAME of what a demo writes. */
void demo_path(const demo_arguments *arguments, const char *name, char *path, size_t size);

#endif
