#include "base/locale.h"

#include <stdio.h>

laco_status laco_locale_begin(laco_context *ctx, laco_locale *locale)
{
    (void)ctx;
    locale->mode = _configthreadlocale(_ENABLE_PER_THREAD_LOCALE);
    snprintf(locale->before, sizeof locale->before, "%s", setlocale(LC_NUMERIC, NULL));
    setlocale(LC_NUMERIC, "C");
    return LACO_OK;
}

void laco_locale_end(laco_locale *locale)
{
    setlocale(LC_NUMERIC, locale->before);
    _configthreadlocale(locale->mode);
}
