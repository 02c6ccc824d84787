/* laco/model_stream.h - a whole trained model as a stream: text, numbers, rows or samples go in bit by bit, answers come out at
 * once.
 *
 *     static void told(void *user, const laco_stream_answer *answer)
 *     {
 *         printf("%s %.2f\n", answer->label.name, answer->label.log_probabilities[answer->label.index]);
 *     }
 *
 *     laco_model_load(ctx, "names.safetensors", &model);
 *     laco_model_stream_new(model, told, NULL, &stream);
 *     while ((length = read(socket, bytes, sizeof bytes)) > 0)
 *         laco_model_stream_text(stream, bytes, (size_t)length);
 *     laco_model_stream_end(stream);
 *     laco_model_stream_free(stream);
 *
 * How the input is cut into calls plays no part: the answers are the same, bit for bit, and the same as those of the function
 * that asks the model for the whole at once. A cut may be within a UTF-8 sequence, a letter and its accents, a word, or a frame
 * of sound. Memory does not grow with the input, except where a conditional random field judges a whole sentence.
 *
 * For models to classify, tag, generate, forecast and transcribe whose network reads forwards: trained with directions = 1
 * (--unidirectional). The model outlives the stream; both are used by one thread at a time. Handles (laco_model_share) may each
 * have streams in a thread of their own.
 */
#ifndef LACO_MODEL_STREAM_H
#define LACO_MODEL_STREAM_H

#include "laco/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_model_stream laco_model_stream;

/* classify: what the model says behind the steps read so far. */
typedef struct laco_stream_label {
    const char *name; /* of the most probable label; the model's */
    int index;
    const laco_real *log_probabilities; /* [labels], in the order of laco_model_label_names */
} laco_stream_label;

/* tag: the tag of one word. */
typedef struct laco_stream_tag {
    int64_t word;     /* its number in the sentence, from 0 on */
    const char *name; /* the model's */
} laco_stream_tag;

/* generate: a token that was read. */
typedef struct laco_stream_token {
    const char *text; /* [length], not ended by a zero */
    size_t length;
    double log_probability;             /* that it had, behind what was before it */
    const laco_real *log_probabilities; /* [vocabulary] of the token that comes next */
} laco_stream_token;

/* forecast: the rows behind the one that was read; horizon and quantiles are those of laco_model_forecast_info. */
typedef struct laco_stream_forecast {
    int64_t seconds;         /* time of the next row, as laco_series_time */
    const double *values;    /* [horizon][columns] in the units of the data */
    const double *quantiles; /* [horizon][quantiles] of the target, rising; NULL where the model has none */
} laco_stream_forecast;

/* transcribe: text that has come, by the best label of each step (as laco_model_transcribe with beam 1). */
typedef struct laco_stream_speech {
    const char *text; /* [length] to be put behind what was told before; not ended by a zero */
    size_t length;
    double log_probability; /* of the one way through all steps so far */
} laco_stream_speech;

/* One answer. Which member counts is the task of the model. Everything stands until the function that is told returns. */
typedef struct laco_stream_answer {
    int64_t step; /* steps (tokens, words, rows) that the network has read, from 1 on */
    bool whole;   /* classify, transcribe: told by laco_model_stream_end, once: nothing comes behind it */
    union {
        laco_stream_label label;
        laco_stream_tag tag;
        laco_stream_token token;
        laco_stream_forecast forecast;
        laco_stream_speech speech;
    };
} laco_stream_answer;

/* Takes an answer. It must not use the stream or the model. */
typedef void (*laco_stream_fn)(void *user, const laco_stream_answer *answer);

/* Opens a stream at the beginning. `told` may be NULL. *out is the caller's. LACO_INVALID: the model has no answers before the
 * end (caption, transduce, an mlp, a network of two directions); LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_model_stream_new(laco_model *model, laco_stream_fn told, void *user, laco_model_stream **out);
LACO_API void laco_model_stream_free(laco_model_stream *stream); /* NULL is allowed */

/* ---- In ----
 *
 * Each is for some tasks and LACO_INVALID for others, and then nothing has happened. After LACO_FORMAT, LACO_NUMERIC or
 * LACO_NO_MEMORY part of the input has been read: the stream then refuses all until it is reset or a state is loaded. */

/* `length` bytes of UTF-8. classify: of texts, an answer for each character, byte or word; generate: likewise for each token;
 * tag: words stand between white space, an answer for each word (with a conditional random field, for all words at the end of the
 * sentence). An answer comes as soon as nothing that may follow can change it: a letter waits for the next, which may be its
 * accent, a word for what ends it. LACO_FORMAT: not UTF-8, a character with kilobytes of accents, a word of more than 16 KiB, a
 * sentence of more than 65536 words. */
LACO_API laco_status laco_model_stream_text(laco_model_stream *stream, const char *bytes, size_t length);

/* classify of numbers: values [steps][features], as they were measured; an answer for each step. LACO_INVALID: a number is not
 * finite. */
LACO_API laco_status laco_model_stream_numbers(laco_model_stream *stream, const laco_real *values, int64_t steps);

/* forecast: one row, values [columns], one step of time behind the last; `seconds` is its time, as laco_series_time, and plays no
 * part in a model without time. There is an answer once as many rows have come as the model needs (laco_forecast_info.context).
 * Values are scaled as those of the series of the training. LACO_INVALID: a value is not finite, a time is not one step behind
 * the last one; the model was trained on several series (laco_model_stream_series says which this is). */
LACO_API laco_status laco_model_stream_row(laco_model_stream *stream, const double *values, int64_t seconds);

/* forecast: says by its id which series of the training the rows continue, or are like; before the first row. LACO_INVALID: no
 * such id. */
LACO_API laco_status laco_model_stream_series(laco_model_stream *stream, const char *id);

/* transcribe: samples of one channel at the rate of laco_model_data_config. There is an answer whenever new text has come.
 * LACO_INVALID: a sample that is no number. */
LACO_API laco_status laco_model_stream_samples(laco_model_stream *stream, const float *samples, size_t count);

/* The input ends here: what waits is read, and the last answers come. What follows is another text (classify), sentence (tag) or
 * recording (transcribe), from the initial state; generate and forecast go on. */
LACO_API laco_status laco_model_stream_end(laco_model_stream *stream);

/* Back to the beginning, whatever was before. LACO_NO_MEMORY. */
LACO_API laco_status laco_model_stream_reset(laco_model_stream *stream);

/* ---- The state as bytes ---- */

/* All that the stream knows, as bytes: to be kept, and loaded into this stream or another one of the same model, also of its file
 * loaded again, on a machine of the same byte order and version of laço. *size: the room at `bytes`, and then how many they are,
 * which changes with what waits; where `bytes` is NULL that is all that is done. LACO_INVALID: too little room; the model was
 * loaded by laco_model_load_for_inference, which leaves nothing that says which model a state is of. */
LACO_API laco_status laco_model_stream_state_save(laco_model_stream *stream, void *bytes, size_t *size);

/* LACO_FORMAT: not such bytes, cut off or damaged, or of another model; the stream is then as before, or where the bytes were
 * made to deceive, refuses all until it is reset. LACO_NO_MEMORY: the same. LACO_INVALID: as above. */
LACO_API laco_status laco_model_stream_state_load(laco_model_stream *stream, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
