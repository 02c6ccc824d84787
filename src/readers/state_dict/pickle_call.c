/* What the names in a pickle stand for. Nothing is called: each call that is known makes a value. */
#include "state_dict/pickle.h"

#include <string.h>

#define STORAGE(type, dtype)                                                                                                     \
    {                                                                                                                            \
        "torch", type, LACO_CALL_STORAGE, dtype                                                                                  \
    }
#define VALUE(name)                                                                                                              \
    {                                                                                                                            \
        "torch", name, LACO_CALL_VALUE, LACO_DTYPE_COUNT                                                                         \
    }

static const laco_pickled_name names[] = {
    {"collections", "OrderedDict", LACO_CALL_DICT, LACO_DTYPE_COUNT},
    {"torch._utils", "_rebuild_tensor_v2", LACO_CALL_TENSOR, LACO_DTYPE_COUNT},
    {"torch._utils", "_rebuild_parameter", LACO_CALL_PARAMETER, LACO_DTYPE_COUNT},
    {"torch._utils", "_rebuild_parameter_with_state", LACO_CALL_PARAMETER, LACO_DTYPE_COUNT},
    {"torch", "Size", LACO_CALL_SIZE, LACO_DTYPE_COUNT},
    {"torch", "device", LACO_CALL_NOTHING, LACO_DTYPE_COUNT},
    STORAGE("DoubleStorage", LACO_DTYPE_F64),
    STORAGE("FloatStorage", LACO_DTYPE_F32),
    STORAGE("HalfStorage", LACO_DTYPE_F16),
    STORAGE("BFloat16Storage", LACO_DTYPE_BF16),
    STORAGE("LongStorage", LACO_DTYPE_I64),
    STORAGE("IntStorage", LACO_DTYPE_I32),
    STORAGE("ShortStorage", LACO_DTYPE_I16),
    STORAGE("CharStorage", LACO_DTYPE_I8),
    STORAGE("ByteStorage", LACO_DTYPE_U8),
    STORAGE("BoolStorage", LACO_DTYPE_BOOL),
    VALUE("float64"),
    VALUE("float32"),
    VALUE("float16"),
    VALUE("bfloat16"),
    VALUE("int64"),
};

static bool same(const char *known, const char *text, size_t length)
{
    return strlen(known) == length && memcmp(known, text, length) == 0;
}

/* At most 40 bytes of a name, fit for a line. */
typedef struct shown {
    char text[41];
} shown;

static shown show(const char *text, size_t length)
{
    shown out;
    size_t kept = LACO_MIN(length, sizeof out.text - 1);
    for (size_t i = 0; i < kept; i++)
        out.text[i] = (unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e ? '?' : text[i];
    out.text[kept] = '\0';
    return out;
}

laco_status laco_pickle_find(laco_pickle *pickle, const char *module, size_t module_length, const char *name, size_t name_length,
                             laco_pickled *out)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (same(names[i].module, module, module_length) && same(names[i].name, name, name_length)) {
            *out = (laco_pickled){.kind = LACO_PICKLED_NAME, .name = &names[i]};
            return LACO_OK;
        }
    return laco_pickle_wrong(pickle,
                             "names '%s.%s', which no state_dict needs; torch.save(model.state_dict(), \"FILE.pt\") writes one "
                             "without it",
                             show(module, module_length).text, show(name, name_length).text);
}

/* ---- Tensors ------------------------------------------------------------------------------------------------------------ */

laco_status laco_pickle_storage(laco_pickle *pickle, const laco_pickled *id, laco_pickled *out)
{
    const laco_pickled *item = id->kind == LACO_PICKLED_LIST ? id->list->items : NULL;
    if (!item || id->list->count != 5 || item[0].kind != LACO_PICKLED_TEXT || !same("storage", item[0].text, item[0].length) ||
        item[1].kind != LACO_PICKLED_NAME || item[1].name->call != LACO_CALL_STORAGE || item[2].kind != LACO_PICKLED_TEXT ||
        item[4].kind != LACO_PICKLED_INTEGER || item[4].integer < 0)
        return laco_pickle_wrong(pickle, "a persistent id that is not (\"storage\", TYPE, KEY, PLACE, COUNT)");
    laco_pickled_storage *storage = laco_arena_zeroed(&pickle->arena, 1, sizeof *storage);
    if (!storage)
        return LACO_NO_MEMORY;
    *storage = (laco_pickled_storage){item[2].text, item[2].length, item[1].name->dtype, item[4].integer};
    *out = (laco_pickled){.kind = LACO_PICKLED_STORAGE, .storage = storage};
    return LACO_OK;
}

/* Whole numbers of at least 0 from a tuple. */
static bool read_sizes(const laco_pickled *tuple, int64_t *out)
{
    for (size_t i = 0; i < tuple->list->count; i++) {
        if (tuple->list->items[i].kind != LACO_PICKLED_INTEGER || tuple->list->items[i].integer < 0)
            return false;
        out[i] = tuple->list->items[i].integer;
    }
    return true;
}

/* (storage, offset, size, stride, requires_grad, hooks …) */
static laco_status make_tensor(laco_pickle *pickle, const laco_pickled_list *arguments, laco_pickled *out)
{
    const laco_pickled *item = arguments->items;
    if (arguments->count < 4 || item[0].kind != LACO_PICKLED_STORAGE || item[1].kind != LACO_PICKLED_INTEGER ||
        item[1].integer < 0 || item[2].kind != LACO_PICKLED_LIST || item[3].kind != LACO_PICKLED_LIST ||
        item[2].list->count != item[3].list->count)
        return laco_pickle_wrong(pickle, "a tensor that is not (STORAGE, OFFSET, SIZE, STRIDE, …)");
    if (item[2].list->count > LACO_FILE_DIMS)
        return laco_pickle_wrong(pickle, "a tensor of %zu dimensions; at most %d can be", item[2].list->count, LACO_FILE_DIMS);
    laco_pickled_tensor *tensor = laco_arena_zeroed(&pickle->arena, 1, sizeof *tensor);
    if (!tensor)
        return LACO_NO_MEMORY;
    tensor->storage = item[0].storage;
    tensor->offset = item[1].integer;
    tensor->ndim = (int)item[2].list->count;
    if (!read_sizes(&item[2], tensor->shape) || !read_sizes(&item[3], tensor->stride))
        return laco_pickle_wrong(pickle, "a tensor whose sizes are not whole numbers of 0 or more");
    *out = (laco_pickled){.kind = LACO_PICKLED_TENSOR, .tensor = tensor};
    return LACO_OK;
}

/* ---- Calls -------------------------------------------------------------------------------------------------------------- */

static laco_status make_dict(laco_pickle *pickle, const laco_pickled_list *arguments, laco_pickled *out)
{
    if (arguments->count > 0)
        return laco_pickle_wrong(pickle, "an OrderedDict that is not made empty");
    *out = (laco_pickled){.kind = LACO_PICKLED_DICT, .list = laco_pickle_list(pickle)};
    return out->list ? LACO_OK : LACO_NO_MEMORY;
}

/* The first argument, where it is of a kind. */
static laco_status first(laco_pickle *pickle, const laco_pickled_list *arguments, laco_pickled_kind kind, laco_pickled *out)
{
    if (arguments->count < 1 || arguments->items[0].kind != kind)
        return laco_pickle_wrong(pickle, "a %s of something else", kind == LACO_PICKLED_TENSOR ? "parameter" : "size");
    *out = arguments->items[0];
    return LACO_OK;
}

laco_status laco_pickle_call(laco_pickle *pickle, const laco_pickled *function, const laco_pickled *arguments, laco_pickled *out)
{
    if (function->kind != LACO_PICKLED_NAME || arguments->kind != LACO_PICKLED_LIST)
        return laco_pickle_wrong(pickle, "a call of what is no function");
    switch (function->name->call) {
    case LACO_CALL_DICT:
        return make_dict(pickle, arguments->list, out);
    case LACO_CALL_TENSOR:
        return make_tensor(pickle, arguments->list, out);
    case LACO_CALL_PARAMETER:
        return first(pickle, arguments->list, LACO_PICKLED_TENSOR, out);
    case LACO_CALL_SIZE:
        return first(pickle, arguments->list, LACO_PICKLED_LIST, out);
    case LACO_CALL_NOTHING:
        *out = (laco_pickled){.kind = LACO_PICKLED_NONE};
        return LACO_OK;
    default:
        return laco_pickle_wrong(pickle, "a call of '%s.%s', which is no function", function->name->module, function->name->name);
    }
}
