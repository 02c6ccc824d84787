/* laco/tagger.h - using a trained tagger. Training one: laco/tag.h.
 *
 *     const char *words[] = {"Eu", "acordo", "cedo"}, *tags[3];
 *     laco_model_load(ctx, "pos.safetensors", &model);
 *     laco_model_tag(model, words, 3, tags);
 *     laco_model_free(model);
 */
#ifndef LACO_TAGGER_H
#define LACO_TAGGER_H

#include "laco/model.h"
#include "laco/tagged.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The tag of each of `count` words (UTF-8) of one sentence, into tags; names are owned by the model.
 * LACO_INVALID: a model of another task; LACO_FORMAT: not UTF-8; LACO_NO_MEMORY. */
LACO_API laco_status laco_model_tag(laco_model *model, const char *const *words, size_t count, const char **tags);

/* The tags of all words of `data`, into tags[laco_tagged_word_count(data)]. The same answers as one sentence at a time, bit for
 * bit; but a model that was trained with context (laco_tag_options) reads neighbouring sentences together. */
LACO_API laco_status laco_model_tag_all(laco_model *model, const laco_tagged *data, const char **tags);

/* How a tagger does on tagged data. Everything is owned by the score, which laco_tag_score_free frees. */
typedef struct laco_tag_score {
    laco_context *ctx;
    size_t sentences, words;
    size_t right; /* words with the right tag */
    double accuracy;
    double unseen_accuracy;      /* of words that training did not see, */
    size_t unseen;               /* and how many there are */
    bool entities;               /* the tags are O, B-… and I-… (and perhaps E-…, S-…), which mark entities */
    size_t gold, found, matched; /* entities in the data, by the model, and of these the right ones, as conlleval counts them */
    double precision, recall, f1;
    int class_count; /* tags that occur, or types of entities */
    laco_class_score *classes;
} laco_tag_score;

/* `data` read as laco_model_data_config says. Tags that the model does not have count as errors.
 * LACO_INVALID: a model of another task, or data without tags or with others' numbers; LACO_NO_MEMORY. */
LACO_API laco_status laco_model_score_tags(laco_model *model, const laco_tagged *data, laco_tag_score *out);
LACO_API void laco_tag_score_free(laco_tag_score *score);

#ifdef __cplusplus
}
#endif

#endif
