#include "basics.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char text[512];

laco_status failed(laco_status status, const char *format, ...)
{
    char line[sizeof text]; /* an earlier text may be one of the arguments */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    snprintf(text, sizeof text, "%s", line);
    return status;
}

const char *failure(void) { return text; }

laco_status of_library(const laco_context *ctx, laco_status status)
{
    return status < 0 ? failed(status, "%s", laco_error(ctx)) : status;
}

static bool json_failed, json_needed;

static void *json_allocate(size_t size)
{
    void *block = malloc(size);
    if (!block && size > 0 && json_needed) {
        fputs("laco: out of memory\n", stderr);
        fflush(stderr);
        _exit(EXIT_FAILURE);
    }
    json_failed = json_failed || (!block && size > 0);
    return block;
}

void watch_json_memory(void) { json_set_alloc_funcs(json_allocate, free); }

bool json_memory_failed(void) { return json_failed; }

void json_memory_must(bool be_there) { json_needed = be_there; }
/* `kept`: the value is in *whole. */
static void keep_whole(json_t **whole, bool kept)
{
    if (!kept)
        json_decref(*whole);
    *whole = kept ? *whole : NULL;
}

void json_put(json_t **object, const char *key, json_t *value)
{
    keep_whole(object, json_object_set_new(*object, key, value) == 0); /* which lets go of the value, too */
}

void json_add(json_t **array, json_t *value) { keep_whole(array, json_array_append_new(*array, value) == 0); }
