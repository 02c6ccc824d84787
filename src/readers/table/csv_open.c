/* How is a table written? */
#include "table/csv.h"

#include "text/text.h"

#include <string.h>

static const char delimiters[] = {',', ';', '\t'};

/* How many of each delimiter stand outside quotes in the first line of a text, in counts[3]; returns the length of the line. */
static size_t count_delimiters(const char *bytes, size_t size, size_t counts[3])
{
    size_t i = 0;
    bool quoted = false, begun = false;
    memset(counts, 0, 3 * sizeof *counts);
    for (; i < size && (quoted || !begun || bytes[i] != '\n'); i++) {
        begun = begun || (unsigned char)bytes[i] > ' ' || bytes[i] == '\t';
        quoted ^= bytes[i] == '"';
        for (size_t d = 0; d < 3; d++)
            counts[d] += !quoted && bytes[i] == delimiters[d];
    }
    return i;
}

static size_t most_of(const size_t counts[3])
{
    size_t best = 0;
    for (size_t d = 1; d < 3; d++)
        if (counts[d] > counts[best])
            best = d;
    return best;
}

static void pass_line(laco_csv *csv, size_t length)
{
    for (size_t i = 0; i < length; i++)
        csv->first_line += csv->bytes[i] == '\n';
    size_t whole = length < csv->size ? length + 1 : length;
    csv->first_line += length < csv->size;
    csv->bytes += whole;
    csv->size -= whole;
}

/* A first line `sep=;`, as spreadsheets write and read it. */
static bool take_separator(laco_csv *csv)
{
    laco_lines lines = {.at = csv->bytes, .end = csv->bytes + csv->size};
    const char *line;
    size_t length;
    if (!laco_lines_next(&lines, &line, &length) || length != 5 || memcmp(line, "sep=", 4) != 0 || !strchr(",;\t", line[4]))
        return false;
    csv->delimiter = line[4];
    csv->first_line++;
    csv->bytes = lines.at;
    csv->size = (size_t)(lines.end - lines.at);
    return true;
}

/* Lines of comments above a table. A header may begin with # too, but has as many fields as what follows it. */
static void pass_comments(laco_csv *csv)
{
    size_t counts[3], below[3];
    while (csv->size > 0 && csv->bytes[0] == '#') {
        size_t length = count_delimiters(csv->bytes, csv->size, counts), rest = csv->size - length;
        if (rest < 2)
            return;
        count_delimiters(csv->bytes + length + 1, rest - 1, below);
        bool comment = csv->bytes[length + 1] == '#' || below[most_of(below)] > counts[most_of(below)];
        if (!comment)
            return;
        pass_line(csv, length);
    }
}

/* Whether all quotes stand around fields: doubled within. */
static bool quotes_enclose(const laco_csv *csv)
{
    bool quoted = false;
    for (size_t i = 0; i < csv->size; i++) {
        if (csv->bytes[i] != '"')
            continue;
        char before = i > 0 ? csv->bytes[i - 1] : '\n', after = i + 1 < csv->size ? csv->bytes[i + 1] : '\n';
        bool opens = before == csv->delimiter || before == '\n',
             closes = after == csv->delimiter || after == '\n' || after == '\r';
        if (quoted && after == '"')
            i++;
        else if (quoted ? !closes : !opens)
            return false;
        else
            quoted = !quoted;
    }
    return !quoted;
}

/* A copy in which each run of spaces is a tab, and none stands at an end of a line. */
static laco_status copy_spaces(laco_context *ctx, laco_csv *csv)
{
    size_t used = 0;
    bool begun = false, pending = false;
    if (!(csv->own = laco_alloc(ctx, csv->size + 1, 1)))
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < csv->size; i++) {
        char c = csv->bytes[i];
        bool space = c == ' ' || c == '\t' || c == '\r', end = c == '\n';
        if (!space && !end && pending && begun)
            csv->own[used++] = '\t';
        pending = space || (pending && end);
        begun = !end && (begun || !space);
        if (end)
            pending = false;
        if (!space)
            csv->own[used++] = c;
    }
    csv->bytes = csv->own;
    csv->size = used;
    csv->delimiter = '\t';
    csv->plain = true;
    return LACO_OK;
}

laco_status laco_csv_open(laco_context *ctx, const char *name, const char *bytes, size_t size, bool spaces, laco_csv *out)
{
    size_t counts[3];
    *out = (laco_csv){.name = name, .bytes = bytes, .size = size, .first_line = 1};
    if (take_separator(out))
        return LACO_OK;
    pass_comments(out);
    count_delimiters(out->bytes, out->size, counts);
    out->delimiter = delimiters[most_of(counts)];
    if (spaces && counts[0] + counts[1] + counts[2] == 0)
        return copy_spaces(ctx, out);
    out->plain = out->delimiter == '\t' && !quotes_enclose(out);
    return LACO_OK;
}

void laco_csv_close(laco_context *ctx, laco_csv *csv)
{
    laco_release(ctx, csv->own);
    csv->own = NULL;
}

const char *laco_csv_between(const laco_csv *csv)
{
    return csv->own ? "spaces" : csv->delimiter == '\t' ? "tabs" : csv->delimiter == ';' ? "semicolons" : "commas";
}
