/* A recogniser's metadata in the model file. */
#include "model/text_meta.h"
#include "transcribe/spoken.h"
#include "transcribe/transcriber.h"

#define AT(member) LACO_MEMBER(laco_audio_frontend, member)

static const laco_field sound_rows[] = {
    {.key = "rate", &laco_field_integer, AT(rate), LACO_LOWEST_RATE, LACO_HIGHEST_RATE},
    {.key = "bands", &laco_field_integer, AT(bands), 1, 256},
    {.key = "stack", &laco_field_integer, AT(stack), 1, 64},
    {.key = "mean", &laco_field_numbers, AT(mean), -1e6, 1e6, .count = AT(bands), .hidden = true},
    {.key = "scale", &laco_field_numbers, AT(scale), -1e6, 1e6, .count = AT(bands), .hidden = true},
};

static const laco_fields sound_fields = {LACO_FIELDS(laco_audio_frontend, sound_rows)};

#undef AT
#define AT(member) LACO_MEMBER(laco_transcriber, member)

static const laco_field rows[] = {
    {.key = "laco.network", &laco_field_object, AT(network.config), .of = &laco_network_fields},
    {.key = "laco.sound", &laco_field_object, AT(frontend), .of = &sound_fields},
    {.key = "laco.text", &laco_field_object, AT(text), .of = &laco_text_fields},
    {.key = "laco.vocabulary", &laco_field_vocabulary, AT(tokens)},
};

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_transcriber *model = object;
    const laco_network_config *n = &model->network.config;
    const laco_audio_frontend *h = &model->frontend;
    if (n->embed != 0 || n->inputs != (int64_t)h->bands * h->stack || n->outputs != laco_vocabulary_size(model->tokens) ||
        n->tied)
        return laco_fail(
            meta->ctx, LACO_FORMAT,
            "%s: the network reads %lld numbers and writes %lld tokens; %d bands of %d frames and %d tokens are there",
            meta->name, (long long)n->inputs, (long long)n->outputs, h->bands, h->stack,
            (int)laco_vocabulary_size(model->tokens));
    return model->text.level == LACO_TEXT_BYTE ? laco_meta_wrong(meta, "level", "\"char\" or \"word\"") : LACO_OK;
}

const laco_fields laco_transcriber_metadata = {LACO_FIELDS(laco_transcriber, rows), .check = check};
