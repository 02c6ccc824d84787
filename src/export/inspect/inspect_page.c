/* What laco_inspect says as a page: a text of JSON, and a script that draws it. */
#include "export/export.h"
#include "export/page_text.h"
#include "laco/inspect.h"

#include "base/json_text.h"

#include <string.h>

typedef struct parts {
    const char *title;
    const char *const *json;
    size_t count;
} parts;

static laco_status put_marker(laco_emit *page, const void *user, const char *marker, size_t length)
{
    const parts *p = user;
    if (strncmp(marker, "TITLE", length) == 0)
        return laco_page_html(page, p->title);
    if (strncmp(marker, "SHEET", length) == 0)
        return laco_page_fragment(page, "inspect.css");
    if (strncmp(marker, "SCRIPT", length) == 0)
        return laco_page_fragment(page, "inspect.js");
    laco_emit_bytes(page, "[", 1);
    for (size_t i = 0; i < p->count; i++) {
        laco_emit_bytes(page, ",", i > 0);
        LACO_TRY(laco_page_json(page, p->json[i]));
    }
    laco_emit_bytes(page, "]", 1);
    return page->status;
}

static laco_status check(laco_context *ctx, const char *json)
{
    json_t *object;
    LACO_TRY(laco_json_parse(ctx, "what is to be a page", json, strlen(json), &object));
    const char *kind = json_string_value(json_object_get(object, "laco"));
    bool good = kind && strcmp(kind, "inspection") == 0;
    json_decref(object);
    return good ? LACO_OK : laco_fail(ctx, LACO_FORMAT, "what is to be a page does not come from laco_inspect");
}

laco_status laco_inspect_page(laco_context *ctx, const char *title, const char *const *json, size_t count, const char *path)
{
    parts p = {title, json, count};
    laco_emit page;
    for (size_t i = 0; i < count; i++)
        LACO_TRY(check(ctx, json[i]));
    laco_emit_init(&page, ctx, "page", false);
    laco_status status = laco_page_put(&page, "inspect.html", put_marker, &p);
    if (status == LACO_OK)
        status = laco_export_file(ctx, path, page.bytes, page.length);
    laco_emit_free(&page);
    return status;
}
