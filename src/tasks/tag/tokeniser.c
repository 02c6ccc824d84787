#include "tag/tokeniser.h"

#include "tag/vectors.h"

#include <string.h>
#include <utf8proc.h>

#define LONGEST LACO_TOKENISER_LONGEST
#define MOST_UNITS 16 /* of one token */

void laco_tokeniser_free(laco_tokeniser *tokeniser)
{
    if (!tokeniser)
        return;
    json_decref(tokeniser->tokens);
    json_decref(tokeniser->endings);
    laco_release(tokeniser->ctx, tokeniser);
}

laco_status laco_tokeniser_new(laco_context *ctx, laco_tokeniser **out)
{
    laco_tokeniser *tokeniser = laco_alloc(ctx, 1, sizeof *tokeniser);
    if (!tokeniser)
        return LACO_NO_MEMORY;
    *tokeniser = (laco_tokeniser){ctx, json_object(), json_object()};
    if (!tokeniser->tokens || !tokeniser->endings) {
        laco_tokeniser_free(tokeniser);
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory");
    }
    *out = tokeniser;
    return LACO_OK;
}

/* ---- Cutting ------------------------------------------------------------------------------------------------------------ */

typedef struct cutter {
    const laco_tokeniser *tokeniser;
    laco_text_buffer buffer;
    laco_token_fn take;
    void *user;
    const char *unit[MOST_UNITS + 1]; /* the next units of a run without white space */
    size_t bytes[MOST_UNITS + 1];
    int count;
    laco_text_tokens units;
} cutter;

/* The words of a token or ending into *words; NULL where the table does not have it. */
static laco_status look_up(cutter *c, const json_t *table, const char *token, size_t length, const char **words)
{
    char key[LONGEST + 1];
    *words = NULL;
    if (length > LONGEST)
        return LACO_OK;
    LACO_TRY(laco_word_fold(&c->buffer, token, length));
    if (c->buffer.length > LONGEST)
        return LACO_OK;
    memcpy(key, c->buffer.bytes, c->buffer.length);
    key[c->buffer.length] = '\0';
    *words = json_string_value(json_object_get(table, key));
    return LACO_OK;
}

/* How a token is written: none, its first letter, or all of its two or more letters in upper case. */
typedef enum letter_case { LOWER, CAPITAL, UPPER } letter_case;

static letter_case case_of(const char *token, size_t length)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)token, *end = at + length;
    int letters = 0, upper = 0;
    bool first = false;
    for (utf8proc_int32_t point; at < end;) {
        at += utf8proc_iterate(at, end - at, &point);
        bool is_upper = utf8proc_tolower(point) != point;
        first |= letters == 0 && is_upper;
        letters += is_upper || utf8proc_toupper(point) != point;
        upper += is_upper;
    }
    return letters > 1 && upper == letters ? UPPER : first ? CAPITAL : LOWER;
}

/* A word of the table in the case of its token. */
static laco_status take_word(cutter *c, const char *word, size_t length, letter_case letters)
{
    char text[4 * LONGEST];
    size_t used = 0;
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)word, *end = at + length;
    for (utf8proc_int32_t point; at < end && used + 4 <= sizeof text; letters = letters == CAPITAL ? LOWER : letters) {
        at += utf8proc_iterate(at, end - at, &point);
        used += (size_t)utf8proc_encode_char(letters == LOWER ? point : utf8proc_toupper(point), (utf8proc_uint8_t *)text + used);
    }
    return c->take(c->user, text, used);
}

static laco_status take_words(cutter *c, const char *words, letter_case letters)
{
    for (const char *end; *words; words = *end ? end + 1 : end) {
        end = words + strcspn(words, " ");
        LACO_TRY(take_word(c, words, (size_t)(end - words), letters));
        letters = letters == CAPITAL ? LOWER : letters;
    }
    return LACO_OK;
}

/* A unit that is no token of the table: perhaps a word with an ending. */
static laco_status take_unit(cutter *c, const char *unit, size_t length)
{
    const char *words = NULL;
    for (size_t i = 1; i < length; i++) {
        if (unit[i] == '-')
            LACO_TRY(look_up(c, c->tokeniser->endings, unit + i, length - i, &words));
        if (words) {
            LACO_TRY(c->take(c->user, unit, i));
            return take_words(c, words, case_of(unit, length) == UPPER ? UPPER : LOWER);
        }
    }
    return c->take(c->user, unit, length);
}

/* Fills up the run of units that lie side by side; the first of the next run stands behind it. */
static int fill_run(cutter *c, bool *more)
{
    int run = 1;
    while (*more && c->count <= MOST_UNITS) {
        *more = laco_text_tokens_next(&c->units, &c->unit[c->count], &c->bytes[c->count]);
        c->count += *more;
    }
    while (run < c->count && run < MOST_UNITS && c->unit[run] == c->unit[run - 1] + c->bytes[run - 1])
        run++;
    return run;
}

/* The longest token of the table at the start of a run, else its first unit. Returns how many units it was in *used. */
static laco_status take_next(cutter *c, int run, int *used)
{
    for (int n = run; n > 0; n--) {
        const char *token = c->unit[0];
        size_t length = (size_t)(c->unit[n - 1] + c->bytes[n - 1] - token);
        const char *words;
        LACO_TRY(look_up(c, c->tokeniser->tokens, token, length, &words));
        if (!words)
            continue;
        *used = n;
        return *words ? take_words(c, words, case_of(token, length)) : c->take(c->user, token, length);
    }
    *used = 1;
    return take_unit(c, c->unit[0], c->bytes[0]);
}

static laco_status cut(cutter *c)
{
    bool more = true;
    for (int used, run = fill_run(c, &more); c->count > 0; run = fill_run(c, &more)) {
        LACO_TRY(take_next(c, run, &used));
        c->count -= used;
        memmove(c->unit, c->unit + used, (size_t)c->count * sizeof *c->unit);
        memmove(c->bytes, c->bytes + used, (size_t)c->count * sizeof *c->bytes);
    }
    return LACO_OK;
}

laco_status laco_tokeniser_cut(const laco_tokeniser *tokeniser, laco_context *ctx, const char *text, size_t length,
                               laco_token_fn take, void *user)
{
    cutter c = {
        .tokeniser = tokeniser, .take = take, .user = user, .units = {.level = LACO_TEXT_WORD, .at = text, .end = text + length}};
    const char *unit;
    size_t bytes;
    while (!tokeniser && laco_text_tokens_next(&c.units, &unit, &bytes))
        LACO_TRY(take(user, unit, bytes));
    if (!tokeniser)
        return LACO_OK;
    laco_text_buffer_init(&c.buffer, ctx);
    laco_status status = cut(&c);
    laco_text_buffer_free(&c.buffer);
    return status;
}

/* ---- To JSON and back --------------------------------------------------------------------------------------------------- */

json_t *laco_tokeniser_to_json(const laco_tokeniser *tokeniser)
{
    return json_pack("{s:O, s:O}", "tokens", tokeniser->tokens, "endings", tokeniser->endings);
}

/* One word or several, a space between each and the next. */
static bool holds_words(const char *text, size_t length)
{
    return strlen(text) == length && text[0] != ' ' && text[length - 1] != ' ' && !strstr(text, "  ");
}

/* `whole`: words may be "", for a token that is one. */
static bool is_table(json_t *table, bool whole)
{
    const char *token;
    json_t *words;
    json_object_foreach(table, token, words)
    {
        size_t length = json_string_length(words);
        if (!json_is_string(words) || length > LONGEST || strlen(token) > LONGEST ||
            !(length > 0 ? holds_words(json_string_value(words), length) : whole))
            return false;
    }
    return json_is_object(table);
}

laco_status laco_tokeniser_from_json(laco_context *ctx, const json_t *object, laco_tokeniser **out)
{
    json_t *tokens = json_object_get(object, "tokens"), *endings = json_object_get(object, "endings");
    if (!is_table(tokens, true) || !is_table(endings, false))
        return laco_fail(ctx, LACO_FORMAT,
                         "metadata 'laco.tokeniser' should be an object of two, \"tokens\" and \"endings\", of strings of "
                         "words, a space between them, and at most %d bytes",
                         LONGEST);
    laco_tokeniser *tokeniser;
    LACO_TRY(laco_tokeniser_new(ctx, &tokeniser));
    bool copied = json_object_update(tokeniser->tokens, tokens) == 0 && json_object_update(tokeniser->endings, endings) == 0;
    if (!copied) {
        laco_tokeniser_free(tokeniser);
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory");
    }
    *out = tokeniser;
    return LACO_OK;
}
