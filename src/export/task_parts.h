/* The parts of each task's model: what the runtime's struct of that task holds, as the part "net". */
#ifndef LACO_EXPORT_TASK_PARTS_H
#define LACO_EXPORT_TASK_PARTS_H

#include "export/parts.h"
#include "laco/decoder.h"

struct laco_classifier;
struct laco_tagger;
struct laco_forecaster;
struct laco_language;
struct laco_captioner;
struct laco_transducer;
struct laco_transcriber;
void laco_classify_parts(laco_parts *parts, const struct laco_classifier *model);
void laco_tag_parts(laco_parts *parts, const struct laco_tagger *model);
void laco_forecast_parts(laco_parts *parts, const struct laco_forecaster *model);
void laco_generate_parts(laco_parts *parts, const struct laco_language *model);
void laco_caption_parts(laco_parts *parts, const struct laco_captioner *model);
void laco_transduce_parts(laco_parts *parts, const struct laco_transducer *model);
void laco_transcribe_parts(laco_parts *parts, const struct laco_transcriber *model);

laco_rt_tokens laco_rt_tokens_of(laco_text_level level);

/* rt_decoder of the parameters PREFIX.…; `width` of its memory. */
void laco_decoder_part(laco_parts *parts, const char *name, const char *prefix, const laco_rnn *rnn);
void laco_decoder_of(laco_parts *parts, const char *name, const char *prefix, const laco_rnn *rnn, laco_attention_kind attention,
                     int64_t width);

/* The layer of a decoder, by the names of its parameters. */
laco_rnn *laco_decoder_layer(laco_parts *parts, const char *prefix);

#endif
