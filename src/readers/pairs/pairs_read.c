/* Pairs from lines of source<TAB>target. */
#include "base/file.h"
#include "laco/read.h"
#include "table/json_hint.h"
#include "transduce/pairs.h"

#include <string.h>

/* What a line without a tab may be. */
static const char *hint_of(const char *line, size_t length)
{
    const char *space = memchr(line, ' ', length);
    if (space && space > line && space + 1 < line + length && space[1] == ' ')
        return "; of CMUdict make such with sed '/^;;;/d; s/  */\\t/'";
    return memchr(line, ',', length) || memchr(line, ';', length) ? "; put a tab between the two columns"
                                                                  : "; of two files side by side make such with paste";
}

static laco_status read_line(laco_pairs *pairs, const char *name, size_t number, const char *line, size_t length)
{
    const char *tab = memchr(line, '\t', length);
    if (!tab)
        return laco_fail(pairs->ctx, LACO_FORMAT, "%s:%zu: no tab in this line; it should be source<TAB>target%s", name, number,
                         hint_of(line, length));
    if (number == 1 && laco_role_header(LACO_ROLE_SOURCE, LACO_ROLE_TARGET, line, length))
        return laco_notes_add(&pairs->notes, LACO_NOTE_TAKEN, "header", "header in line 1");
    size_t source = (size_t)(tab - line), target = length - source - 1;
    if (memchr(tab + 1, '\t', target))
        return laco_fail(
            pairs->ctx, LACO_FORMAT,
            "%s:%zu: more than one tab in this line; it should be source<TAB>target (the first two columns: cut -f1,2)", name,
            number);
    if (laco_text_blank(line, source) || laco_text_blank(tab + 1, target))
        return laco_fail(pairs->ctx, LACO_FORMAT, "%s:%zu: the %s is empty; it should be source<TAB>target", name, number,
                         laco_text_blank(line, source) ? "source" : "target");
    return laco_pairs_add(pairs, line, source, tab + 1, target);
}

static laco_status read_bytes(laco_pairs *pairs, const char *name, const char *bytes, size_t size)
{
    size_t before = pairs->lines, length;
    const char *line;
    LACO_TRY(laco_text_check(pairs->ctx, name, &bytes, &size));
    static const laco_json_wanted wanted = {
        "source<TAB>target", "[.%, .%] | @tsv", LACO_ROLE_SOURCE, LACO_ROLE_TARGET, {"source", "target"}};
    LACO_TRY(laco_json_refuse(pairs->ctx, name, bytes, size, &wanted));
    LACO_TRY(laco_notes_file(&pairs->notes, name));
    LACO_TRY(laco_notes_add(&pairs->notes, LACO_NOTE_TAKEN, "form", "lines of source<TAB>target"));
    laco_lines lines = {.at = bytes, .end = bytes + size};
    laco_header header = {0};
    while (laco_lines_next(&lines, &line, &length)) {
        if (lines.number == 1 && laco_role_header(LACO_ROLE_SOURCE, LACO_ROLE_TARGET, line, length))
            header = (laco_header){line, length};
        else if (laco_is_header(&header, line, length))
            return laco_header_again(pairs->ctx, name, lines.number);
        if (!laco_text_blank(line, length))
            LACO_TRY(read_line(pairs, name, lines.number, line, length));
    }
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
