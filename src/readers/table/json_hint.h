/* Files of JSON where lines or tables are read: what makes such of them. */
#ifndef LACO_TABLE_JSON_HINT_H
#define LACO_TABLE_JSON_HINT_H

#include "table/columns.h"

/* What a file should be, and how a program makes it of objects. */
typedef struct laco_json_wanted {
    const char *form;               /* "label<TAB>text" */
    const char *filter;             /* of jq, for an object: % stands for a key's name, "[.%, .%] | @tsv" */
    laco_column_role first, second; /* of the two keys */
    const char *names[2];           /* of keys, where the file has none that are called so */
} laco_json_wanted;

/* LACO_FORMAT where a text is JSON: an object in each line, one array of them, or an object that holds one. The error says which
 * command makes lines of it. LACO_OK: it is none. */
laco_status laco_json_refuse(laco_context *ctx, const char *name, const char *bytes, size_t size, const laco_json_wanted *wanted);

#endif
