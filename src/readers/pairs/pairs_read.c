/* Pairs from lines of source<TAB>target. */
#include "base/file.h"
#include "laco/read.h"
#include "table/head.h"
#include "table/json_hint.h"
#include "transduce/pairs.h"

#include <string.h>

#define MOSES "|||" /* between languages, as Moses and word aligners read them */

typedef struct reader {
    laco_pairs *pairs;
    const char *name, *mark; /* mark: between source and target */
    size_t line;
} reader;

static size_t count_of(const char *line, size_t length, char wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += line[i] == wanted;
    return count;
}

/* What a line without a tab may be. */
static const char *hint_of(const char *line, size_t length)
{
    const char *space = memchr(line, ' ', length);
    size_t commas = count_of(line, length, ','), semicolons = count_of(line, length, ';'), quotes = count_of(line, length, '"');
    if (*line == '#' || (length > 1 && memcmp(line, "//", 2) == 0))
        return "; take comments away";
    if (laco_find_mark(line, length, "\\t"))
        return "; a backslash and a letter stand for it here: sed 's/\\\\t/\\t/g'";
    if (laco_find_mark(line, length, MOSES))
        return "; where all lines have it, ||| stands for the tab";
    if (space && space > line && space + 1 < line + length && space[1] == ' ')
        return "; of CMUdict make such with sed '/^;;;/d; s/  */\\t/'";
    if (commas == 1 && quotes + semicolons == 0)
        return "; put a tab between the two columns: sed 's/,/\\t/'";
    if (semicolons == 1 && quotes + commas == 0)
        return "; put a tab between the two columns: sed 's/;/\\t/'";
    return commas ? "; put a tab between the two columns: " LACO_CSV_TO_TABS : "; of two files side by side make such with paste";
}

/* Without the spaces that stand around the mark of Moses. */
static void trim(const char **text, size_t *length)
{
    while (*length && **text == ' ')
        ++*text, --*length;
    while (*length && (*text)[*length - 1] == ' ')
        --*length;
}

static laco_status read_line(const reader *r, const char *line, size_t length)
{
    laco_context *ctx = r->pairs->ctx;
    const char *between = laco_find_mark(line, length, r->mark);
    bool tabs = *r->mark == '\t';
    if (!between)
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: no %s in this line; it should be source%starget%s", r->name, r->line,
                         tabs ? "tab" : MOSES, tabs ? "<TAB>" : " " MOSES " ", tabs ? hint_of(line, length) : "");
    size_t source = (size_t)(between - line), target = length - source - strlen(r->mark);
    const char *behind = between + strlen(r->mark);
    if (laco_find_mark(behind, target, r->mark))
        return tabs ? laco_fail(ctx, LACO_FORMAT,
                                "%s:%zu: more than one tab in this line; it should be source<TAB>target (the first two columns: "
                                "cut -f1,2)",
                                r->name, r->line)
                    : laco_fail(ctx, LACO_FORMAT,
                                "%s:%zu: more than one ||| in this line; it should be source ||| target (the first two columns: "
                                "awk -F' *[|][|][|] *' '{ print $1 \"\\t\" $2 }')",
                                r->name, r->line);
    if (!tabs) {
        trim(&line, &source);
        trim(&behind, &target);
    }
    if (laco_text_blank(line, source) || laco_text_blank(behind, target))
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: the %s is empty; it should be source%starget", r->name, r->line,
                         laco_text_blank(line, source) ? "source" : "target", tabs ? "<TAB>" : " " MOSES " ");
    return laco_pairs_add(r->pairs, line, source, behind, target);
}

/* Has every line the mark of Moses, and none a tab? */
static bool all_barred(const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t barred = 0;
    for (size_t length; laco_lines_next(&lines, &line, &length);) {
        bool bars = laco_find_mark(line, length, MOSES), tab = memchr(line, '\t', length);
        if (!laco_text_blank(line, length) && (tab || (!bars && *line != '#')))
            return false;
        barred += bars;
    }
    return barred > 0;
}

static laco_status read_lines(reader *r, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    laco_head head = {.ctx = r->pairs->ctx,
                      .name = r->name,
                      .notes = &r->pairs->notes,
                      .first = LACO_ROLE_SOURCE,
                      .second = LACO_ROLE_TARGET,
                      .mark = r->mark,
                      .lines = lines};
    const char *line;
    bool columns;
    for (size_t length; laco_lines_next(&lines, &line, &length);) {
        if (laco_text_blank(line, length))
            continue;
        r->line = lines.number;
        LACO_TRY(laco_head_look(&head, line, length, lines.number, &columns));
        if (columns)
            LACO_TRY(read_line(r, line, length));
    }
    return LACO_OK;
}

static laco_status read_bytes(laco_pairs *pairs, const char *name, const char *bytes, size_t size)
{
    size_t before = pairs->lines;
    reader r = {.pairs = pairs, .name = name};
    LACO_TRY(laco_text_check(pairs->ctx, name, &bytes, &size));
    static const laco_json_wanted wanted = {
        "source<TAB>target", "[.%, .%] | @tsv", LACO_ROLE_SOURCE, LACO_ROLE_TARGET, {"source", "target"}};
    LACO_TRY(laco_json_refuse(pairs->ctx, name, bytes, size, &wanted));
    LACO_TRY(laco_notes_file(&pairs->notes, name));
    LACO_TRY(laco_quotes_refuse(pairs->ctx, name, bytes, size));
    r.mark = all_barred(bytes, size) ? MOSES : "\t";
    LACO_TRY(laco_notes_add(&pairs->notes, LACO_NOTE_TAKEN, "form",
                            *r.mark == '\t' ? "lines of source<TAB>target" : "lines of source " MOSES " target"));
    LACO_TRY(read_lines(&r, bytes, size));
    if (pairs->lines == before)
        return laco_fail(pairs->ctx, LACO_FORMAT, "%s: no pair in it; it should hold lines of source<TAB>target", name);
    return LACO_OK;
}

static laco_status read_file(laco_pairs *pairs, const char *path)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(pairs->ctx, path, &bytes, &size));
    laco_status status = read_bytes(pairs, laco_file_shown_name(path), bytes, size);
    laco_release(pairs->ctx, bytes);
    return status;
}

laco_status laco_pairs_load(laco_context *ctx, const char *const *paths, int path_count, laco_pairs **out)
{
    laco_pairs *pairs;
    laco_status status = LACO_OK;
    if (path_count < 1)
        return laco_fail(ctx, LACO_INVALID, "no data was given; give a file, or - for standard input");
    LACO_TRY(laco_pairs_begin(ctx, &pairs));
    for (int i = 0; i < path_count && status == LACO_OK; i++)
        status = read_file(pairs, paths[i]);
    return laco_pairs_end(pairs, status, out);
}

laco_status laco_pairs_parse(laco_context *ctx, const char *name, const char *bytes, size_t size, laco_pairs **out)
{
    laco_pairs *pairs;
    LACO_TRY(laco_pairs_begin(ctx, &pairs));
    return laco_pairs_end(pairs, read_bytes(pairs, name, bytes, size), out);
}
