/* Pages that laço writes for people: one HTML file with all that it needs, which asks nothing of the network.
 *
 * A page is a title, a state and sections, as JSON; page.js shows them. A section is {"kind": …, "title": …, "note": …} and, by its
 * kind:
 *     facts      "facts": [[name, value], …]
 *     chart      "x": name of the axis, "y", "time": x is seconds since 1970; "log": y is logarithmic; "series": [{"name", "x": [],
 *                "y": [], "low": [], "high": []}, …]; null is a gap
 *     bars       "bars": [[name, number], …]
 *     table      "columns": [], "rows": [[…], …]
 *     confusion  "labels": [], "counts": [[…], …], rows being what is right
 *     texts      "texts": [[heading, text], …]
 *     sentences  "sentences": [[[word, right, answer], …], …]
 *     alignment  "rows": [], "columns": [], "weights": [[0 … 1], …]
 * Sections that follow each other with "half" stand side by side where there is room. Texts may be anything: they are shown as
 * text, whatever stands in them. */
#ifndef LACO_CLI_PAGE_H
#define LACO_CLI_PAGE_H

#include "basics.h"

/* Writes the page whole or not at all: what is at `path` stands until then. `data`: {"title": …, "sections": [], …}; NULL: an
 * error of memory. `script`: the name of what shows it ("page.js"). LACO_IO, LACO_NO_MEMORY: failure() has the text. */
laco_status page_write(const char *path, const char *script, const json_t *data);

/* What pages are made of: files of this folder. */
typedef struct page_fragment {
    const char *name;
    const unsigned char *bytes;
    size_t size;
} page_fragment;
extern const page_fragment page_fragments[]; /* ends with a name of NULL */

#endif
