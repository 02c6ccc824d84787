#include "text/notes.h"

#include "base/grow.h"
#include "base/locale.h"
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 600 /* bytes of a note */

struct laco_noted {
    laco_note_kind kind;
    const char *key; /* which is never freed */
    char *text;
    size_t order;
};

struct laco_summary {
    laco_context *ctx;
    laco_notes notes;
    char *name, *line, *doubts;
};

void laco_notes_init(laco_notes *notes, laco_context *ctx) { *notes = (laco_notes){.ctx = ctx}; }

void laco_notes_free(laco_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        laco_release(notes->ctx, notes->items[i].text);
    laco_release(notes->ctx, notes->items);
    laco_release(notes->ctx, notes->name);
    laco_notes_init(notes, notes->ctx);
}

laco_status laco_notes_file(laco_notes *notes, const char *name)
{
    if (!notes->name && !(notes->name = laco_copy_string(notes->ctx, name)))
        return LACO_NO_MEMORY;
    notes->files++;
    return LACO_OK;
}

static laco_status add(laco_notes *notes, laco_note_kind kind, const char *key, const char *text)
{
    for (size_t i = 0; i < notes->count; i++)
        if (notes->items[i].kind == kind && strcmp(notes->items[i].key, key) == 0 && strcmp(notes->items[i].text, text) == 0)
            return LACO_OK;
    LACO_TRY(laco_grow(notes->ctx, &notes->items, &notes->room, notes->count + 1, sizeof *notes->items));
    char *copy = laco_copy_string(notes->ctx, text);
    if (!copy)
        return LACO_NO_MEMORY;
    notes->items[notes->count] = (struct laco_noted){kind, key, copy, notes->count};
    notes->count++;
    return LACO_OK;
}

laco_status laco_notes_add(laco_notes *notes, laco_note_kind kind, const char *key, const char *format, ...)
{
    char text[LONGEST];
    laco_locale plain; /* notes are kept in models, which are the same bytes everywhere */
    LACO_TRY(laco_locale_begin(notes->ctx, &plain));
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    laco_locale_end(&plain);
    text[laco_utf8_valid(text, strlen(text))] = 0; /* where it was cut */
    for (char *c = text; *c; c++)
        *c = (unsigned char)*c < 0x20 || *c == 0x7F ? ' ' : *c;
    return add(notes, kind, key, text);
}

/* ---- Summaries ---------------------------------------------------------------------------------------------------------- */

void laco_summary_free(laco_summary *summary)
{
    if (!summary)
        return;
    laco_notes_free(&summary->notes);
    laco_release(summary->ctx, summary->name);
    laco_release(summary->ctx, summary->line);
    laco_release(summary->ctx, summary->doubts);
    laco_release(summary->ctx, summary);
}

/* The name of the data as it begins a line: "a.tsv", "a.tsv and 2 more". */
static laco_status name_it(laco_summary *summary, const laco_notes *notes)
{
    const char *name = notes->name ? notes->name : "the data";
    size_t size = strlen(name) + 40;
    summary->name = laco_alloc(summary->ctx, size, 1);
    if (!summary->name)
        return LACO_NO_MEMORY;
    snprintf(summary->name, size, notes->files > 1 ? "%s and %zu more" : "%s", name, notes->files - 1);
    for (char *c = summary->name; *c; c++)
        *c = (unsigned char)*c < 0x20 ? ' ' : *c;
    return LACO_OK;
}

laco_status laco_summary_begin(const laco_notes *notes, laco_summary **out)
{
    laco_summary *summary = laco_alloc(notes->ctx, 1, sizeof *summary);
    if (!summary)
        return LACO_NO_MEMORY;
    summary->ctx = notes->ctx;
    laco_notes_init(&summary->notes, notes->ctx);
    laco_status status = name_it(summary, notes);
    for (size_t i = 0; i < notes->count && status == LACO_OK; i++)
        status = add(&summary->notes, notes->items[i].kind, notes->items[i].key, notes->items[i].text);
    if (status < 0)
        laco_summary_free(summary);
    else
        *out = summary;
    return status;
}

laco_notes *laco_summary_notes(laco_summary *summary) { return &summary->notes; }

static int by_kind(const void *left, const void *right)
{
    const struct laco_noted *a = left, *b = right;
    return a->kind != b->kind ? (a->kind > b->kind) - (a->kind < b->kind) : (a->order > b->order) - (a->order < b->order);
}

/* Notes that say how a file is written. */
static bool of_form(const char *key)
{
    static const char *const keys[] = {"form", "header", "decimal", "index", "text", "label"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* The texts of some kinds, one behind the other; `whole` false: without those on the form. *out is the caller's. */
static laco_status join(const laco_summary *summary, const char *front, unsigned kinds, bool whole, char **out)
{
    size_t size = strlen(front) + 3;
    for (size_t i = 0; i < summary->notes.count; i++)
        size += strlen(summary->notes.items[i].text) + 3;
    char *text = laco_alloc(summary->ctx, size, 1), *at = text;
    if (!text)
        return LACO_NO_MEMORY;
    const char *between = *front ? ": " : "";
    at += snprintf(at, size, "%s", front);
    for (size_t i = 0; i < summary->notes.count; i++) {
        const struct laco_noted *note = &summary->notes.items[i];
        if (!(kinds >> note->kind & 1) || (!whole && of_form(note->key)))
            continue;
        at += snprintf(at, size - (size_t)(at - text), "%s%s", between, note->text);
        between = "; ";
    }
    *out = text;
    return LACO_OK;
}

static laco_status complete(laco_summary *summary)
{
    if (summary->notes.count > 0)
        qsort(summary->notes.items, summary->notes.count, sizeof *summary->notes.items, by_kind);
    LACO_TRY(join(summary, summary->name, 1u << LACO_NOTE_TAKEN | 1u << LACO_NOTE_DOUBT, true, &summary->line));
    return join(summary, "", 1u << LACO_NOTE_DOUBT, true, &summary->doubts);
}

laco_status laco_summary_end(laco_summary *summary, laco_status status, laco_summary **out)
{
    if (status == LACO_OK)
        status = complete(summary);
    if (status < 0)
        laco_summary_free(summary);
    else
        *out = summary;
    return status;
}

laco_status laco_summary_content(const laco_summary *summary, char **out)
{
    return join(summary, "", 1u << LACO_NOTE_TAKEN, false, out);
}

size_t laco_summary_count(const laco_summary *summary) { return summary->notes.count; }

laco_note_kind laco_summary_note(const laco_summary *summary, size_t index, const char **key, const char **text)
{
    const struct laco_noted *note = &summary->notes.items[index];
    *key = note->key;
    *text = note->text;
    return note->kind;
}

const char *laco_summary_line(const laco_summary *summary) { return summary->line; }
const char *laco_summary_doubts(const laco_summary *summary) { return summary->doubts; }
