#include "train/fingerprint.h"

#include "base/grow.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static laco_status add(laco_fingerprint *f, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return laco_fail(f->ctx, LACO_INVALID, "an option or a name is no text that can be written");
    LACO_TRY(laco_grow(f->ctx, &f->text, &f->room, f->used + (size_t)length + 2, 1));
    if (f->used > 0)
        f->text[f->used++] = ' ';
    vsnprintf(f->text + f->used, (size_t)length + 1, format, arguments);
    f->used += (size_t)length;
    return LACO_OK;
}

laco_status laco_fingerprint_add(laco_fingerprint *fingerprint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    laco_status status = add(fingerprint, format, arguments);
    va_end(arguments);
    return status;
}

void laco_fingerprint_free(laco_fingerprint *fingerprint)
{
    laco_release(fingerprint->ctx, fingerprint->text);
    fingerprint->text = NULL;
    fingerprint->used = fingerprint->room = 0;
}

/* The next word of *text, which moves behind it; "" at the end. *length: its bytes. */
static const char *next_word(const char **text, int *length)
{
    const char *word = *text + strspn(*text, " ");
    *length = (int)strcspn(word, " ");
    *text = word + *length;
    return word;
}

static bool equal(const char *a, int a_length, const char *b, int b_length)
{
    return a_length == b_length && memcmp(a, b, (size_t)a_length) == 0;
}

#define SHOWN 200 /* bytes of a value in an error */

/* The first pair in which two differ: words of each, and how long they are. */
typedef struct difference {
    const char *key, *other, *mine, *its;
    int key_length, other_length, mine_length, its_length;
    bool keys; /* it is the keys that differ: what one says the other does not */
} difference;

/* Whether a key is among "KEY VALUE KEY VALUE …". */
static bool has_key(const char *text, const char *key, int length)
{
    int word_length, value_length;
    const char *word;
    while ((word = next_word(&text, &word_length), word_length) > 0) {
        if (equal(word, word_length, key, length))
            return true;
        next_word(&text, &value_length);
    }
    return false;
}

/* Of the data a hash alone is known, which options may enter: with `options`, a difference in these is looked for first. */
static difference find_difference(const char *here, const char *there, bool options)
{
    difference d;
    bool equal_words;
    do {
        d.key = next_word(&here, &d.key_length);
        d.other = next_word(&there, &d.other_length);
        d.mine = next_word(&here, &d.mine_length);
        d.its = next_word(&there, &d.its_length);
        d.keys = !equal(d.key, d.key_length, d.other, d.other_length);
        equal_words = equal(d.mine, d.mine_length, d.its, d.its_length) || (options && equal(d.key, d.key_length, "data", 4));
    } while (d.key_length > 0 && !d.keys && equal_words);
    if (d.keys && d.key_length > 0 && has_key(there, d.key, d.key_length))
        d.key_length = 0; /* said there too, further on: it is the other key that is not said here */
    return d;
}

laco_status laco_fingerprint_equal(laco_context *ctx, const char *name, const char *here, const char *there)
{
    if (strcmp(here, there) == 0)
        return LACO_OK;
    difference d = find_difference(here, there, true);
    if (d.key_length == 0 && d.other_length == 0)
        d = find_difference(here, there, false);
    if (d.keys)
        return laco_fail(ctx, LACO_INVALID, "%s trains otherwise than process 0: '%.*s' is said only %s", name,
                         LACO_MIN(d.key_length > 0 ? d.key_length : d.other_length, SHOWN), d.key_length > 0 ? d.key : d.other,
                         d.key_length > 0 ? "by process 0" : "there");
    if (equal(d.key, d.key_length, "data", 4))
        return laco_fail(ctx, LACO_INVALID, "%s has other data than process 0: the same files in the same order are right", name);
    return laco_fail(ctx, LACO_INVALID, "%s trains otherwise than process 0: %.*s is %.*s there and %.*s in process 0", name,
                     LACO_MIN(d.key_length, SHOWN), d.key, LACO_MIN(d.its_length, SHOWN), d.its, LACO_MIN(d.mine_length, SHOWN),
                     d.mine);
}

laco_status laco_fingerprint_compare(laco_context *ctx, const char *name, const char *here, const char *there)
{
    if (strcmp(here, there) == 0)
        return LACO_OK;
    difference d = find_difference(here, there, false);
    const char *key = d.key, *mine = d.mine, *its = d.its;
    int key_length = d.key_length, mine_length = d.mine_length, its_length = d.its_length;
    if (d.keys) {
        const char *only = key_length > 0 ? key : d.other;
        return laco_fail(ctx, LACO_INVALID, "%s: is a checkpoint of another training: '%.*s' is said only %s", name,
                         LACO_MIN(key_length > 0 ? key_length : d.other_length, SHOWN), only, key_length > 0 ? "now" : "there");
    }
    if (equal(key, key_length, "data", 4))
        return laco_fail(ctx, LACO_INVALID, "%s: is a checkpoint of a training on other data than those given now", name);
    if (equal(key, key_length, "epochs", 6))
        return laco_fail(
            ctx, LACO_INVALID,
            "%s: is a checkpoint of a training of %.*s epochs, now %.*s are asked for, and its learning rate or loss depends on "
            "them: the same --epochs is right, or --from MODEL, which trains on from a model",
            name, its_length, its, mine_length, mine);
    return laco_fail(ctx, LACO_INVALID, "%s: is a checkpoint of another training: %.*s was %.*s there and is %.*s now", name,
                     LACO_MIN(key_length, SHOWN), key, LACO_MIN(its_length, SHOWN), its, LACO_MIN(mine_length, SHOWN), mine);
}
