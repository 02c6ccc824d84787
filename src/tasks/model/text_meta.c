#include "model/text_meta.h"

const char *const laco_text_level_names[] = {"char", "word", "byte", NULL};

json_t *laco_text_to_json(const laco_text_config *text)
{
    return json_pack("{s:s, s:b, s:b}", "level", laco_text_level_names[text->level], "fold_accents", text->fold_accents, "lower",
                     text->lower);
}

laco_status laco_text_from_file(laco_context *ctx, const laco_tensor_file *file, laco_text_config *out)
{
    json_t *object;
    int level;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.text", &object));
    laco_status status = laco_meta_choice(ctx, file, object, "level", laco_text_level_names, &level);
    if (status == LACO_OK)
        *out = (laco_text_config){.level = (laco_text_level)level,
                                  .fold_accents = json_is_true(json_object_get(object, "fold_accents")),
                                  .lower = json_is_true(json_object_get(object, "lower"))};
    json_decref(object);
    return status;
}

laco_status laco_vocabulary_from_key(laco_context *ctx, const laco_tensor_file *file, const char *key, laco_vocabulary **out)
{
    json_t *array;
    LACO_TRY(laco_meta_parse(ctx, file, key, &array));
    laco_status status = laco_vocabulary_from_json(ctx, array, out);
    json_decref(array);
    if (status == LACO_FORMAT)
        laco_set_error(ctx, "%s: metadata '%s': %s", laco_tensor_file_name(file), key, laco_error(ctx));
    return status;
}

laco_status laco_vocabulary_from_file(laco_context *ctx, const laco_tensor_file *file, laco_vocabulary **out)
{
    return laco_vocabulary_from_key(ctx, file, "laco.vocabulary", out);
}

laco_status laco_vocabulary_to_file(laco_context *ctx, const laco_vocabulary *vocabulary, laco_tensor_writer *writer)
{
    json_t *array;
    LACO_TRY(laco_vocabulary_to_json(ctx, vocabulary, &array));
    return laco_meta_write(ctx, writer, "laco.vocabulary", array);
}

json_t *laco_vocabulary_describe(const laco_vocabulary *vocabulary)
{
    json_t *array = json_array();
    for (int32_t id = 1; array && id < laco_vocabulary_size(vocabulary); id++) {
        size_t length;
        const char *unit = laco_vocabulary_name(vocabulary, id, &length);
        if (json_array_append_new(array, json_stringn(unit, length)) < 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}
