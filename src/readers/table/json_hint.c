#include "table/json_hint.h"

#include "base/content.h"
#include "text/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOOKED_AT ((size_t)4096)

/* A place in a text; past white space. */
typedef struct place {
    const char *at, *end;
} place;

static char next(place *p)
{
    while (p->at < p->end && strchr(" \t\r\n", *p->at) && *p->at)
        p->at++;
    return p->at < p->end ? *p->at : 0;
}

/* Past a byte that is expected. */
static bool pass(place *p, char wanted)
{
    bool found = next(p) == wanted;
    p->at += found;
    return found;
}

/* A string, without what stands within it; false: there is none. */
static bool take_string(place *p, const char **text, size_t *length)
{
    if (!pass(p, '"'))
        return false;
    *text = p->at;
    while (p->at < p->end && *p->at != '"')
        p->at += *p->at == '\\' && p->end - p->at > 1 ? 2 : 1;
    *length = (size_t)(p->at - *text);
    return pass(p, '"');
}

/* "key": at the front of an object. */
static bool take_key(place *p, const char **key, size_t *length) { return take_string(p, key, length) && pass(p, ':'); }

static bool is_plain(const char *key, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalpha((unsigned char)key[i]) && key[i] != '_' && (i == 0 || !isdigit((unsigned char)key[i])))
            return false;
    return length > 0 && length < 40;
}

typedef struct keys {
    char name[2][40];
    bool found[2];
} keys;

/* The first two keys of an object that have the roles by their names; whatever stands deeper is looked at too. */
static void find_keys(place p, const laco_json_wanted *wanted, keys *out)
{
    const laco_column_role roles[2] = {wanted->first, wanted->second};
    for (int i = 0; i < 2; i++)
        snprintf(out->name[i], sizeof out->name[i], "%s", wanted->names[i]);
    while (p.at < p.end) {
        const char *key;
        size_t length;
        if (*p.at != '"') {
            p.at++;
            continue;
        }
        if (!take_key(&p, &key, &length) || !is_plain(key, length))
            continue;
        for (int i = 0; i < 2; i++)
            if (!out->found[i] && laco_role_named(roles[i], key, length)) {
                snprintf(out->name[i], sizeof out->name[i], "%.*s", (int)length, key);
                out->found[i] = true;
                break;
            }
    }
}

/* What stands before the filter where the objects are parts of something; NULL: this is no JSON. */
static const char *find_front(place *p, char room[64])
{
    const char *key;
    size_t length;
    if (pass(p, '['))
        return next(p) == '{' ? ".[] | " : NULL;
    if (!pass(p, '{') || !take_key(p, &key, &length))
        return NULL;
    place within = *p;
    if (!pass(&within, '[') || next(&within) != '{' || !is_plain(key, length))
        return "";
    snprintf(room, 64, ".%.*s[] | ", (int)length, key);
    return room;
}

static void write_filter(const laco_json_wanted *wanted, const keys *found, char out[256])
{
    size_t used = 0;
    int key = 0;
    out[0] = 0;
    for (const char *at = wanted->filter; *at && used + 48 < 256; at++)
        if (*at == '%' && key < 2)
            used += (size_t)snprintf(out + used, 256 - used, "%s", found->name[key++]);
        else
            out[used++] = *at;
    out[used] = 0;
}

/* Pages and XML, as a download that failed leaves them under the name of the data. */
static laco_status refuse_markup(laco_context *ctx, const char *name, place p, const char *form)
{
    static const char *const fronts[][2] = {
        {"<!doctype html", "a page of HTML"}, {"<html", "a page of HTML"}, {"<?xml", "XML"}, {"<!doctype", "XML"}};
    next(&p);
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        size_t length = strlen(fronts[i][0]);
        if ((size_t)(p.end - p.at) >= length && strncasecmp(p.at, fronts[i][0], length) == 0)
            return laco_fail(ctx, LACO_FORMAT, "%s:1: this is %s; %s is right (did a download bring another file?)", name,
                             fronts[i][1], form);
    }
    return LACO_OK;
}

laco_status laco_json_refuse(laco_context *ctx, const char *name, const char *bytes, size_t size, const laco_json_wanted *wanted)
{
    place p = {bytes, bytes + LACO_MIN(size, LOOKED_AT)};
    char room[64], filter[256];
    LACO_TRY(refuse_markup(ctx, name, p, wanted->form));
    const char *front = find_front(&p, room);
    if (!front)
        return LACO_OK;
    keys found = {0};
    find_keys((place){bytes, p.end}, wanted, &found);
    write_filter(wanted, &found, filter);
    return laco_fail(ctx, LACO_FORMAT, "%s:1: this is JSON%s; %s is right: make such with jq -r '%s%s' %s", name,
                     *front ? ", one array of objects" : ", an object", wanted->form, front, filter, laco_name_in_command(name));
}
