#include "tag/bio.h"

#include <string.h>

/* The letter of a tag as B, I, E, S or O, and the type behind its hyphen: L (last) is E, U (unit) is S, M (middle) is I. */
static char kind_of(const char *tag)
{
    static const char letters[] = "LUM", meant[] = "ESI";
    const char *found = *tag ? strchr(letters, *tag) : NULL;
    return found ? meant[found - letters] : *tag;
}
static const char *type_of(const char *tag) { return *tag && tag[1] == '-' ? tag + 2 : ""; }
static bool same_type(const char *a, const char *b) { return strcmp(type_of(a), type_of(b)) == 0; }

bool laco_bio_detect(const char *const *names, int count)
{
    int typed = 0, bare = 0, outside = 0, begun = 0;
    for (int i = 0; i < count; i++) {
        const char *name = names[i];
        if (strcmp(name, "O") == 0)
            outside++;
        else if (*name && strchr("BIESLUM", *name) && name[1] == '-' && name[2])
            typed++;
        else if (*name && strchr("BIESLU", *name) && !name[1])
            bare++;
        else
            return false;
        begun += strcmp(name, "B") == 0 || strcmp(name, "I") == 0;
    }
    return bare > 0 ? typed == 0 && outside > 0 && begun > 0 : typed > 0;
}

bool laco_bio_may_follow(const char *previous, const char *next)
{
    if (kind_of(next) != 'I')
        return true;
    return previous && (kind_of(previous) == 'B' || kind_of(previous) == 'I') && same_type(previous, next);
}

/* The rules of conlleval: does an entity end before `tag`, does one begin with it? */
static bool ends(const char *previous, const char *tag)
{
    char before = kind_of(previous), now = kind_of(tag);
    if (before == 'O')
        return false;
    return before == 'E' || before == 'S' || now == 'B' || now == 'S' || now == 'O' || !same_type(previous, tag);
}

static bool begins(const char *previous, const char *tag)
{
    char before = kind_of(previous), now = kind_of(tag);
    if (now == 'O')
        return false;
    return now == 'B' || now == 'S' || before == 'O' || before == 'E' || before == 'S' || !same_type(previous, tag);
}

typedef struct counter {
    const char *const *names;
    const int *type; /* of each tag, -1 for O */
    laco_bio_type *types;
    bool matching; /* an entity that began in both at once with one type is open in both */
} counter;

/* One word, or the end of a sentence (O after the last). */
static void step(counter *c, const char *gold_before, const char *gold, const char *found_before, const char *found,
                 int gold_type, int found_type, int type_before)
{
    bool gold_ends = ends(gold_before, gold), found_ends = ends(found_before, found);
    if (c->matching && gold_ends && found_ends)
        c->types[type_before].right++;
    if (gold_ends || found_ends)
        c->matching = false;
    bool gold_begins = begins(gold_before, gold), found_begins = begins(found_before, found);
    if (gold_begins)
        c->types[gold_type].gold++;
    if (found_begins)
        c->types[found_type].found++;
    if (gold_begins && found_begins && gold_type == found_type)
        c->matching = true;
}

static void count_sentence(counter *c, size_t length, const int32_t *gold, const int32_t *found)
{
    const char *gold_before = "O", *found_before = "O";
    int type_before = -1;
    c->matching = false;
    for (size_t i = 0; i <= length; i++) {
        const char *g = i < length ? c->names[gold[i]] : "O", *f = i < length ? c->names[found[i]] : "O";
        int gold_type = i < length ? c->type[gold[i]] : -1, found_type = i < length ? c->type[found[i]] : -1;
        step(c, gold_before, g, found_before, f, gold_type, found_type, type_before);
        gold_before = g;
        found_before = f;
        type_before = gold_type;
    }
}

/* The types of tags in order, each once; type[k] is that of tag k. Returns their number. */
static int find_types(const char *const *names, int count, laco_bio_type *types, int *type)
{
    int found = 0;
    for (int k = 0; k < count; k++) {
        type[k] = -1;
        if (strcmp(names[k], "O") == 0)
            continue;
        for (int t = 0; t < found && type[k] < 0; t++)
            type[k] = strcmp(types[t].name, type_of(names[k])) == 0 ? t : -1;
        if (type[k] < 0) {
            types[found] = (laco_bio_type){.name = type_of(names[k])};
            type[k] = found++;
        }
    }
    return found;
}

laco_status laco_bio_count(laco_context *ctx, const char *const *names, int count, const size_t *starts, size_t sentences,
                           const int32_t *gold, const int32_t *found, laco_bio_type **types, int *type_count)
{
    laco_bio_type *list = laco_alloc(ctx, (size_t)count, sizeof *list);
    int *type = list ? laco_alloc(ctx, (size_t)count, sizeof *type) : NULL;
    if (!type) {
        laco_release(ctx, list);
        return LACO_NO_MEMORY;
    }
    *type_count = find_types(names, count, list, type);
    counter c = {names, type, list, false};
    for (size_t i = 0; i < sentences; i++)
        count_sentence(&c, starts[i + 1] - starts[i], gold + starts[i], found + starts[i]);
    laco_release(ctx, type);
    *types = list;
    return LACO_OK;
}
