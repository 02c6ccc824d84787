#include "page/page.h"

#include "report/picture_file.h"

#include <errno.h>
#include <string.h>

static void put_fragment(FILE *file, const char *name)
{
    for (const page_fragment *f = page_fragments; f->name; f++)
        if (strcmp(f->name, name) == 0)
            fwrite(f->bytes, 1, f->size, file);
}

static void put_html(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (strchr("<>&\"'", *text))
            fprintf(file, "&#%d;", *text);
        else
            fputc(*text, file);
    }
}

/* JSON within a script: no "<" that could end it, or begin a comment. */
static int put_script(const char *bytes, size_t size, void *user)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == '<')
            fputs("\\u003c", user);
        else
            fputc(bytes[i], user);
    return 0;
}

static laco_status put_marker(FILE *file, const char *name, size_t length, const char *script, const json_t *data)
{
    const char *title = json_string_value(json_object_get(data, "title"));
    if (strncmp(name, "TITLE", length) == 0)
        put_html(file, title ? title : "laço");
    else if (strncmp(name, "VERSION", length) == 0)
        put_html(file, laco_version());
    else if (strncmp(name, "STYLE", length) == 0) {
        put_fragment(file, "uPlot.css");
        put_fragment(file, "page.css");
    } else if (strncmp(name, "SCRIPT", length) == 0) {
        put_fragment(file, "uPlot.js");
        fputc('\n', file);
        put_fragment(file, script);
    } else if (json_dump_callback(data, put_script, file, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0)
        return failed(LACO_NO_MEMORY, "out of memory for a page");
    return LACO_OK;
}

/* The page's text, with each @MARKER@ replaced. */
static laco_status put_page(FILE *file, const page_fragment *text, const char *script, const json_t *data)
{
    const char *at = (const char *)text->bytes, *end = at + text->size;
    while (at < end) {
        const char *mark = memchr(at, '@', (size_t)(end - at));
        const char *close = mark ? memchr(mark + 1, '@', (size_t)(end - mark - 1)) : NULL;
        if (!close) {
            fwrite(at, 1, (size_t)(end - at), file);
            break;
        }
        fwrite(at, 1, (size_t)(mark - at), file);
        TRY(put_marker(file, mark + 1, (size_t)(close - mark - 1), script, data));
        at = close + 1;
    }
    return LACO_OK;
}

laco_status page_write(const char *path, const char *script, const json_t *data)
{
    const page_fragment *text = page_fragments;
    if (!data || json_memory_failed())
        return failed(LACO_NO_MEMORY, "%s: out of memory for a page", path);
    while (strcmp(text->name, "page.html") != 0)
        text++;
    FILE *file = tmpfile();
    if (!file)
        return failed(LACO_IO, "%s: no temporary file for the page: %s", path, strerror(errno));
    laco_status status = put_page(file, text, script, data);
    if (status == LACO_OK && (fflush(file) != 0 || ferror(file)))
        status = failed(LACO_IO, "%s: no temporary file for the page: %s", path, strerror(errno));
    if (status == LACO_OK)
        status = picture_file_put(file, path);
    fclose(file);
    return status;
}
