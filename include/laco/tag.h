/* laco/tag.h - training a tagger: a tag for each word of a sentence. Using one: laco/tagger.h; its data: laco/tagged.h. */
#ifndef LACO_TAG_H
#define LACO_TAG_H

#include "laco/tagger.h"
#include "laco/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_tag_options {
    laco_train_options train; /* batch: of sentences */
    laco_network_options
        network;    /* cell also LACO_MLP: no memory, `window` words at a time. embed: of words; dropout: always variational */
    int64_t window; /* words that an mlp sees at once; 0: 1 */
    int64_t letter_hidden; /* units in each direction that read the letters of a word; 0: 50; LACO_OFF: none */
    double word_drop;      /* a word seen n times is read as unknown with probability p / (p + n); 0: 0.5, or 1 where tags mark
                              entities */
    int64_t context;  /* neighbouring sentences are read together until they have so many words: entities of a document are named
                         again and again; 0: 80 where tags mark entities, else each sentence alone; LACO_OFF: alone */
    double auxiliary; /* of CoNLL-U: weight in the loss of the other columns (UPOS, XPOS, FEATS, DEPREL), which are learned
                         beside the tags and left out of the model; 0: 0.5 */
    int64_t ensemble; /* networks that learn together and whose scores are averaged, 1 … 16; 0: 3, or 4 where tags
                         mark entities; of more than 50,000 sentences 1 */
    laco_choice crf;  /* a conditional random field behind the network; AUTO: where tags mark entities */
    laco_choice constrained; /* of a crf: answers never have I-TYPE where it cannot follow; AUTO: where the data obey that */
    const char *vectors;     /* pretrained word vectors in the text form of word2vec or GloVe, or NULL: see laco_train_tag */
    laco_share valid;        /* of the sentences, set aside where no validation data are given; 0: 0.05 */
    laco_tagged_config data; /* how the data were read; the column of the tags is kept with the model */
} laco_tag_options;

/* Replaces every zero by what would be used for `data`, which may be NULL: few sentences whose tags mark no entities. */
LACO_API void laco_tag_defaults(laco_tag_options *options, const laco_tagged *data);

/* Trains a tagger: each word as its embedding and the last states of a bidirectional LSTM over its letters; recurrent layers over
 * the words of a sentence; linear; cross entropy, or a conditional random field. The model handed out is that of the best epoch
 * by accuracy on the validation data, or by F1 of entities. `valid` must have been loaded with data's tags; NULL: see
 * options->valid.
 *
 * options->vectors: lines of a word and its numbers, the most frequent words first as such files are; a first line of two numbers
 * is passed over. The embedding gets their size (network.embed may not say another), words of the training data and the first
 * 50,000 of the file their vectors, scaled alike; words are compared in lower case and with 0 for each digit. They go on learning
 * with the rest.
 *
 * `options` may be NULL. *out is the caller's. Errors as laco_train_classify; LACO_IO, LACO_FORMAT: the file of vectors. */
LACO_API laco_status laco_train_tag(laco_context *ctx, const laco_tag_options *options, const laco_tagged *data,
                                    const laco_tagged *valid, laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
