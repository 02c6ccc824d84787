#include "tag/auxiliary.h"

#include "base/hash.h"
#include "base/grow.h"
#include "tape/tape.h"

#include <stdio.h>

#define MOST_VALUES 2000 /* of a column that is learned */

/* Field `column` of each line with a word, numbered in the order of first appearance. */
static laco_status number_column(const laco_tagged *data, const laco_sequences *text, int column, laco_strings *names,
                                 laco_sequences *values)
{
    for (size_t i = 0; i < data->row_count; i++) {
        const laco_tagged_row *row = &data->rows[i];
        const char *field;
        size_t length;
        int32_t id;
        if (row->words != 1)
            continue;
        if (!laco_tagged_field_at(row->text, row->length, true, (size_t)column, &field, &length))
            length = 0;
        LACO_TRY(laco_strings_add(names, length > 0 ? field : "", length, &id));
        LACO_TRY(laco_sequences_push(values, id));
        if (values->ids_used == text->starts[values->count + 1])
            LACO_TRY(laco_sequences_end(values));
    }
    return LACO_OK;
}

/* A column that says the same of every word, or another thing of nearly each, is not learned. */
static laco_status add_column(laco_tagger *model, const laco_tagged *data, const laco_sequences *text, int column,
                              laco_auxiliary *auxiliary)
{
    const laco_tagger_config *config = &model->config;
    laco_sequences *values = &auxiliary->head[auxiliary->count].values;
    laco_strings names;
    char name[32];
    snprintf(name, sizeof name, "also_column_%d", column);
    laco_strings_init(&names, auxiliary->ctx);
    laco_sequences_init(values, auxiliary->ctx);
    laco_status status = number_column(data, text, column, &names, values);
    int64_t K = (int64_t)names.count, width = config->mlp ? config->hidden : config->directions * config->hidden;
    laco_strings_free(&names);
    bool telling = K > 1 && K <= MOST_VALUES;
    for (int64_t m = 0; m < config->ensemble && telling && status == LACO_OK; m++)
        status = laco_linear_new(model->base.module, laco_member_name(m, name).text, width, K, false,
                                 &auxiliary->head[auxiliary->count].linear[m]);
    if (status == LACO_OK && telling)
        auxiliary->count++;
    else
        laco_sequences_free(values);
    return status;
}

laco_status laco_auxiliary_start(laco_tagger *model, const laco_tagged *data, const laco_sequences *text, double weight,
                                 laco_auxiliary *auxiliary)
{
    static const int columns[LACO_AUXILIARY] = {4, 5, 6, 8}; /* UPOS, XPOS, FEATS, DEPREL */
    if (weight <= 0 || data->form != LACO_TAGGED_CONLLU)
        return LACO_OK;
    auxiliary->ctx = model->base.ctx;
    auxiliary->weight = weight;
    auxiliary->mark = laco_module_here(model->base.module);
    for (int i = 0; i < LACO_AUXILIARY; i++)
        if (columns[i] != data->column)
            LACO_TRY(add_column(model, data, text, columns[i], auxiliary));
    return LACO_OK;
}

uint64_t laco_auxiliary_hash(const laco_auxiliary *auxiliary, uint64_t hash)
{
    for (int i = 0; i < auxiliary->count; i++)
        hash = laco_hash_ids(hash, auxiliary->head[i].values.ids, auxiliary->head[i].values.ids_used);
    return hash;
}

void laco_auxiliary_end(laco_tagger *model, laco_auxiliary *auxiliary)
{
    if (!auxiliary->ctx)
        return;
    for (int i = 0; i < auxiliary->count; i++)
        laco_sequences_free(&auxiliary->head[i].values);
    laco_release(auxiliary->ctx, auxiliary->targets);
    if (model)
        laco_module_cut(model->base.module, auxiliary->mark);
    *auxiliary = (laco_auxiliary){0};
}

laco_var laco_auxiliary_loss(laco_tape *tape, laco_auxiliary *auxiliary, const laco_part *shard, int64_t m,
                             const laco_batch *batch, laco_var hidden, laco_var loss)
{
    const int32_t none = -1;
    const laco_loss_config config = {.ignore_index = &none, .reduction = laco_part_reduction(shard)};
    size_t places = (size_t)batch->rows * (size_t)batch->steps;
    if (auxiliary->count > 0 &&
        laco_grow(auxiliary->ctx, &auxiliary->targets, &auxiliary->room, places, sizeof *auxiliary->targets) < 0)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int i = 0; i < auxiliary->count; i++) {
        laco_batch_pad(batch, &auxiliary->head[i].values, -1, auxiliary->targets);
        laco_var scores = laco_linear_apply(tape, auxiliary->head[i].linear[m], hidden);
        laco_var part = laco_cross_entropy_loss(tape, scores, auxiliary->targets, &config);
        part = laco_part_mean(tape, shard, part, (double)batch->whole_steps);
        loss = laco_add(tape, loss, laco_scale(tape, part, auxiliary->weight));
    }
    return loss;
}
