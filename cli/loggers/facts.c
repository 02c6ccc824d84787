/* Sections of names and values. */
#include "loggers/loggers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

json_t *section_new(const char *kind, const char *title, const char *note)
{
    json_t *section = json_pack("{s:s, s:s}", "kind", kind, "title", title);
    if (note)
        json_put(&section, "note", json_string(note));
    return section;
}

void facts_add(json_t **facts, const char *name, json_t *value)
{
    json_t *fact = json_array();
    json_add(&fact, json_string(name));
    json_add(&fact, value);
    json_add(facts, fact);
}

json_t *summary_facts(const laco_summary *summary)
{
    json_t *facts = json_array();
    for (size_t i = 0; i < laco_summary_count(summary); i++) {
        const char *key, *text;
        laco_note_kind kind = laco_summary_note(summary, i, &key, &text);
        char name[80];
        snprintf(name, sizeof name, "%s%s", key, kind == LACO_NOTE_DOUBT ? " (?)" : kind == LACO_NOTE_WARNING ? " (!)" : "");
        facts_add(&facts, name, json_string(text));
    }
    return facts;
}

/* The line of a file of the system that begins so, behind its colon; "": none. */
static void read_line_of(const char *path, const char *begin, char *out, size_t size)
{
    char line[256];
    FILE *file = fopen(path, "r");
    *out = '\0';
    while (file && !*out && fgets(line, sizeof line, file)) {
        const char *colon = strncmp(line, begin, strlen(begin)) == 0 ? strchr(line, ':') : NULL;
        if (colon)
            snprintf(out, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
    }
    out[strcspn(out, "\r\n")] = '\0';
    if (file)
        fclose(file);
}

json_t *machine_facts(const char *cpu, int threads)
{
    json_t *facts = json_array();
    char text[200];
    struct utsname name;
    read_line_of("/proc/cpuinfo", "model name", text, sizeof text);
    if (*text)
        facts_add(&facts, "processor", json_string(text));
    snprintf(text, sizeof text, "%s; %d of %ld processors", cpu, threads, sysconf(_SC_NPROCESSORS_ONLN));
    facts_add(&facts, "instructions and threads", json_string(text));
    read_line_of("/proc/meminfo", "MemTotal", text, sizeof text);
    if (*text)
        facts_add(&facts, "memory", json_string(text));
    if (uname(&name) == 0) {
        snprintf(text, sizeof text, "%s %s, %s", name.sysname, name.release, name.machine);
        facts_add(&facts, "system", json_string(text));
    }
    facts_add(&facts, "laço", json_string(laco_version()));
    return facts;
}

json_t *object_facts(const json_t *object)
{
    json_t *facts = json_array(), *value;
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        facts_add(&facts, key, text ? json_string(text) : json_incref(value));
        free(text);
    }
    return facts;
}
