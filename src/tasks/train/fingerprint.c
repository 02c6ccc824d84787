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

laco_status laco_fingerprint_compare(laco_context *ctx, const char *name, const char *here, const char *there)
{
    int key_length, other_length, mine_length, its_length;
    const char *key, *other, *mine, *its;
    if (strcmp(here, there) == 0)
        return LACO_OK;
    do {
        key = next_word(&here, &key_length);
        other = next_word(&there, &other_length);
        mine = next_word(&here, &mine_length);
        its = next_word(&there, &its_length);
    } while (key_length > 0 && equal(key, key_length, other, other_length) && equal(mine, mine_length, its, its_length));
    if (!equal(key, key_length, other, other_length)) {
        const char *only = key_length > 0 ? key : other;
        return laco_fail(ctx, LACO_INVALID, "%s: is a checkpoint of another training: '%.*s' is said only %s", name,
                         LACO_MIN(key_length > 0 ? key_length : other_length, SHOWN), only, key_length > 0 ? "now" : "there");
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
