/* What laco eval writes beside its answer: a page, a picture. */
#include "eval_page.h"

#include "page/page.h"

#include <stdlib.h>
#include <string.h>

/* Numbers and words of a score, those of objects in it under both names. */
static void add_facts(json_t **facts, const char *before, const json_t *object)
{
    const char *key;
    json_t *value;
    char name[120];
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        snprintf(name, sizeof name, "%s%s%s", before, *before ? ": " : "", key);
        if (json_is_object(value))
            add_facts(facts, name, value);
        else if (!json_is_array(value))
            facts_add(facts, name, json_is_boolean(value) ? json_string(json_is_true(value) ? "yes" : "no") : json_incref(value));
    }
}

static void add_classes(json_t **sections, const json_t *classes)
{
    const json_t *first = json_array_get(classes, 0);
    const char *key;
    char columns[200] = "";
    json_t *value;
    if (!json_is_object(first))
        return;
    json_object_foreach((json_t *)(uintptr_t)first, key, value)
        snprintf(columns + strlen(columns), sizeof columns - strlen(columns), "%s%s", *columns ? "|" : "", key);
    json_t *table = table_new("Each of them", NULL, columns);
    for (size_t i = 0; i < json_array_size(classes); i++) {
        json_t *row = json_array();
        json_object_foreach(json_array_get(classes, i), key, value) json_add(&row, json_incref(value));
        table_add(table, row);
    }
    json_add(sections, table);
}

static json_t *facts_section(const char *title, json_t *facts)
{
    json_t *section = section_new("facts", title, NULL);
    json_put(&section, "facts", facts);
    return section;
}

static json_t *page_of(laco_context *ctx, const ask_arguments *arguments, const json_t *score, const json_t *looked,
                       const report_part *part)
{
    json_t *sections = json_array(), *facts = json_array(), *data = part->describe ? part->describe(part->data) : NULL;
    facts_add(&facts, "command", json_string(arguments->command ? arguments->command : "laco eval"));
    add_facts(&facts, "", score);
    json_add(&sections, facts_section("The score", facts));
    for (size_t i = 0; i < json_array_size(looked); i++) {
        const json_t *section = json_array_get(looked, i);
        const char *title = json_string_value(json_object_get(section, "title"));
        if (!title || strcmp(title, "Answers") != 0) /* the score says so much itself */
            json_add(&sections, json_incref((json_t *)(uintptr_t)section));
    }
    add_classes(&sections, json_object_get(score, "classes"));
    for (size_t i = 0; i < json_array_size(data); i++)
        json_add(&sections, json_incref(json_array_get(data, i)));
    json_add(&sections, facts_section("The machine", machine_facts(laco_cpu_name(ctx), laco_threads(ctx))));
    json_decref(data);
    json_t *page = json_pack("{s:s}", "title", "Evaluation of a model");
    json_put(&page, "sections", sections);
    return page;
}

int eval_page(laco_context *ctx, laco_model *model, const ask_arguments *arguments, json_t *score, const report_part *part)
{
    laco_status status = LACO_OK;
    if (arguments->report || arguments->plot) {
        json_t *looked = part->look ? part->look(model, part->data, NULL, 0) : NULL;
        if (arguments->report) {
            json_t *page = page_of(ctx, arguments, score, looked, part);
            status = page_write(arguments->report, "page.js", page);
            json_decref(page);
        }
        if (status == LACO_OK && arguments->plot)
            status = plot_section(looked, arguments->plot);
        json_decref(looked);
    }
    json_decref(score);
    return status < 0 ? report_trouble() : EXIT_DONE;
}
