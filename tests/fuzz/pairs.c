/* Any bytes as pairs, split, and as tokens there and back. */
#include "fuzz.h"

#include "laco/read.h"
#include "text/tokens.h"
#include "transduce/pairs.h"

/* A text that was spelt from its tokens has the same tokens. */
static void there_and_back(laco_context *ctx, laco_token_kind kind, const char *text, size_t length)
{
    laco_vocabulary *vocabulary;
    laco_text_buffer buffer;
    laco_sequences ids;
    size_t unseen = 0;
    laco_text_buffer_init(&buffer, ctx);
    laco_sequences_init(&ids, ctx);
    require(laco_vocabulary_new(ctx, &vocabulary) == LACO_OK &&
            laco_tokens_count(&buffer, kind, text, length, vocabulary) == LACO_OK);
    require(laco_tokens_encode(&buffer, kind, vocabulary, text, length, &ids, NULL) == LACO_OK);
    size_t needed = laco_tokens_spell(vocabulary, kind, ids.ids, laco_sequences_length(&ids, 0), NULL, 0);
    char *spelt = malloc(needed);
    laco_tokens_spell(vocabulary, kind, ids.ids, laco_sequences_length(&ids, 0), spelt, needed);
    require(laco_tokens_encode(&buffer, kind, vocabulary, spelt, needed - 1, &ids, &unseen) == LACO_OK);
    require(laco_sequences_length(&ids, 0) == laco_sequences_length(&ids, 1));
    for (int32_t t = 0; t < laco_sequences_length(&ids, 0); t++)
        require(laco_sequences_ids(&ids, 0)[t] == laco_sequences_ids(&ids, 1)[t]);
    free(spelt);
    laco_vocabulary_free(vocabulary);
    laco_sequences_free(&ids);
    laco_text_buffer_free(&buffer);
}

static void use(laco_context *ctx, const laco_pairs *pairs)
{
    laco_pairs *rest, *part;
    size_t lines = 0;
    for (size_t i = 0; i < laco_pairs_count(pairs); i++) {
        size_t length, targets = laco_pairs_target_count(pairs, i);
        const char *source = laco_pairs_source(pairs, i, &length);
        require(length > 0 && targets > 0);
        there_and_back(ctx, LACO_TOKENS_CHAR, source, length);
        there_and_back(ctx, LACO_TOKENS_WORD, source, length);
        for (size_t k = 0; k < targets; k++)
            require(laco_pairs_target(pairs, i, k, &length) && length > 0);
        lines += targets;
    }
    require(lines == laco_pairs_line_count(pairs));
    require(laco_pairs_split(pairs, 0.3, lines, &rest, &part) == LACO_OK);
    require(laco_pairs_count(rest) + laco_pairs_count(part) == laco_pairs_count(pairs));
    require(laco_pairs_line_count(rest) + laco_pairs_line_count(part) == lines);
    laco_pairs_free(rest);
    laco_pairs_free(part);
}

static void summary_of(const laco_pairs *data)
{
    laco_summary *summary = NULL;
    laco_status status = laco_pairs_summary(data, true, &summary);
    fuzz_check_summary(status, summary);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    laco_context *ctx = fuzz_context();
    laco_pairs *pairs = NULL;
    laco_status status = laco_pairs_parse(ctx, "f", (const char *)bytes, size, &pairs);
    if (status == LACO_OK) {
        summary_of(pairs);
        use(ctx, pairs);
    } else {
        require(status == LACO_FORMAT && !pairs);
        fuzz_check_error(ctx);
    }
    laco_pairs_free(pairs);
    laco_context_free(ctx);
    return 0;
}
