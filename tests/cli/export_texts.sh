# laco export -o NAME.c: texts that nobody expects answer as laco predict does: marks in any order, Hangul in letters, what is not known,
# bytes, the empty text, long ones.   usage: export_texts.sh LACO
tests=$(realpath "$(dirname "$0")")
. "$tests/harness.sh"
. "$tests/export_models.sh"
command -v gcc > /dev/null || { echo 'no gcc'; exit 77; }

# ---- Texts ----

{
    printf 'e\314\201 e\314\243\314\201 e\314\201\314\243\n'             # é; ẹ́ in either order
    printf '\303\251\314\243 \341\272\271\314\201\n'                     # é and a dot below
    printf '\341\204\222\341\205\241\341\206\253 \352\260\201 \352\260\200\341\206\250\n' # 한 of letters, 각, 가 and ㄱ
    printf '\340\244\225\340\244\274 \340\245\230 \315\204\n'            # what Unicode never composes
    printf '\342\204\253 \342\204\246 \342\204\252 \357\251\204\n'       # Å, Ω, K, an ideograph under another number
    printf '\304\260I\304\261\341\272\236\303\237 \316\243\316\221\316\243\n' # İIıẞß ΣΑΣ
    printf '\314\201a\314\226\314\200\314\201 \360\221\202\231\360\221\202\272\n'
    printf '\360\237\221\251\342\200\215\360\237\221\247 \342\200\256x\342\200\213 a\302\255b\302\240c\342\200\250d\n'
    printf 'K\314\204\314\203l don'\''t (upon) "No-one" <unk> 1,5 l\302\267l \342\211\240=\314\270\n'
    printf '  two  spaces  \n\na\n'
    awk 'BEGIN { for (i = 0; i < 300; i++) printf "lo%d", i; print "" }'
    awk 'BEGIN { for (i = 0; i < 150; i++) printf "a\314\201\314\243"; print "" }'
    awk 'BEGIN { for (i = 0; i < 90; i++) printf "https://e%d.org/", i; print " ran" }'
} > texts.txt
grep -vE '.{120}' texts.txt > sources.txt # a transducer takes 16 times the longest source at most

awk '{ n = split($0, w, / +/); for (i = 1; i <= n; i++) if (w[i] != "") print w[i]; print "" }' texts.txt | cat -s > sentences.txt

# ---- Programs that read lines ----

cat > line.h << 'END'
#include "m.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char line[1 << 16];
static int next(void)
{
    if (!fgets(line, sizeof line, stdin))
        return 0;
    line[strcspn(line, "\n")] = 0;
    return 1;
}
END
cat > classify.c << 'END'
#include "line.h"
int main(void)
{
    while (next()) {
        size_t bytes = M_WORK_BYTES(3 * strlen(line) + 1);
        void *work = malloc(bytes);
        float p[M_LABELS];
        int32_t label = m_classify_in(line, p, work, bytes);
        printf("%s\t%.7f\n", label < 0 ? "none" : m_labels[label], label < 0 ? 0.0 : (double)p[label]);
        free(work);
    }
    return 0;
}
END
cat > tag.c << 'END'
#include "line.h"
int main(void)
{
    static const char *words[1000];
    static int32_t tags[1000];
    static char text[1 << 17];
    int32_t count = 0, i;
    size_t used = 0;
    while (next()) {
        if (*line) {
            words[count++] = strcpy(text + used, line);
            used += strlen(line) + 1;
        } else {
            size_t bytes = M_WORK_BYTES(count) + 8;
            void *work = malloc(bytes);
            int32_t status = m_tag_in(words, count, tags, work, bytes);
            for (i = 0; i < count; i++)
                printf("%s\t%s\n", words[i], status < 0 ? "none" : m_labels[tags[i]]);
            free(work);
            count = 0;
            used = 0;
        }
    }
    return 0;
}
END
cat > transduce.c << 'END'
#include "line.h"
int main(void)
{
    while (next()) {
        size_t bytes = M_WORK_BYTES(strlen(line));
        void *work = malloc(bytes);
        static char target[1 << 16];
        float log_probability;
        if (m_transduce_in(line, target, sizeof target, &log_probability, work, bytes) < 0)
            strcpy(target, "none");
        printf("%s\t%s\n", line, target);
        free(work);
    }
    return 0;
}
END

# ---- Every model in both kinds of weights ----

close_to() # FOUND SAID: label and probability beside label and its logarithm
{
    checks=$((checks + 1))
    paste "$1" "$2" | awk -F '\t' 'NF != 4 || $1 != $3 || ($2 - exp($4)) ^ 2 > 1e-10 { print NR": "$0; bad++ } END { exit bad > 0 || NR == 0 }' > out.txt ||
        fault "$1 and $2 differ"
}
answers() # MODEL TASK: the program m beside laço
{
    for weights in fp32 int8; do
        name="$1 in $weights"
        ok "$name" "$LACO" export "$1.st" -o m.c --weights $weights
        ok "$name for laço" "$LACO" convert "$1.st" -o m.st --weights $weights
        ok "$name, built" gcc -std=gnu99 -O1 -ffp-contract=off -I. "$2.c" m.c -o m
        case $2 in
        classify)
            ./m < texts.txt > found.tsv
            "$LACO" predict m.st --top 1 < texts.txt > said.tsv 2> err.txt
            close_to found.tsv said.tsv
            ;;
        tag)
            "$LACO" predict m.st --form columns < sentences.txt 2> err.txt | grep . | tr ' ' '\t' > said.tsv
            ./m < sentences.txt > found.tsv
            same "$name answers" found.tsv said.tsv
            ;;
        transduce)
            ./m < sources.txt > found.tsv
            "$LACO" predict m.st --beam 1 < sources.txt > said.tsv 2> err.txt
            same "$name answers" found.tsv said.tsv
            ;;
        esac
    done
}

train letters classify words.tsv
train plain classify words.tsv --lower --fold-accents --unidirectional --pool last
train bytes classify words.tsv --level byte --pool mean
train words classify words.tsv --level word --cell mlp --window 3
train tagger tag tags.tsv --ensemble 2
train deep transduce pairs.tsv --attention none --unidirectional --decoder-layers 3
i=0
while [ $i -lt 30 ]; do
    printf '가나\tga na\n한국\than guk\n말\tmal\n'
    i=$((i + 1))
done > hangul.tsv
train hangul transduce hangul.tsv --source jamo --target char
for model in letters plain bytes words; do answers $model classify; done
answers tagger tag
answers deep transduce
answers hangul transduce
finish
