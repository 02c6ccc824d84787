#compdef laco
# Completion of laco for zsh: what the program itself says can stand at the cursor.
_laco()
{
    local line
    local -a found endings
    for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
        (:folders | :files*)
            [[ $PREFIX == --*=* ]] && compset -P '*='
            endings=(${=line#:files})
            if [[ $line == :folders ]]; then
                _files -/
            elif (( $#endings )); then
                _files -g "*.(${(j:|:)endings})"
            else
                _files
            fi
            ;;
        (?*)
            found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
            ;;
        esac
    done
    (( $#found )) && _describe -t words 'laco' found
}
if [[ $funcstack[1] == _laco ]]; then
    _laco "$@"
else
    compdef _laco laco
fi
