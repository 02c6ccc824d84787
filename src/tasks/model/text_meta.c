#include "model/text_meta.h"

#include "text/text.h"

static const char *const level_names[] = {"char", "word", "byte", NULL};

#define AT(member) LACO_MEMBER(laco_text_config, member)

static const laco_field text_rows[] = {
    {.key = "level", &laco_field_choice, AT(level), LACO_TEXT_CHAR, LACO_TEXT_BYTE, .names = level_names},
    {.key = "fold_accents", &laco_field_boolean, AT(fold_accents), .optional = true},
    {.key = "lower", &laco_field_boolean, AT(lower), .optional = true},
};

const laco_fields laco_text_fields = {LACO_FIELDS(laco_text_config, text_rows)};

static laco_status put_vocabulary(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const laco_vocabulary *vocabulary = *(laco_vocabulary *const *)laco_member_at(object, field->at);
    LACO_TRY(laco_vocabulary_to_json(meta->ctx, vocabulary, out));
    return !meta->describing || json_array_remove(*out, LACO_UNKNOWN) == 0 ? LACO_OK : laco_meta_give(meta, NULL, out);
}

static laco_status get_vocabulary(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    laco_status status = laco_vocabulary_from_json(meta->ctx, value, laco_member_of(object, field->at));
    if (status == LACO_FORMAT)
        laco_set_error(meta->ctx, "%s: metadata '%s': %s", meta->name, field->key, laco_error(meta->ctx));
    return status;
}

const laco_codec laco_field_vocabulary = {put_vocabulary, get_vocabulary};
