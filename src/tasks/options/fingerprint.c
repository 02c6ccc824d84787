#include "options/options.h"

#include "base/base.h"
#include "base/hash.h"
#include "base/locale.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_TEXT 40 /* a longer one stands as its hash */

/* A text without white space, so that names and values can be told apart. */
static void write_text(const char *value, char *text, size_t size)
{
    size_t length = value ? strlen(value) : 0;
    bool plain = length > 0 && length <= LONGEST_TEXT && strcspn(value, " \t\r\n\v\f") == length;
    if (!value)
        snprintf(text, size, "default");
    else if (plain)
        snprintf(text, size, "%s", value);
    else
        snprintf(text, size, "#%016llx", (unsigned long long)laco_hash_bytes(LACO_HASH_START, value, length));
}

static void write_reals(const laco_reals *reals, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", reals->count > 0 ? "" : "none");
    for (int i = 0; i < reals->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%.17g", i > 0 ? "," : "", reals->value[i]);
}

void laco_option_value_text(const laco_option *row, const void *options, char *text, size_t size)
{
    const char *place = (const char *)options + row->offset, *word;
    double number = laco_option_number(row, options);
    size_t length;
    switch (row->type) {
    case LACO_OPTION_CHOICE:
        word = laco_option_nth_word(row->value, (int)number, &length);
        snprintf(text, size, "%.*s", word ? (int)length : 7, word ? word : "default");
        break;
    case LACO_OPTION_INTEGER:
        snprintf(text, size, "%lld", (long long)*(const int64_t *)place);
        break;
    case LACO_OPTION_REALS:
        write_reals((const laco_reals *)place, text, size);
        break;
    case LACO_OPTION_TEXT:
        write_text(*(const char *const *)place, text, size);
        break;
    case LACO_OPTION_FLAG:
        snprintf(text, size, "%s", number != 0 ? "yes" : "no");
        break;
    case LACO_OPTION_SWITCH:
        snprintf(text, size, "%s", number == row->low ? "yes" : "no");
        break;
    default:
        snprintf(text, size, "%.17g", number);
    }
}

/* Files are known by what is in them, which is data. */
static bool shapes(const laco_option *row, const char *except)
{
    return (row->flags & LACO_OPTION_SHAPES) && row->type != LACO_OPTION_INPUT && !(except && laco_option_word(except, row->name, strlen(row->name)));
}

static laco_status write_rows(laco_context *ctx, const laco_option_table *table, const void *options, const char *except, char **out)
{
    size_t used = 0, room = 1;
    char *text = laco_alloc(ctx, room, 1), value[LACO_OPTION_TEXT_ROOM];
    for (size_t i = 0; text && i < table->count; i++) {
        const laco_option *row = &table->rows[i];
        if (!shapes(row, except))
            continue;
        laco_option_value_text(row, options, value, sizeof value);
        size_t more = strlen(row->name) + strlen(value) + 2;
        char *grown = laco_resize(ctx, text, room + more, 1);
        if (!grown) {
            laco_release(ctx, text);
            return LACO_NO_MEMORY;
        }
        text = grown;
        room += more;
        used += (size_t)snprintf(text + used, room - used, "%s%s %s", used > 0 ? " " : "", row->name, value);
    }
    *out = text;
    return text ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_options_fingerprint(laco_context *ctx, const laco_option_table *table, const void *options, const char *except, char **out)
{
    laco_locale locale;
    LACO_TRY(laco_locale_begin(ctx, &locale));
    laco_status status = write_rows(ctx, table, options, except, out);
    laco_locale_end(&locale);
    return status;
}
