/* laco/transcriber.h - using a trained speech recogniser. Training one: laco/transcribe.h; recordings: laco/spoken.h.
 *
 *     const char *path = "call.wav";
 *     laco_spoken *data;
 *     laco_transcripts answer;
 *     laco_model_load(ctx, "digits.safetensors", &model);
 *     laco_spoken_load(ctx, &path, 1, &(laco_spoken_config){.untexted = true}, &data);      // laco-readers
 *     laco_model_transcribe_all(model, data, NULL, &answer);
 *     puts(answer.text[0]);
 */
#ifndef LACO_TRANSCRIBER_H
#define LACO_TRANSCRIBER_H

#include "laco/model.h"
#include "laco/spoken.h"
#include "laco/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was heard, for laco_transcripts_free. */
typedef struct laco_transcripts {
    laco_context *ctx;
    size_t count;            /* of recordings */
    int most;                /* texts for each; text i of recording r is text[r · most + i], best first */
    char **text;             /* UTF-8; NULL where there are fewer */
    double *log_probability; /* of the text by beam search; of the one way through the steps without */
} laco_transcripts;
LACO_API void laco_transcripts_free(laco_transcripts *transcripts);

/* What is said in `count` samples of one channel at `rate`, which are resampled where the model hears another rate. `options`:
 * beam is that of prefix beam search (8; 1: the best label of each step), nbest how many texts each recording gets; the rest
 * plays no part, and it may be NULL. LACO_INVALID: a model of another task, a sample that is no number (or beyond 1e10), a negative
 * beam, more texts than the beam; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_model_transcribe(laco_model *model, const float *samples, size_t count, int rate,
                                           const laco_decode_options *options, laco_transcripts *out);

/* The same of all recordings of a set loaded as laco_model_data_config says: the same answers as one at a time, bit for bit. */
LACO_API laco_status laco_model_transcribe_all(laco_model *model, const laco_spoken *data, const laco_decode_options *options,
                                               laco_transcripts *out);

/* How a recogniser does on recordings with texts. Both sides are prepared as the model's texts were (NFC; lower case and accents
 * as in training); words stand between spaces. */
typedef struct laco_transcribe_score {
    size_t recordings, words, characters; /* in the texts */
    size_t exact;                         /* recordings heard without a mistake */
    size_t word_errors, character_errors; /* insertions, deletions and replacements */
    double word_error_rate, character_error_rate;
    size_t unseen; /* characters (or words, for a model of words) that the model cannot write */
} laco_transcribe_score;

/* Scores answers to `data`, of which the first of each recording counts. LACO_INVALID: a model of another task, a recording
 * without a text. */
LACO_API laco_status laco_model_score_transcripts(laco_model *model, const laco_spoken *data, const laco_transcripts *answers,
                                                  laco_transcribe_score *out);

#ifdef __cplusplus
}
#endif

#endif
