/* laco/captioner.h - using a trained captioner. Training one: laco/caption.h; its data: laco/captioned.h.
 *
 *     laco_hypothesis answer;
 *     laco_model_load(ctx, "numbers.safetensors", &model);
 *     laco_model_caption(model, data, 0, 1, NULL, &answer);    // the first picture of data
 *     puts(answer.text);
 *     laco_model_free(model);
 */
#ifndef LACO_CAPTIONER_H
#define LACO_CAPTIONER_H

#include "laco/captioned.h"
#include "laco/model.h"
#include "laco/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The captions of items first … first + count - 1 of `data`, best first: those of item first + i into answers[i · nbest …]; where
 * fewer were found, the rest has text NULL. Items asked together have the same answers as one at a time, bit for bit. The texts
 * are the model's and stand until it is asked again. `options` may be NULL: a beam of 4, answers compared by the mean of their
 * log-probabilities, at most twice as many tokens as the longest caption of training. LACO_INVALID: a model of another task, data
 * of another kind or size, an item that is not there, a beam below 1. LACO_NO_MEMORY. */
LACO_API laco_status laco_model_caption(laco_model *model, const laco_captioned *data, size_t first, size_t count,
                                        const laco_decode_options *options, laco_hypothesis *answers);

/* How a captioner does on captioned data: laco_decode_score.right of laco_decode_score.count captions agree in full.
 * LACO_INVALID: as above, or an item without a caption. LACO_NO_MEMORY. */
LACO_API laco_status laco_model_score_captions(laco_model *model, const laco_captioned *data, const laco_decode_options *options,
                                               laco_decode_score *out);

#ifdef __cplusplus
}
#endif

#endif
