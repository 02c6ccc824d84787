#include "export/page_text.h"

#include "export/c_file.h"

#include <string.h>

laco_status laco_page_fragment(laco_emit *page, const char *name)
{
    const laco_fragment *fragment = laco_fragment_find(name);
    laco_emit_bytes(page, fragment->bytes, fragment->size);
    return page->status;
}

laco_status laco_page_put(laco_emit *page, const char *fragment, laco_page_marker put, const void *user)
{
    const laco_fragment *text = laco_fragment_find(fragment);
    const char *at = (const char *)text->bytes, *end = at + text->size;
    while (at < end) {
        const char *mark = memchr(at, '@', (size_t)(end - at)),
                   *close = mark ? memchr(mark + 1, '@', (size_t)(end - mark - 1)) : NULL;
        size_t length = 0;
        while (close && mark[1 + length] >= 'A' && mark[1 + length] <= 'Z')
            length++;
        if (close && length > 0 && mark + 1 + length == close) {
            laco_emit_bytes(page, at, (size_t)(mark - at));
            bool style = strncmp(mark + 1, "STYLE", length) == 0;
            LACO_TRY(style ? laco_page_fragment(page, "style.css") : put(page, user, mark + 1, length));
            at = close + 1;
        } else {
            const char *stop = mark ? mark + 1 : end;
            laco_emit_bytes(page, at, (size_t)(stop - at));
            at = stop;
        }
    }
    return page->status;
}

/* Text with some of its bytes replaced. */
static laco_status put_replaced(laco_emit *page, const char *text, const char *bytes, const char *const *others)
{
    while (*text) {
        size_t plain = strcspn(text, bytes);
        laco_emit_bytes(page, text, plain);
        text += plain;
        if (*text)
            laco_emit_text(page, "%s", others[strchr(bytes, *text++) - bytes]);
    }
    return page->status;
}

laco_status laco_page_json(laco_emit *page, const char *text)
{
    return put_replaced(page, text, "<", (const char *const[]){"\\u003c"});
}

laco_status laco_page_html(laco_emit *page, const char *text)
{
    return put_replaced(page, text, "<&\"", (const char *const[]){"&lt;", "&amp;", "&quot;"});
}
