/* Tagged data from a string. */
#ifndef TAGGED_FIXTURE_H
#define TAGGED_FIXTURE_H

#include "context_fixture.h"
#include "laco/read.h"
#include "laco/tagged.h"

#include <string.h>

static inline laco_tagged *parse(const char *name, const char *text, const laco_tagged_config *config)
{
    laco_tagged *data = NULL;
    if (laco_tagged_parse(ctx, name, text, strlen(text), config, &data) < 0)
        fail_msg("%s", laco_error(ctx));
    return data;
}

#endif
