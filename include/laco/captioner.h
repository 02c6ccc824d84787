/* laco/captioner.h - using a trained captioner. Training one: laco/caption.h; its data: laco/captioned.h.
 *
 *     laco_hypothesis answer;
 *     laco_model_load(ctx, "numbers.safetensors", &model);
 *     laco_model_caption(model, data, 0, NULL, &answer);    // the first picture of data
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

/* How to read data for this model: kind and size of its pictures or vectors. LACO_INVALID: a model of another task. */
LACO_API laco_status laco_model_captioned_config(const laco_model *model, laco_captioned_config *out);

/* The captions of item `index` of `data`, best first, into answers[options->nbest]; where fewer were found, the rest has text
 * NULL. The texts are the model's and stand until it is asked again. `options` may be NULL: a beam of 4, answers compared by the
 * mean of their log-probabilities, at most twice as many tokens as the longest caption of training. LACO_INVALID: a model of
 * another task, data of another kind or size, an index that is not there, a beam below 1. LACO_NO_MEMORY. */
LACO_API laco_status laco_model_caption(laco_model *model, const laco_captioned *data, size_t index,
                                        const laco_decode_options *options, laco_hypothesis *answers);

/* The same for every item: answers[item · nbest …]. The same answers as one at a time, bit for bit. */
LACO_API laco_status laco_model_caption_all(laco_model *model, const laco_captioned *data, const laco_decode_options *options,
                                            laco_hypothesis *answers);

/* How a captioner does on captioned data: laco_decode_score.right of laco_decode_score.count captions agree in full. LACO_INVALID:
 * as above, or an item without a caption. LACO_NO_MEMORY. */
LACO_API laco_status laco_model_score_captions(laco_model *model, const laco_captioned *data, const laco_decode_options *options,
                                               laco_decode_score *out);

#ifdef __cplusplus
}
#endif

#endif
