/* A speech recogniser: log-mel features, recurrent layers, and at each step a token of text or the blank.
 *
 *     features   `bands` log-mel numbers of a frame (transcribe/mel.h), standardised; `stack` frames side by side are a step
 *     network    recurrent layers over the steps, linear, log-softmax over the tokens
 *     text       by CTC: token 0, which the vocabulary calls "<unk>", is the blank
 */
#ifndef LACO_TRANSCRIBE_TRANSCRIBER_H
#define LACO_TRANSCRIBE_TRANSCRIBER_H

#include "transcribe/mel.h"
#include "text/vocabulary.h"
#include "laco/transcriber.h"
#include "model/model.h"
#include "model/model_stream.h"
#include "model/network.h"

#define LACO_TRANSCRIBER_BEAM 8 /* where no other is asked for */

typedef struct laco_audio_frontend {
    int rate, bands, stack;
    laco_real *mean, *scale; /* [bands] a feature y is heard as (y - mean) · scale */
} laco_audio_frontend;

typedef struct laco_transcriber {
    laco_model base;
    laco_network network;
    laco_audio_frontend frontend;
    laco_text_config text; /* level: characters, or words between spaces */
    laco_vocabulary *tokens;
    laco_mel *mel;
    laco_tape *tape; /* for answers; made at the first question */
} laco_transcriber;

/* Recognisers as streams: transcribe_stream.c. */
extern const laco_stream_type laco_transcribe_stream;

/* A recogniser with new weights. `tokens` and the numbers of `frontend` become its own, also on failure. */
laco_status laco_transcriber_new(laco_context *ctx, uint64_t seed, const laco_network_config *config,
                                 const laco_audio_frontend *frontend, const laco_text_config *text, laco_vocabulary *tokens,
                                 laco_transcriber **out);

/* What of a recogniser can be asked for in training, as laco_task.options. */
void laco_transcribe_options_of(const laco_model *model, void *options);

/* The metadata of a recogniser in its file. */
extern const laco_fields laco_transcriber_metadata;

/* Samples of one recording at the model's rate. */
typedef struct laco_samples {
    const float *samples;
    size_t count;
} laco_samples;

/* Frames and steps of that many samples. */
LACO_SHARED int64_t laco_transcriber_frames(const laco_transcriber *model, size_t samples);
LACO_SHARED int64_t laco_transcriber_steps(const laco_transcriber *model, size_t samples);

/* Standardised features of a recording, [frames][bands]. */
LACO_SHARED void laco_transcriber_features(laco_transcriber *model, const laco_samples *recording, laco_real *out);

/* Lays the features of a recording out as row `row` of x [T][B][stack · bands]; what follows its last frame, in its last step,
 * repeats that frame. */
LACO_SHARED void laco_transcriber_lay_out(const laco_transcriber *model, const laco_real *features, int64_t frames, int64_t B,
                                          int64_t row, laco_real *x);

/* Log-probabilities of the tokens, [T][B][K], of x [T][B][stack · bands]. */
LACO_SHARED laco_var laco_transcriber_scores(laco_tape *tape, laco_transcriber *model, laco_var x, const int32_t *lengths,
                                             bool training);

/* The same of recordings, on the model's own tape: reset before, and what is returned stands until the next call. lengths [count]
 * takes the steps of each. LACO_NO_MEMORY. */
laco_status laco_transcriber_ask(laco_transcriber *model, const laco_samples *recordings, size_t count, int32_t *lengths,
                                 laco_var *out);

/* How many of the recordings from the first on are asked at once. */
size_t laco_transcriber_share(const laco_transcriber *model, const laco_samples *recordings, size_t count);

/* The answers of row `row` of the scores of B recordings: out[most] and log_probability[most]. */
LACO_SHARED laco_status laco_transcriber_decode(laco_transcriber *model, laco_var scores, int64_t row, int32_t steps,
                                                const laco_decode_options *options, char **out, double *log_probability);

#endif
