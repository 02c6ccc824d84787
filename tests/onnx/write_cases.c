/* write_cases onnx DIR COUNT SEED: writes DIR/000-KIND.onnx and DIR/000-KIND.safetensors ….
 * write_cases c DIR COUNT SEED: DIR/000-KIND.c in int8 or fp32 by turns, of networks that need no decoder, and what laço says with
 * the same products. */
#include "cases.h"

#include <string.h>

static void write_case(const char *form, const char *folder, int number, uint64_t seed, const case_kind *kind)
{
    onnx_case all, *c = &all;
    char path[512];
    bool graph = strcmp(form, "onnx") == 0, int8 = graph ? number % 4 == 3 : number % 2 == 0,
         two = strncmp(kind->name, "write", 5) == 0;
    case_begin(c, seed, (uint64_t)number);
    kind->make(c);
    case_shake(c);
    snprintf(path, sizeof path, "%s/%03d-%s.%s", folder, number, kind->name, form);
    MUST(laco_export(c->model, path,
                     &(laco_export_options){.weights = int8 ? LACO_EXPORT_INT8 : LACO_EXPORT_FP32, .name = "model"}));
    if (graph)
        MUST(laco_model_convert(c->model, LACO_FP32, NULL)); /* the rounded weights, but products of numbers with a point */
    kind->ask(c);
    snprintf(path, sizeof path, "%s/%03d-%s%s.safetensors", folder, number, kind->name, two ? ".encoder" : "");
    MUST(laco_tensor_writer_save(c->writer, path));
    snprintf(path, sizeof path, "%s/%03d-%s.decoder_step.safetensors", folder, number, kind->name);
    if (two)
        MUST(laco_tensor_writer_save(c->second, path));
    case_end(c);
}

int main(int argc, char **argv)
{
    const case_kind *kinds[16];
    int count = 0;
    if (argc != 5)
        return 2;
    for (const case_kind *kind = network_kinds; kind->name; kind++)
        kinds[count++] = kind;
    for (const case_kind *kind = writer_kinds; kind->name && strcmp(argv[1], "onnx") == 0; kind++)
        kinds[count++] = kind;
    for (int i = 0; i < atoi(argv[3]); i++)
        write_case(argv[1], argv[2], i, (uint64_t)atoll(argv[4]), kinds[i % count]);
    return 0;
}
