/* Any bytes as a text that is read in pieces, as one sequence of tokens, and these as ids of a vocabulary. The first byte says
 * into what it is cut, the second how large the pieces are: a text has the same tokens however it comes. */
#include "fuzz.h"

#include "generate/corpus.h"
#include "laco/read.h"

typedef struct pieces {
    const uint8_t *at;
    size_t left, most;
} pieces;

static laco_status next_piece(void *user, char *into, size_t room, size_t *got)
{
    pieces *text = user;
    *got = text->left < text->most ? text->left : text->most;
    if (*got > room)
        *got = room;
    memcpy(into, text->at, *got);
    text->at += *got;
    text->left -= *got;
    return LACO_OK;
}

static laco_status read_in_pieces(laco_context *ctx, const laco_text_config *config, const uint8_t *bytes, size_t size,
                                  size_t most, laco_corpus **out)
{
    pieces text = {bytes, size, most};
    laco_corpus *corpus;
    require(laco_corpus_begin(ctx, config, &corpus) == LACO_OK);
    laco_status status = laco_corpus_add_text(corpus, "f", next_piece, &text, false);
    if (status == LACO_OK)
        status = laco_corpus_end(corpus, "f");
    if (status == LACO_OK)
        *out = corpus;
    else
        laco_corpus_free(corpus);
    return status;
}

static void use(laco_context *ctx, laco_corpus *corpus)
{
    laco_vocabulary *vocabulary;
    int64_t count = laco_corpus_count(corpus), unseen;
    int32_t *ids = calloc((size_t)count, sizeof *ids);
    require(count > 0 && ids);
    require(laco_corpus_vocabulary(corpus, count, &(laco_vocabulary_config){.max_size = 20}, &vocabulary) == LACO_OK);
    require(laco_corpus_set_vocabulary(corpus, vocabulary) == LACO_OK);
    require(laco_corpus_read(corpus, 0, count, ids) == LACO_OK);
    for (int64_t i = 0; i < count; i++)
        require(ids[i] >= 0 && ids[i] < laco_vocabulary_size(vocabulary));
    require(laco_corpus_unseen(corpus, 0, count, &unseen) == LACO_OK && unseen >= 0 && unseen <= count);
    laco_vocabulary_free(vocabulary);
    free(ids);
    (void)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    laco_context *ctx = fuzz_context();
    laco_text_config config = {.level = (laco_text_level)(bytes[0] % 4), .fold_accents = bytes[0] & 4, .lower = bytes[0] & 8};
    laco_corpus *whole = NULL, *pieced = NULL;
    laco_status status = read_in_pieces(ctx, &config, bytes + 2, size - 2, SIZE_MAX, &whole);
    if (status < 0)
        fuzz_check_error(ctx);
    require(read_in_pieces(ctx, &config, bytes + 2, size - 2, 1 + (size_t)bytes[1], &pieced) == status);
    if (status == LACO_OK) {
        require(whole->count == pieced->count && whole->hash == pieced->hash);
        use(ctx, pieced);
    }
    laco_corpus_free(whole);
    laco_corpus_free(pieced);
    laco_context_free(ctx);
    return 0;
}
