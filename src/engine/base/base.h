/* The inside of a context, errors, checked memory and the workspace that everything above builds on. */
#ifndef LACO_BASE_BASE_H
#define LACO_BASE_BASE_H

#include "laco/context.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LACO_MIN(a, b) ((a) < (b) ? (a) : (b))
#define LACO_MAX(a, b) ((a) > (b) ? (a) : (b))

#if defined(__GNUC__)
#define LACO_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define LACO_PRINTF(format_index, first)
#endif

/* What the other libraries of laço use of the inside of one: exported, but not public; it may change with every version.
 * tools/share puts it where it is needed. */
#define LACO_SHARED LACO_API

/* Instruction sets in rising order: a kernel table may serve a level above its own. */
typedef enum laco_cpu { LACO_CPU_REF, LACO_CPU_NEON, LACO_CPU_AVX2, LACO_CPU_AVX512, LACO_CPU_COUNT } laco_cpu;

/* Instructions for short factors beside those levels. */
enum { LACO_HAS_VNNI = 1, LACO_HAS_TILES = 2, LACO_HAS_DOT = 4, LACO_HAS_I8MM = 8 };

struct laco_pool;
struct laco_lanes;

/* Bytes that a context has taken: memory.h. */
typedef struct laco_account {
    _Atomic size_t taken;
    _Atomic size_t seen; /* up to so many it was seen that they are there */
    size_t most;         /* that may be taken; 0: what there is */
    bool looks;          /* at what the machine has: not where the caller allocates */
} laco_account;

struct laco_context {
    laco_allocator allocator;
    void *allocator_user;
    laco_account memory;
    laco_stop_fn stop;
    void *stop_user;
    bool ends;                     /* what is being done now ends the work: it is not stopped */
    struct laco_group *evaluating; /* processes that share out what is evaluated now (group/division.h); NULL: this one alone */
    int threads;
    laco_cpu cpu;
    unsigned extensions;       /* LACO_HAS_… that the level goes with */
    struct laco_pool *pool;    /* worker threads, started at the first parallel call */
    struct laco_context *root; /* of a lane, the context that it belongs to: whose memory it takes (lanes.h); else NULL */
    struct laco_lanes *lanes;  /* those of this context; NULL: none yet */
    _Atomic int references;    /* the caller's, and one for each that keeps memory of this context longer than the caller does */
    char error[512];
};

/* Whether two contexts use the same instructions: what is packed for one can be read by the other. */
static inline bool laco_same_instructions(const laco_context *a, const laco_context *b)
{
    return a->cpu == b->cpu && a->extensions == b->extensions;
}

/* The context whose memory this one takes: itself, or of a lane its root. */
static inline laco_context *laco_root_of(laco_context *ctx) { return ctx->root ? ctx->root : ctx; }

/* Keeps a context's memory, not its threads, alive beyond laco_context_free; and gives that up. From any thread. */
LACO_SHARED void laco_context_keep(laco_context *ctx);
LACO_SHARED void laco_context_drop(laco_context *ctx);

/* Errors: sets the text and gives `status`, so that `return laco_fail(...)` reads well (and the compiler sees which status). */
#define laco_fail(ctx, status, ...) (laco_set_error(ctx, __VA_ARGS__), (status))
LACO_SHARED void laco_set_error(laco_context *ctx, const char *format, ...) LACO_PRINTF(2, 3);

/* Whether the caller wants the work to end: asked within all that may take long, from the caller's thread. LACO_INTERRUPTED, with
 * its text. laco_stopped only asks; what is left undone for it comes to a laco_check_stop. */
LACO_SHARED laco_status laco_check_stop(laco_context *ctx);
static inline bool laco_stopped(const laco_context *of) { return of->stop && !of->ends && of->stop(of->stop_user); }

/* LACO_TRY(call): returns from the enclosing function with the status of a call that failed. */
#define LACO_TRY(call)                                                                                                           \
    do {                                                                                                                         \
        laco_status try_status_ = (call);                                                                                        \
        if (try_status_ < 0)                                                                                                     \
            return try_status_;                                                                                                  \
    } while (0)

/* Memory. `laco_alloc` gives count * size zeroed bytes, or NULL with the error set (overflow included).
 * A count of 0 gives a valid, unique block. Sizes are remembered, so that free needs only the pointer. */
LACO_SHARED void *laco_alloc(laco_context *ctx, size_t count, size_t size);
/* Grows or shrinks a block from laco_alloc (NULL is allowed); new bytes are zero. NULL: error set, block kept. */
LACO_SHARED void *laco_resize(laco_context *ctx, void *block, size_t count, size_t size);
LACO_SHARED void laco_release(laco_context *ctx, void *block);
/* The same, its bytes not set: what is never touched costs nothing. */
void *laco_alloc_unset(laco_context *ctx, size_t size);
void *laco_resize_unset(laco_context *ctx, void *block, size_t size);
/* The same on a cache line, for numbers that vectors go over again and again; they go by laco_release_line. */
#define LACO_LINE 64
void *laco_alloc_line(laco_context *ctx, size_t count, size_t size);
void laco_release_line(laco_context *ctx, void *block);
LACO_SHARED char *laco_copy_string(laco_context *ctx, const char *text);

/* a * b and a + b into *out; false where the result does not fit. */
static inline bool laco_mul_fits(size_t a, size_t b, size_t *out) { return !__builtin_mul_overflow(a, b, out); }
static inline bool laco_add_fits(size_t a, size_t b, size_t *out) { return !__builtin_add_overflow(a, b, out); }

/* The best instruction set of this machine, and the one a name stands for (LACO_CPU_COUNT: unknown). */
laco_cpu laco_cpu_detect(void);
laco_cpu laco_cpu_from_name(const char *name);
const char *laco_cpu_level_name(laco_cpu cpu);

/* The LACO_HAS_… of this machine that go with a level; the first call for tiles asks the system for them. */
unsigned laco_cpu_extensions(laco_cpu cpu);

#endif
