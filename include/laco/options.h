/* laco/options.h - the options of each task's training as a table: what the program's command line, its help, the checks of
 * ranges, the metadata of a model, the fingerprint of a checkpoint and a binding to another language all read.
 *
 *     const laco_option_table *table = laco_task_options("classify");
 *     laco_classify_options options = {0};
 *     laco_option_set(ctx, table, &options, "hidden", "256");
 *     laco_option_set(ctx, table, &options, "dropout", "0");        (0 where that means off: stored as LACO_OFF)
 *     laco_train_classify(ctx, &options, data, NULL, &model);
 *
 * A value of zero (NULL, no numbers) means the default everywhere.
 */
#ifndef LACO_OPTIONS_H
#define LACO_OPTIONS_H

#include "laco/context.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum laco_option_type {
    LACO_OPTION_FLAG,    /* bool */
    LACO_OPTION_SWITCH,  /* int (an enum): giving the option, without a value, stores the number `low` */
    LACO_OPTION_INTEGER, /* int64_t */
    LACO_OPTION_REAL,    /* double */
    LACO_OPTION_REALS,   /* laco_reals: rising numbers between commas */
    LACO_OPTION_TEXT,    /* const char *: the text itself, which is kept and not copied, as for the two below */
    LACO_OPTION_INPUT,   /* const char *: a file that is read */
    LACO_OPTION_OUTPUT,  /* const char *: a file that is written */
    LACO_OPTION_CHOICE,  /* int (an enum): the place among the words of `value` ("rnn|gru|lstm"), from 1 on */
    LACO_OPTION_SHARE,   /* laco_share: a file that is read, or a number */
} laco_option_type;

#define LACO_MOST_REALS 31

typedef struct laco_reals {
    int count;
    double value[LACO_MOST_REALS];
} laco_reals;

/* What validates: a file of its own, or a share of the data that is set aside. */
typedef struct laco_share {
    double fraction; /* 0: the default, LACO_OFF: nothing is set aside */
    const char
        *file; /* NULL: none. For whoever reads the data, as the program does: training gets what was read as an argument */
} laco_share;

#define LACO_OPTION_CAN_BE_OFF 1u /* of numbers: 0 turns the thing off, which is stored as LACO_OFF */
#define LACO_OPTION_SHAPES 2u     /* another value gives another model: a checkpoint goes on with the same value alone */
#define LACO_OPTION_READS 8u      /* says how data are read: the result depends on what was read, however that was said */
#define LACO_OPTION_COMMON 4u     /* one of the few that people use: the short help shows these alone */
#define LACO_OPTION_OF_MODEL 16u  /* a property of the model: with `from`, that model's, and nothing else can be asked for */

/* One option. Texts are the library's. */
typedef struct laco_option {
    const char *name;
    const char *aliases; /* other names that are understood, "a|b"; NULL: none */
    laco_option_type type;
    size_t offset;      /* of its value in the struct of options */
    double low, high;   /* of numbers; both 0: any. Of LACO_OPTION_SWITCH: low is what is stored */
    const char *normal; /* the default, as a number or a word, or in words where it depends on the data; NULL: none */
    const char *value;  /* how the help names the value, "N"; of LACO_OPTION_CHOICE its words, "rnn|gru|lstm" */
    const char *help;   /* one line, without the default */
    const char *group;  /* the heading that it stands under */
    unsigned flags;     /* LACO_OPTION_CAN_BE_OFF … */
} laco_option;

typedef struct laco_option_table {
    const char *task;
    const laco_option *rows;
    size_t count;
    size_t size; /* of the struct of options */
} laco_option_table;

/* The options of a task ("classify", "tag", "forecast", "generate", "caption", "transduce", "transcribe"); NULL: no such task. */
LACO_API const laco_option_table *laco_task_options(const char *task);

/* The row of a name or an alias (without dashes), of which `length` bytes count; NULL: none. */
LACO_API const laco_option *laco_option_find(const laco_option_table *table, const char *name, size_t length);

/* Stores what `text` says for option `name` in `options` (the struct that the table describes). Of a flag or switch, text is
 * NULL, "true" or "false". LACO_INVALID: no such option, or not a value for it; the error begins with the name and says what
 * would be right. On failure `options` stays as it is. */
LACO_API laco_status laco_option_set(laco_context *ctx, const laco_option_table *table, void *options, const char *name,
                                     const char *text);

/* JSON text: of `options`, {"hidden": 64, "cell": "lstm", …} without what is at its default; where `options` is NULL, of the
 * table:
 * [{"name": "hidden", "type": "integer", "low": 1, "high": 1048576, "default": "128", "help": …, "group": …}, …]. *out is the
 * caller's, for laco_free. LACO_NO_MEMORY. */
LACO_API laco_status laco_options_to_json(laco_context *ctx, const laco_option_table *table, const void *options, char **out);

#ifdef __cplusplus
}
#endif

#endif
