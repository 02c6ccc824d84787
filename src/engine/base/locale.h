/* Numbers in files have a decimal point, whatever the locale of the program. */
#ifndef LACO_BASE_LOCALE_H
#define LACO_BASE_LOCALE_H

#include "base/base.h"

#include <locale.h>

typedef struct laco_locale {
#ifdef _WIN32
    int mode;
    char before[128];
#else
    locale_t plain, before;
#endif
} laco_locale;

/* Between the two, this thread reads and writes numbers as C does. LACO_NO_MEMORY: there is nothing to end. */
LACO_SHARED laco_status laco_locale_begin(laco_context *ctx, laco_locale *locale);
LACO_SHARED void laco_locale_end(laco_locale *locale);

#endif
