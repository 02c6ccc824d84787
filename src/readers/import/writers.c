/* The metadata of tasks with a decoder, from the shapes of their tensors. */
#include "import/import.h"

#include "base/tensor_file.h"

#include <stdio.h>

static const char *attention_of(const laco_import *job)
{
    if (laco_import_find(job, "decoder.attention.energy.weight"))
        return "additive";
    return laco_import_find(job, "decoder.attention.key.weight") ? "dot" : "none";
}

static const char *kind_name(laco_token_kind kind) { return kind == LACO_TOKENS_WORD ? "word" : "char"; }

/* The tokens that a decoder writes, id 0 being its edge, and its tensors in their order. */
static laco_status put_targets(laco_import *job, int64_t members, int64_t *rows)
{
    static const laco_import_rows tensors[] = {{"decoder.embedding.weight", false, 0},
                                               {"decoder.output.weight", false, 0},
                                               {"decoder.output.bias", false, (laco_real)-1e4}};
    const laco_import_options *o = job->options;
    laco_import_tokens tokens;
    laco_status status = laco_import_order(job, "tokens", o->tokens, o->token_count, *rows, true, &tokens);
    if (status == LACO_OK)
        status = laco_import_arrange(job, &tokens, tensors, sizeof tensors / sizeof *tensors, members);
    if (status == LACO_OK)
        status = laco_import_put(job, "laco.vocabulary", json_incref(tokens.names));
    *rows = tokens.count;
    laco_import_tokens_free(job, &tokens);
    return status;
}

static laco_status put_sources(laco_import *job, int64_t members, int64_t *rows)
{
    const laco_import_options *o = job->options;
    laco_import_tokens tokens;
    laco_status status = laco_import_order(job, "sources", o->sources, o->source_count, *rows, false, &tokens);
    if (status == LACO_OK)
        status = laco_import_arrange(job, &tokens, &(laco_import_rows){"embedding.weight", false, 0}, 1, members);
    if (status == LACO_OK)
        status = laco_import_put(job, "laco.source_vocabulary", json_incref(tokens.names));
    *rows = tokens.count;
    laco_import_tokens_free(job, &tokens);
    return status;
}

/* ---- caption ------------------------------------------------------------------------------------------------------------ */

static laco_status put_picture(laco_import *job, const laco_import_rnn *e)
{
    int64_t height = job->options->height ? job->options->height : 1;
    json_t *mean, *scale;
    if (height < 1 || e->input % height != 0)
        return laco_fail(job->ctx, LACO_FORMAT, "%s: the encoder reads %lld numbers, which are no whole columns of height %lld",
                         laco_tensor_file_name(job->dict->file), (long long)e->input, (long long)height);
    LACO_TRY(laco_import_numbers(job, job->options->mean, 1, 0, false, &mean));
    laco_status status = laco_import_numbers(job, job->options->deviation, 1, 1, true, &scale);
    if (status < 0) {
        json_decref(mean);
        return status;
    }
    return laco_import_put(job, "laco.numbers",
                           json_pack("{s:s, s:I, s:I, s:I, s:o, s:o}", "kind", job->options->height ? "pictures" : "vectors",
                                     "features", (json_int_t)height, "numbers", (json_int_t)(e->mlp ? e->input : 0), "columns",
                                     (json_int_t)(e->input / height), "mean", mean, "scale", scale));
}

laco_status laco_import_fill_caption(laco_import *job)
{
    laco_import_rnn e, rnn;
    int64_t outputs, embed;
    LACO_TRY(laco_import_network(job, "encoder", &e));
    LACO_TRY(laco_import_layers(job, "decoder.rnn", &rnn));
    LACO_TRY(laco_import_matrix(job, "decoder.embedding.weight", &outputs, &embed));
    LACO_TRY(put_targets(job, 1, &outputs));
    LACO_TRY(put_picture(job, &e));
    return laco_import_put(job, "laco.network",
                           json_pack("{s:s, s:s, s:I, s:I, s:i, s:f, s:I, s:I, s:s, s:s, s:i}", "encoder",
                                     e.mlp ? "mlp" : "recurrent", "cell", rnn.cell, "hidden", (json_int_t)e.hidden, "layers",
                                     (json_int_t)e.layers, "directions", e.directions, "dropout", 0.0, "embed", (json_int_t)embed,
                                     "outputs", (json_int_t)outputs, "attention", attention_of(job), "units",
                                     kind_name(job->options->target), "longest", 64));
}

/* ---- transduce ---------------------------------------------------------------------------------------------------------- */

/* Steps of CTC that a token of the source stands for; 0: there is none. */
static laco_status find_ctc(laco_import *job, int64_t outputs, int64_t *steps)
{
    int64_t rows, columns;
    *steps = 0;
    if (!laco_import_find(job, "ctc.weight"))
        return LACO_OK;
    LACO_TRY(laco_import_matrix(job, "ctc.weight", &rows, &columns));
    *steps = rows / outputs;
    return LACO_OK;
}

laco_status laco_import_fill_transduce(laco_import *job)
{
    const laco_import_options *o = job->options;
    laco_import_rnn source, rnn;
    int64_t inputs, outputs, embed, width, steps, members = laco_import_members(job, "embedding.weight");
    LACO_TRY(laco_import_layers(job, "encoder", &source));
    LACO_TRY(laco_import_layers(job, "decoder.rnn", &rnn));
    LACO_TRY(laco_import_matrix(job, "embedding.weight", &inputs, &embed));
    LACO_TRY(laco_import_matrix(job, "decoder.embedding.weight", &outputs, &width));
    LACO_TRY(find_ctc(job, outputs, &steps));
    LACO_TRY(put_sources(job, members, &inputs));
    LACO_TRY(put_targets(job, members, &outputs));
    LACO_TRY(laco_import_put(job, "laco.pairs",
                             json_pack("{s:s, s:s, s:i, s:i}", "source", kind_name(o->source), "target", kind_name(o->target),
                                       "longest_source", 64, "longest_target", 64)));
    return laco_import_put(job, "laco.network",
                           json_pack("{s:s, s:I, s:I, s:I, s:I, s:i, s:s, s:f, s:I, s:I, s:I, s:f, s:I}", "cell", source.cell,
                                     "hidden", (json_int_t)source.hidden, "layers", (json_int_t)source.layers, "decoder_layers",
                                     (json_int_t)rnn.layers, "embed", (json_int_t)embed, "directions", source.directions,
                                     "attention", attention_of(job), "dropout", 0.0, "inputs", (json_int_t)inputs, "outputs",
                                     (json_int_t)outputs, "ctc_steps", (json_int_t)steps, "ctc_weight", 0.3, "members",
                                     (json_int_t)members));
}
