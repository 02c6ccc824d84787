/* Digits spoken alone by espeak-ng teach to write numbers, spoken digit by digit, which training never heard. */
#include "demo/demo.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 6
#define EPOCHS 50

/* In the folder $1: every digit by ten voices at three speeds, and strings of digits, with a comma's pause between them, at
 * speeds between these. What is there from an earlier demo is not spoken again. */
static const char speak_script[] =
    "cd \"$1\" && mkdir -p speech || exit 1\n"
    "set -- zero um dois três quatro cinco seis sete oito nove\n"
    "for voice in m1 m2 m3 m4 m5 m6 m7 f1 f2 f3; do for speed in 120 150 180; do\n"
    "    i=0\n"
    "    for word; do\n"
    "        file=speech/$i-$voice-$speed.wav i=$((i + 1))\n"
    "        [ -s $file ] || espeak-ng -v pt+$voice -s $speed -w $file \"$word\" || exit 1\n"
    "        printf '%s\\t%s\\n' $file \"$word\"\n"
    "    done\n"
    "done; done > transcribe-train.tsv || exit 1\n"
    "for voice in m1 m2 m3 m4 m5 m6 m7 f1 f2 f3; do for number in 1 2 3 4 5 6; do\n"
    "    text=$(printf '%s\\n' \"$@\" | awk -v seed=$number$voice '\n"
    "        { word[NR - 1] = $0 }\n"
    "        END { for (i = 1; i <= length(seed); i++) s = (31 * s + index(\"0123456789fm\", substr(seed, i, 1))) % 100003\n"
    "              for (n = 1 + s % 5; n > 0; n--) {\n"
    "                  s = (1103 * s + 12345) % 100003\n"
    "                  t = t (t ? \" \" : \"\") word[int(10 * s / 100003)]\n"
    "              }\n"
    "              print t }')\n"
    "    file=speech/number-$voice-$number.wav\n"
    "    said=$(echo \"$text\" | sed 's/ /, /g')\n"
    "    [ -s $file ] || espeak-ng -v pt+$voice -s $((125 + 8 * number)) -w $file \"$said\" || exit 1\n"
    "    printf '%s\\t%s\\n' $file \"$text\"\n"
    "done; done > transcribe-test.tsv\n";

static int show(laco_context *ctx, laco_model *model, const laco_spoken *numbers)
{
    laco_transcripts heard = {0};
    laco_transcribe_score score = {0};
    int status = EXIT_DONE;
    if (laco_model_transcribe_all(model, numbers, NULL, &heard) < 0 ||
        laco_model_score_transcripts(model, numbers, &heard, &score) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE) {
        puts("\nWhole numbers, which training never heard; said, and heard:\n");
        for (size_t i = 0; i < heard.count; i += heard.count / SHOWN)
            printf("  %s\n  %s\n\n", laco_spoken_text(numbers, i), heard.text[i]);
        printf("word error rate %.1f %%: %zu of %zu words; %zu of %zu numbers without a mistake\n", 100 * score.word_error_rate,
               score.word_errors, score.words, score.exact, score.recordings);
    }
    laco_transcripts_free(&heard);
    return status;
}

static int learn(laco_context *ctx, const demo_arguments *arguments, const laco_spoken *digits, const laco_spoken *numbers)
{
    progress_printer printer = progress_printer_on(stderr, &(progress_config){.quiet = arguments->quiet, .stop = &interrupted});
    laco_model *model = NULL;
    char path[4096];
    laco_transcribe_options options = {
        .train = {.epochs = EPOCHS, .batch = 4, .progress = progress_printer_tell, .progress_user = &printer}};
    laco_status trained = laco_train_transcribe(ctx, &options, digits, NULL, &model);
    progress_printer_clear(&printer);
    demo_path(arguments, "transcribe.safetensors", path, sizeof path);
    int status = trained < 0 || laco_model_save(model, path) < 0 ? trouble(ctx) : show(ctx, model, numbers);
    if (status == EXIT_DONE)
        say_command(stdout, "model     %s\n\nTry your own:   espeak-ng -v pt -w my.wav \"três, sete\"; laco predict %s my.wav\n", path, demo_word(path));
    laco_model_free(model);
    return status;
}

int demo_transcribe(laco_context *ctx, const demo_arguments *arguments)
{
    char train_path[4096], test_path[4096];
    const char *path = train_path, *other = test_path;
    laco_spoken *digits = NULL, *numbers = NULL;
    if (!arguments->quiet)
        fprintf(stderr, "espeak-ng speaks: 300 digits to learn from, 60 numbers to be asked about …\n");
    if (!run_script(speak_script, arguments->folder))
        return trouble_text("%s: espeak-ng could not speak there", arguments->folder);
    demo_path(arguments, "transcribe-train.tsv", train_path, sizeof train_path);
    demo_path(arguments, "transcribe-test.tsv", test_path, sizeof test_path);
    laco_spoken_config config = {.rate = 16000};
    int status = EXIT_DONE;
    if (laco_spoken_load(ctx, &path, 1, &config, &digits) < 0 || laco_spoken_load(ctx, &other, 1, &config, &numbers) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE)
        status = learn(ctx, arguments, digits, numbers);
    laco_spoken_free(digits);
    laco_spoken_free(numbers);
    return status;
}
