#include "base/locale.h"

laco_status laco_locale_begin(laco_context *ctx, laco_locale *locale)
{
    locale->plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!locale->plain)
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for the C locale");
    locale->before = uselocale(locale->plain);
    return LACO_OK;
}

void laco_locale_end(laco_locale *locale)
{
    uselocale(locale->before);
    freelocale(locale->plain);
}
