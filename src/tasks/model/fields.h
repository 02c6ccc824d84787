/* The metadata of a model by tables: a row for each value, by which it is written, described, and read back with everything
 * checked.
 *
 * A table says how a struct is laid out as a JSON object. What is read may be hostile: a value of another type or out of range,
 * or one that is missing, is LACO_FORMAT with the file, the key and what would be right. */
#ifndef LACO_MODEL_FIELDS_H
#define LACO_MODEL_FIELDS_H

#include "base/base.h"

#include <jansson.h>

typedef struct laco_field laco_field;
typedef struct laco_fields laco_fields;

/* What is being read or written. */
typedef struct laco_meta {
    laco_context *ctx;
    const char *name; /* of the file, for errors */
    bool describing;  /* for people rather than for the file */
} laco_meta;

/* A type of values. `put` makes the JSON of a field (*out: a new reference); `get` is its way back, and takes NULL for a value
 * that is missing. What `get` allocates belongs to the struct, also where it fails half way. */
typedef struct laco_codec {
    laco_status (*put)(const laco_meta *meta, const laco_field *field, const void *object, json_t **out);
    laco_status (*get)(const laco_meta *meta, const laco_field *field, const json_t *value, void *object);
} laco_codec;

/* A member of a struct. */
typedef struct laco_member {
    size_t offset, size;
} laco_member;
#define LACO_MEMBER(type, member)                                                                                                \
    {                                                                                                                            \
        offsetof(type, member), sizeof(((type *)0)->member)                                                                      \
    }

struct laco_field {
    const char *key;
    const laco_codec *as;
    laco_member at;
    double low, high;         /* the range of numbers; of a choice: the values of its first and last name */
    const char *const *names; /* of a choice */
    laco_member count;        /* of a list: the member that says how many it has */
    size_t room;              /* of a list within the struct: how many there can be */
    const laco_fields *of;    /* of structs: their fields */
    bool counts;              /* of a list: its length goes into `count`; else it must be that */
    bool hidden;              /* not part of a description */
    bool optional;            /* may be missing, for older files are without it: it stays as laco_fields.prepare has left it */
    bool (*when)(
        const void *object); /* where it does not hold, the value is neither written nor read; fields above are read by then */
    bool (*kept)(const void *object); /* of an optional one: where it does not hold, the value is as usual and is not written */
};

struct laco_fields {
    const laco_field *field;
    size_t count;
    size_t size;                   /* of the struct */
    void (*prepare)(void *object); /* what is to hold before fields are read, where zeros are not right; may be NULL */
    laco_status (*check)(const laco_meta *meta, void *object); /* how they must agree, once they are read; may be NULL */
};
#define LACO_FIELDS(type, rows) .field = rows, .count = sizeof(rows) / sizeof *(rows), .size = sizeof(type)

/* An object of the fields of a struct; *out is a new reference. LACO_NO_MEMORY; LACO_NUMERIC: a number that JSON does not have.
 */
LACO_SHARED laco_status laco_fields_put(const laco_meta *meta, const laco_fields *fields, const void *object, json_t **out);

/* And back, into a struct of zeros. What has been allocated by then is the struct's also on failure. LACO_FORMAT, LACO_NO_MEMORY.
 */
laco_status laco_fields_get(const laco_meta *meta, const laco_fields *fields, const json_t *json, void *object);

/* Single values. */
extern const laco_codec laco_field_integer; /* int, int32_t or int64_t */
extern const laco_codec laco_field_real;    /* double */
extern const laco_codec laco_field_boolean;
extern const laco_codec laco_field_choice; /* an enum, or a bool, by name */
extern const laco_codec laco_field_text;   /* char[], or a char, which is 0 where there is none */
extern const laco_codec laco_field_string; /* char *, allocated */

/* Lists. */
extern const laco_codec laco_field_integers; /* int32_t[] within the struct */
extern const laco_codec laco_field_reals;    /* double[] within the struct */
extern const laco_codec laco_field_rising;   /* the same, each above the one before */
extern const laco_codec laco_field_numbers;  /* laco_real *, allocated */
extern const laco_codec laco_field_strings;  /* char **, allocated, ended by NULL; the strings too */

/* Structs by the fields `of`: one that is a member; an allocated list. */
extern const laco_codec laco_field_object;
extern const laco_codec laco_field_objects;

/* ---- For codecs ---- */

/* "FILE: 'KEY' in the metadata should be …": LACO_FORMAT. */
laco_status laco_meta_wrong(const laco_meta *meta, const char *key, const char *format, ...) LACO_PRINTF(3, 4);

/* Hands over a new JSON value; NULL: LACO_NO_MEMORY. */
laco_status laco_meta_give(const laco_meta *meta, json_t *value, json_t **out);

/* Puts a new value behind the others of a list and releases it; where that fails, or the value is NULL, the list too. */
laco_status laco_meta_append(const laco_meta *meta, json_t **list, json_t *value);

/* A JSON number within low … high. */
laco_status laco_meta_number(const laco_meta *meta, const char *key, const json_t *value, double low, double high, double *out);

/* The place of a string among `count` names. */
laco_status laco_meta_name(const laco_meta *meta, const char *key, const json_t *value, const char *const *names, int count,
                           int *out);

/* A member that is a bool, an int or an int64_t; and the place of any. */
int64_t laco_member_load(const void *object, laco_member member);
void laco_member_store(void *object, laco_member member, int64_t value);
static inline const void *laco_member_at(const void *object, laco_member member) { return (const char *)object + member.offset; }
static inline void *laco_member_of(void *object, laco_member member) { return (char *)object + member.offset; }

#endif
