#include "basics.h"

#include <stdarg.h>
#include <stdio.h>

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
