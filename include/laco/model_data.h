/* laco/model_data.h - how data for a trained model are read: with its labels, sizes, rate, columns …
 *
 *     laco_data_config config;
 *     laco_model_data_config(model, "classify", &config);
 *     laco_labelled_load(ctx, &path, 1, &config.labelled, &data);
 *     laco_model_score(model, data, &score);
 */
#ifndef LACO_MODEL_DATA_H
#define LACO_MODEL_DATA_H

#include "laco/captioned.h"
#include "laco/labelled.h"
#include "laco/model.h"
#include "laco/series.h"
#include "laco/spoken.h"
#include "laco/tagged.h"
#include "laco/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the functions that read data take, by the task of the model. Pairs, for transduce, are read as they are. */
typedef union laco_data_config {
    laco_labelled_config labelled;   /* classify: labels, texts or numbers, numbers of a step */
    laco_tagged_config tagged;       /* tag: tags, form and column, how words lie in text */
    laco_series_config series;       /* forecast: columns, and the order in dates that do not say it */
    laco_text_config text;           /* generate */
    laco_captioned_config captioned; /* caption: kind and size */
    laco_spoken_config spoken;       /* transcribe: the rate of the samples */
} laco_data_config;

/* How data for `model`, which was trained for `task`, are read. What *out points to is the model's. LACO_INVALID: the model is of
 * another task; *out is then untouched. */
LACO_API laco_status laco_model_data_config(const laco_model *model, const char *task, laco_data_config *out);

#ifdef __cplusplus
}
#endif

#endif
