#!/bin/sh
# What shells complete: what the program offers at a place of the command line, and bash, zsh and fish, where they are, asked as at a
# prompt.   usage: completion.sh LACO
. "$(dirname "$0")/harness.sh"

offers() { # 'WORDS, THE LAST ONE AT THE CURSOR' WORD…: each is offered, with or without what it is
    given=$1
    shift
    # shellcheck disable=SC2086 # words, the last one perhaps empty
    case $given in
    *' ') ok "$given" "$LACO" complete $given '' ;;
    *) ok "$given" "$LACO" complete $given ;;
    esac
    for word; do
        grep -q "^$word\(	\|\$\)" out.txt || fault "does not offer '$word'"
    done
}
only() { [ "$(wc -l < out.txt)" -eq "$1" ] || fault "offers $(wc -l < out.txt) words, not $1"; }

printf 'date,"flown, all",rain\n2020-01-01,1,2\n' > series.csv
mkdir -p models/laco
export XDG_DATA_HOME="$work/models" HOME="$work"
printf x > models/laco/surnames.safetensors
ok 'commands' "$LACO" complete ''
prints '^train	train a model from data$'
grep -q '^complete' out.txt && fault 'offers what is for programs alone'
offers tr train
only 1
offers 'train ' classify tag caption forecast generate transcribe transduce
only 7
offers 'help train cl' classify
offers 'train classify x.tsv --hid' --hidden
offers 'train classify x.tsv --help' --help --help-all
offers 'train classify --cell ' rnn gru lstm mlp
only 4
offers 'train classify --cell=g' --cell=gru
offers 'train classify --cell = g' gru
offers 'train classify --cell gru ' :files
offers 'train classify -o ' surnames ':files safetensors st'
offers 'train forecast series.csv --target ' date 'flown, all' rain
only 3
offers 'train tag x --column ' upos xpos
only 2
offers 'predict ' surnames ':files safetensors st'
offers 'predict surnames ' :files
offers 'models ' surnames
only 1
offers 'forecast x --plot ' ':files png svg'
offers 'demo ' names lyrics
offers 'demo names -o ' :folders
offers 'convert x --weights ' fp32 bf16 int8
offers 'import x --task tr' transcribe transduce
offers 'bench ' train infer step grow
fails 2 'an unknown task: no word, and no message' "$LACO" complete train nothing ''
[ -s err.txt ] && fault 'says something'
lines 0

ln -s "$LACO" laco
PATH=$work:$PATH
touch model.safetensors picture.png text.txt
mkdir folder
for shell in bash zsh fish; do
    ok "completion for $shell" laco completion $shell
    cp out.txt laco.$shell
done
fails 2 'for another shell' laco completion tcsh
says 'can be bash, zsh or fish$'

if command -v bash >/dev/null; then
    complete_bash() { # LINE OF THE COMMAND, AS WORDS: what bash would offer, one a line
        bash --norc -c 'source laco.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _laco; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
    }
    ok 'bash: tasks' complete_bash laco train t
    prints '^transcribe$'
    lines 3
    ok 'bash: a choice behind =' complete_bash laco train classify --cell = ''
    lines 4
    ok 'bash: models and their files' complete_bash laco predict ''
    prints '^surnames$'
    prints '^model.safetensors$'
    prints '^folder$'
    grep -q picture out.txt && fault 'offers a picture as a model'
    ok 'bash: pictures' complete_bash laco forecast model.safetensors --plot ''
    prints '^picture.png$'
    ok 'bash: it is registered' bash --norc -c 'source laco.bash; complete -p laco'
    prints '_laco laco$'
fi
if command -v zsh >/dev/null; then
    cat > ask.zsh <<'END'
# What zsh offers for each of the lines, typed at its prompt: compadd, which takes the matches, says them.
zmodload zsh/zpty
zpty asked 'TERM=dumb zsh -f -i'
zpty -w asked "fpath=($PWD/functions \$fpath) PATH=$PWD:\$PATH PROMPT= WORDCHARS=; stty -echo; source $PWD/asked.zsh"
zpty -r asked line '*READY*'
for line; do
    zpty -w -n asked "$line"$'\t'
    zpty -r asked answer '*>>>*'
    print -r -- "$answer"
    zpty -w -n asked $'\C-u'
done
zpty -d asked
END
    cat > asked.zsh <<'END'
autoload -Uz compinit
compinit -u -D
unsetopt beep
bindkey '^I' complete-word
bindkey '^U' kill-whole-line
begin() { print '<<<'; compprefuncs=(begin) comppostfuncs=(ended) }
ended() { print '>>>' }
compadd()
{
    if [[ "${@[1,(i)(-|--)]}" == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a hits
    builtin compadd -A hits "$@"
    print -rl -- "${hits[@]}"
}
compprefuncs=(begin)
print READY
END
    mkdir functions
    cp laco.zsh functions/_laco
    ok 'zsh' zsh -f ask.zsh 'laco train cla' 'laco train classify --cell=' 'laco forecast m --plot ' 'laco predict '
    tr -d '\r' < out.txt > answers.txt
    mv answers.txt out.txt
    prints '^classify$'
    prints '^--cell=lstm$'
    prints '^picture.png$'
    prints '^surnames$'
    prints '^model.safetensors$'
fi
if command -v fish >/dev/null; then
    complete_fish() { fish --no-config -c 'source laco.fish; complete -C "$argv"' "$1"; }
    ok 'fish: tasks' complete_fish 'laco train t'
    prints '^transcribe	to write what is said in recordings$'
    ok 'fish: a choice' complete_fish 'laco train classify --cell '
    prints '^lstm'
    ok 'fish: models' complete_fish 'laco predict '
    prints '^surnames'
    prints '^model.safetensors'
    ok 'fish: pictures' complete_fish 'laco forecast m --plot '
    prints '^picture.png'
fi
finish
