/* laco/tag.h - training a tagger: a tag for each word of a sentence. Using one: laco/tagger.h; its data: laco/tagged.h. */
#ifndef LACO_TAG_H
#define LACO_TAG_H

#include "laco/tagger.h"
#include "laco/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_tag_options {
    laco_train_options train;     /* batch: of sentences */
    laco_network_options network; /* cell also "mlp": no memory, `window` words at a time. embed: of words; dropout: always variational */
    int64_t window;               /* words that an mlp sees at once; 0: 1 */
    int64_t letter_hidden;        /* units in each direction that read the letters of a word; 0: 50; negative: none */
    double word_drop;      /* a word seen n times is read as unknown with probability p / (p + n); 0: 0.5; negative: never */
    int64_t context;       /* neighbouring sentences are read together until they have so many words: entities of a document are named
                              again and again; 0: 80 where tags mark entities, else each sentence alone; negative: alone */
    double columns;        /* of CoNLL-U: weight in the loss of the other columns (UPOS, XPOS, FEATS, DEPREL), which are learned
                              beside the tags and left out of the model; 0: 0.5; negative: none */
    int64_t members;       /* networks that learn together and whose scores are averaged (an ensemble), 1 … 16; 0: 3, or 4 where tags
                              mark entities; of more than 50,000 sentences 1 */
    int crf;               /* conditional random field behind the network: 1, or -1 for none; 0: where tags mark entities */
    int constrained;       /* of a crf: answers never have I-TYPE where it cannot follow; likewise, 0: where the data obeys that */
    const char *vectors;   /* pretrained word vectors in the text form of word2vec or GloVe, or NULL: see laco_train_tag */
    double valid_fraction; /* of the sentences, set aside when `valid` is NULL; 0: 0.05, negative: none */
    const char *column;    /* kept with the model: the column of the tags that `data` was read with */
} laco_tag_options;

/* Trains a tagger: each word as its embedding and the last states of a bidirectional LSTM over its letters; recurrent layers over
 * the words of a sentence; linear; cross entropy, or a conditional random field. The model handed out is that of the best epoch
 * by accuracy on the validation data, or by F1 of entities. `valid` must have been loaded with data's tags; NULL: see
 * valid_fraction.
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
