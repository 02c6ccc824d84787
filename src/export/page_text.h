/* Pages that are one file: a fragment of src/export/web with its @MARKERS@ replaced. All have one style sheet, web/style.css. */
#ifndef LACO_EXPORT_PAGE_TEXT_H
#define LACO_EXPORT_PAGE_TEXT_H

#include "export/emit.h"

/* Puts what stands in the place of @MARKER@; `length` letters of it. */
typedef laco_status (*laco_page_marker)(laco_emit *page, const void *user, const char *marker, size_t length);

/* The text of a fragment; @STYLE@ is the style sheet, all other markers are the caller's. */
laco_status laco_page_put(laco_emit *page, const char *fragment, laco_page_marker put, const void *user);

/* A fragment as it is. */
laco_status laco_page_fragment(laco_emit *page, const char *name);

/* Text of JSON within a page: no "<" in it begins a tag. Text of HTML: nothing in it is markup. */
laco_status laco_page_json(laco_emit *page, const char *text);
laco_status laco_page_html(laco_emit *page, const char *text);

#endif
