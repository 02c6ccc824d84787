/* One C file from a model: what each task puts into it. */
#ifndef LACO_EXPORT_C_FILE_H
#define LACO_EXPORT_C_FILE_H

#include "export/export.h"
#include "export/parts.h"
#include "laco/decode.h"

/* What is written. Bytes of memory are A + T·B. */
typedef struct laco_c_file {
    const laco_export_job *job;
    laco_parts parts;              /* its emit: the data */
    laco_emit header, test;        /* macros and declarations; data of the self-test */
    size_t state, work, work_each; /* bytes */
    const char *fragments[12];     /* of the runtime, ended by NULL; "": the products of its weights */
    const char *interface[4];      /* NAME of NAME_api.h and NAME_api.c */
} laco_c_file;

/* A task: fills in the file. LACO_INVALID: the model is one that C cannot express. */
typedef laco_status laco_c_task(laco_c_file *file, laco_model *model);
laco_c_task laco_c_classify, laco_c_tag, laco_c_forecast, laco_c_generate, laco_c_caption, laco_c_transduce, laco_c_transcribe;

/* The fragments of src/export/c. */
typedef struct laco_fragment {
    const char *name;
    const unsigned char *bytes;
    size_t size;
} laco_fragment;
extern const laco_fragment laco_fragments[];
const laco_fragment *laco_fragment_find(const char *name);

/* #define NAME_MACRO value, in the header or in the self-test. */
void laco_c_define(laco_emit *emit, const char *macro, int64_t value);

/* NAME_LONGEST, which may be set before. */
void laco_c_longest(laco_c_file *file, int64_t longest);

/* const char NAME_what[]. */
void laco_c_string(laco_emit *emit, const char *what, const char *text);

/* A number with a point. */
void laco_c_define_real(laco_emit *emit, const char *macro, double value);

/* const char *const NAME_what[]; names ended by count. `shared`: declared in the header too. */
void laco_c_strings(laco_c_file *file, laco_emit *emit, const char *what, const char *const *strings, size_t count, bool shared);

/* Numbers of the self-test, the same for every export: in 0 … n-1. */
uint32_t laco_c_random(uint32_t *state, uint32_t n);

/* Logarithms of probabilities of answers, as test_logs. */
void laco_c_logs(laco_emit *emit, const laco_hypothesis *answers, int count);

/* A text of `tokens` tokens of a vocabulary, made by chance; the caller's. */
char *laco_c_text(laco_context *ctx, const laco_vocabulary *vocabulary, bool words, int tokens, uint32_t *state);

#endif
