/* What columns say of time by their names: years, months, days and hours may have columns of their own. */
#include "series/series_table.h"

#include "base/content.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NONE LACO_NO_FIELD

laco_time_part laco_series_part(const char *name)
{
    static const char *const names[LACO_PART_NONE][12] = {
        [LACO_PART_YEAR] = {"year", "ano", "año", "jahr", "année", "annee", "anno"},
        [LACO_PART_QUARTER] = {"quarter", "trimestre", "quartal"},
        [LACO_PART_MONTH] = {"month", "mes", "mês", "monat", "mois", "mese"},
        [LACO_PART_WEEK] = {"week", "semana", "woche", "semaine", "settimana"},
        [LACO_PART_DAY] = {"day", "dia", "día", "jour", "giorno", "day_of_month", "dayofmonth"},
        [LACO_PART_HOUR] = {"hour", "hora", "stunde", "heure"},
        [LACO_PART_MINUTE] = {"minute", "minuto"},
    };
    for (int part = 0; part < LACO_PART_NONE; part++)
        for (const char *const *known = names[part]; *known; known++)
            if (strcasecmp(name, *known) == 0)
                return (laco_time_part)part;
    return LACO_PART_NONE;
}

static bool one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

bool laco_series_names_time(const char *name)
{
    static const char *const names[] = {"date", "time",     "timestamp", "index",  "step",  "ds",
                                        "t",    "datetime", "date_time", "period", "fecha", "datum"};
    return laco_series_part(name) != LACO_PART_NONE || one_of(name, names, sizeof names / sizeof *names);
}

bool laco_series_names_no_target(const char *name)
{
    static const char *const names[] = {"weekday",  "day_of_week", "dayofweek", "dow",       "id",      "store",
                                        "store_id", "shop",        "item",      "item_id",   "holiday", "is_holiday",
                                        "index",    "isholiday",   "weekend",   "is_weekend"};
    return laco_series_part(name) != LACO_PART_NONE || one_of(name, names, sizeof names / sizeof *names);
}

/* A pattern of printf for such parts in this order, what it makes of them, and how the column is then called. */
typedef struct pattern {
    const char *format, *example, *name;
    laco_time_part parts[5];
    int count;
} pattern;

static const pattern patterns[] = {
    {"%04d-%02d-%02d %02d:%02d",
     "2016-01-31 12:00",
     "datetime",
     {LACO_PART_YEAR, LACO_PART_MONTH, LACO_PART_DAY, LACO_PART_HOUR, LACO_PART_MINUTE},
     5},
    {"%04d-%02d-%02d %02d:00",
     "2016-01-31 12:00",
     "datetime",
     {LACO_PART_YEAR, LACO_PART_MONTH, LACO_PART_DAY, LACO_PART_HOUR},
     4},
    {"%04d-%02d-%02d", "2016-01-31", "date", {LACO_PART_YEAR, LACO_PART_MONTH, LACO_PART_DAY}, 3},
    {"%04d-%02d", "2016-01", "date", {LACO_PART_YEAR, LACO_PART_MONTH}, 2},
    {"%04d-Q%d", "2016-Q1", "date", {LACO_PART_YEAR, LACO_PART_QUARTER}, 2},
    {"%04d-W%02d", "2016-W05", "date", {LACO_PART_YEAR, LACO_PART_WEEK}, 2},
    {"%s %02d:%02d", "2016-01-31 12:00", "datetime", {LACO_PART_NONE, LACO_PART_HOUR, LACO_PART_MINUTE}, 3},
    {"%s %02d:00", "2016-01-31 12:00", "datetime", {LACO_PART_NONE, LACO_PART_HOUR}, 2},
};

/* The columns of numbers for a pattern's parts, LACO_PART_NONE being a column of dates in text; false: one is not there. */
static bool find_parts(const laco_series_table *t, const pattern *p, size_t found[5])
{
    for (int i = 0; i < p->count; i++) {
        found[i] = NONE;
        if (p->parts[i] == LACO_PART_NONE && !t->fields[t->time].is_number)
            found[i] = t->time;
        for (size_t c = 0; c < t->field_count && p->parts[i] != LACO_PART_NONE && found[i] == NONE; c++)
            if (laco_series_part(t->fields[c].name) == p->parts[i] && t->fields[c].is_number)
                found[i] = c;
        if (found[i] == NONE)
            return false;
    }
    return true;
}

/* Columns by their names, as "year", "month" and "day". */
static void list_columns(const laco_series_table *t, const size_t *column, int count, char *out, size_t room)
{
    size_t used = 0;
    *out = 0;
    for (int i = 0; i < count && used < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s\"%.20s\"",
                                 i == 0          ? ""
                                 : i + 1 < count ? ", "
                                                 : " and ",
                                 t->fields[column[i]].name);
}

/* The time column and one that says more of it, whatever they hold. */
static pattern pair_of(const laco_series_table *t, size_t finer, size_t found[5])
{
    static const char *const examples[] = {[LACO_PART_QUARTER] = "2016-Q1",
                                           [LACO_PART_MONTH] = "2016-01",
                                           [LACO_PART_WEEK] = "2016-W05",
                                           [LACO_PART_DAY] = "2016-01-31"};
    laco_time_part part = laco_series_part(t->fields[finer].name);
    found[0] = t->time;
    found[1] = finer;
    const char *example = part <= LACO_PART_DAY && examples[part] ? examples[part] : "2016-01-31 12:00";
    return (pattern){"%s %s", example, "datetime", {LACO_PART_NONE}, 2};
}

void laco_series_parts_join(const laco_series_table *t, size_t finer, char *out, size_t room)
{
    size_t column[5], used = 0, i = 0;
    char names[160], fields[64] = "";
    while (i < sizeof patterns / sizeof *patterns && !find_parts(t, &patterns[i], column))
        i++;
    bool known = i < sizeof patterns / sizeof *patterns, quotes = memchr(t->csv.bytes, '"', t->csv.size);
    const pattern p = known ? patterns[i] : pair_of(t, finer, column);
    list_columns(t, column, p.count, names, sizeof names);
    for (int k = 0; k < p.count && used < sizeof fields; k++)
        used += (size_t)snprintf(fields + used, sizeof fields - used, "$%zu, ", column[k] + 1);
    char delimiter = t->csv.delimiter;
    const char *shown = delimiter == '\t' ? "\\t" : delimiter == ';' ? ";" : ",";
    used = (size_t)snprintf(out, room, "join %s into one column, as %s", names, p.example);
    if (used < room && !quotes && !t->csv.own && (known || (!t->fields[finer].is_number && !t->fields[t->time].is_number)))
        snprintf(out + used, room - used, ": awk -F'%s' 'NR == 1 { print \"%s%s\" $0; next } { printf \"%s%s%%s\\n\", %s$0 }' %s",
                 shown, p.name, shown, p.format, shown, fields, laco_name_in_command(t->name));
}
