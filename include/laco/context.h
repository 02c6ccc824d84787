/* laco/context.h - where everything lives: allocator, threads, kernels, the last error.
 *
 * A context is used by one thread of the caller at a time; two contexts are independent of each other.
 */
#ifndef LACO_CONTEXT_H
#define LACO_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LACO_API __attribute__((visibility("default")))
#else
#define LACO_API
#endif

/* The type of every value, weight and gradient. A library built with -Dreal=double computes in double
 * precision throughout (slower: plain C kernels only); the model file then still stores float32. */
#ifdef LACO_REAL_DOUBLE
typedef double laco_real;
#else
typedef float laco_real;
#endif

/* What a fallible call returns: LACO_OK (0), or a negative code with the text in laco_error(). */
typedef enum laco_status {
    LACO_OK = 0,
    LACO_INVALID = -1,     /* an argument, a shape or an option that cannot be */
    LACO_NO_MEMORY = -2,   /* the allocator said no */
    LACO_IO = -3,          /* a file could not be opened, read, written or renamed */
    LACO_FORMAT = -4,      /* a file or text is not what it should be */
    LACO_NUMERIC = -5,     /* NaN or infinity where a number was needed */
    LACO_INTERRUPTED = -6, /* the caller asked to stop */
} laco_status;

/* What the factors of matrix products are rounded to; sums have 32 bits whatever this is. bf16: the 8 upper bits of a float's
 * mantissa, all of its exponent. int8: whole numbers within ±127 times one float for each row of a weight matrix, and one for
 * each row that it is multiplied with. docs/precision.md says what each costs and gains. */
typedef enum laco_precision { LACO_FP32, LACO_BF16, LACO_INT8 } laco_precision;

/* "fp32", "bf16" or "int8". */
LACO_API const char *laco_precision_name(laco_precision precision);

/* What is left to the library, or not: zero means the default. */
typedef enum laco_choice { LACO_AUTO, LACO_ALWAYS, LACO_NEVER } laco_choice;

/* The value of an option that is off, where it can be: zero means its default. */
#define LACO_OFF (-1)

typedef struct laco_context laco_context;

/* One function for all memory, as in Lua: size 0 frees `block` (which may be NULL) and returns NULL; otherwise
 * it returns a block of `size` bytes aligned for any type, with the first min(old_size, size) bytes kept, or
 * NULL, in which case `block` is untouched. Called from the thread that calls laco, never from workers. */
typedef void *(*laco_allocator)(void *user, void *block, size_t old_size, size_t size);

/* Whether work is to end: asked now and then within everything that may take long. It then returns LACO_INTERRUPTED, or, where
 * something can be saved (a training), ends as at its regular end. Called from the thread that called laco, and from its workers.
 */
typedef bool (*laco_stop_fn)(void *user);

/* Zero means the default. */
typedef struct laco_context_config {
    int threads;              /* threads that work may be split over; 0: one per core that the process may use */
    const char *cpu;          /* cap on the instruction set: "ref", "avx2", "avx512", "neon"; NULL: $LACO_CPU, else the best */
    laco_allocator allocator; /* NULL: malloc's */
    void *allocator_user;     /* handed to allocator */
    int64_t memory;    /* bytes that the context may take at most; 0: what the machine, its control groups and its limits (ulimit)
                          leave to this process; where there is an allocator that is all it gives */
    laco_stop_fn stop; /* NULL: nothing ends work early */
    void *stop_user;   /* handed to stop */
    int64_t reserved[1]; /* zero */
} laco_context_config;

/* Makes a context. `config` may be NULL. On failure *out is untouched; there is no context to ask for the
 * text, and the status says all: LACO_INVALID an unknown cpu name, LACO_NO_MEMORY. */
LACO_API laco_status laco_context_new(const laco_context_config *config, laco_context **out);

/* Frees a context; everything made from it must be freed before. NULL is allowed. A child of fork may go on with a context that
 * no thread of its parent was using, and frees it like any other: threads are started anew there. */
LACO_API void laco_context_free(laco_context *ctx);

/* The text of the last error in this context: one line, UTF-8, no newline; "" before any. Owned by ctx. */
LACO_API const char *laco_error(const laco_context *ctx);

/* Frees what the library handed out as one piece of memory, a text or a score, with the context that it came from (that of the
 * model, where a model was asked). NULL is allowed. */
LACO_API void laco_free(laco_context *ctx, void *block);

/* The library's version, "MAJOR.MINOR.PATCH". */
LACO_API const char *laco_version(void);

/* The instruction set in use: "ref", "avx2", "avx512" or "neon". */
LACO_API const char *laco_cpu_name(const laco_context *ctx);

/* The instructions that matrix products in a precision take there: "avx512", "avx512_vnni", "avx512_amx" and so on. bf16 gains
 * speed in batches by tiles ("avx512_amx") alone; elsewhere it saves memory. */
LACO_API const char *laco_product_name(const laco_context *ctx, laco_precision precision);

/* Threads that work may be split over, at least 1. Results never depend on it. */
LACO_API int laco_threads(const laco_context *ctx);

#ifdef __cplusplus
}
#endif

#endif
