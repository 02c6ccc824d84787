# Sourced by the tests of trainings on several processes: small data and a short training of each task, as NAME|TASK ARGUMENTS.
awk 'BEGIN { for (i = 1; i <= 300; i++) printf "linha %d de um texto que rima com %d\n", i, i * i % 97 }' > text.txt
awk 'BEGIN { for (i = 1; i <= 300; i++) printf "%s\tword%da%s\n", i % 3 ? "x" : "y", i * 7 % 89, i % 3 ? "x" : "y" }' > words.tsv
awk 'BEGIN { print "month,sold"; for (i = 0; i < 240; i++) printf "%d-%02d,%d\n", 1960 + i / 12, i % 12 + 1, 100 + i % 12 * 5 + i * i * 7919 % 31 }' > sold.csv
awk 'BEGIN { for (i = 1; i <= 150; i++) printf "%s x%d y\t%s\n", i % 3 ? "a" : "b", i % 7, i % 3 ? "O B-A I-A" : "O B-B I-B" }' > tags.tsv
awk 'BEGIN { for (i = 0; i < 200; i++) printf "%s%d\t%s %d\n", i % 2 ? "ab" : "ba", i % 37, i % 2 ? "a b" : "b a", i % 10
             for (i = 0; i < 60; i++) printf "%s%d\t%s\n", i % 2 ? "ab" : "ba", i % 37, "other" }' > pairs.tsv
awk 'BEGIN { for (i = 0; i < 48; i++) { name = i ".pgm"; width = 6 + i % 5; printf "P2 %d 6 9", width > name
    for (j = 0; j < 6 * width; j++) printf " %d", (i * 7 + j * (1 + i % 3)) % 10 > name; close(name)
    print name "\t" (i % 3 ? "a b" : "c") (i % 5 ? " d" : "") } }' > pictures.tsv

# tone FILE SAMPLES HERTZ: 8-bit samples of 8000 Hz.
tone() {
    # shellcheck disable=SC2059 # bytes as octal escapes are the format
    printf "$(LC_ALL=C awk -v samples="$2" -v hertz="$3" '
        function bytes(value, count) { for (; count > 0; count--) { printf "\\%03o", value % 256; value = int(value / 256) } }
        function text(letters, i) { for (i = 1; i <= length(letters); i++) printf "%s", substr(letters, i, 1) }
        BEGIN { text("RIFF"); bytes(36 + samples, 4); text("WAVEfmt "); bytes(16, 4); bytes(1, 2); bytes(1, 2); bytes(8000, 4)
            bytes(8000, 4); bytes(1, 2); bytes(8, 2); text("data"); bytes(samples, 4)
            for (i = 0; i < samples; i++) bytes(int(128.5 + 60 * sin(6.283185307 * hertz * i / 8000)), 1) }')" > "$1"
}
for i in 0 1 2 3 4 5; do
    tone lo$i.wav $((1600 + 160 * i)) $((400 + 5 * i))
    tone hi$i.wav $((1600 + 160 * i)) $((1500 + 5 * i))
    printf 'lo%d.wav\tlo\nhi%d.wav\thi\n' $i $i
done > sounds.tsv

trainings='classify|classify words.tsv --hidden 16 --embed 8 --batch 16 --epochs 4 --dropout 0.2 --average 0.9
weighted|classify words.tsv --hidden 12 --batch 10 --epochs 3 --class-weights balanced --label-smoothing 0.1 --optim sgd --momentum 0.9 --lr 0.05
generate|generate text.txt --hidden 24 --layers 2 --embed 8 --batch 10 --seq-len 20 --epochs 3 --dropout 0.2 --variational --weight-drop 0.2
tag|tag tags.tsv --hidden 12 --embed 8 --letters 8 --batch 16 --epochs 3 --ensemble 2
crf|tag tags.tsv --hidden 12 --embed 8 --letters 8 --batch 16 --epochs 3 --crf --ensemble 2
forecast|forecast sold.csv --hidden 16 --epochs 6 --patience 0 --optim adam --quantiles 0.1,0.9
transduce|transduce pairs.tsv --hidden 16 --embed 8 --batch 16 --epochs 3
caption|caption pictures.tsv --hidden 16 --embed 8 --batch 8 --epochs 4 --columns 2 --sampling 0.2 --average 0.9'
[ "${LACO_TEST_SOUND-1}" = 0 ] || trainings="$trainings
transcribe|transcribe sounds.tsv --hidden 12 --layers 1 --batch 3 --epochs 3 --mask 0.2 --speed 0.1 --valid 0.2"
[ "${LACO_TEST_PICTURE-1}" = 0 ] && trainings=$(echo "$trainings" | grep -v '^caption')
