# Completion of laco for bash: what the program itself says can stand at the cursor.
_laco()
{
    local IFS=$'\n' line word ending cur=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]/#\~/$HOME}
    [ "$cur" = = ] && cur=
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        :folders)
            compopt -o filenames
            COMPREPLY+=($(compgen -d -- "$cur"))
            ;;
        :files)
            compopt -o filenames
            COMPREPLY+=($(compgen -f -- "$cur"))
            ;;
        :files\ *)
            compopt -o filenames
            COMPREPLY+=($(compgen -d -- "$cur"))
            IFS=' '
            for ending in ${line#:files }; do
                IFS=$'\n'
                COMPREPLY+=($(compgen -f -X "!*.$ending" -- "$cur"))
            done
            ;;
        *)
            word=${line%%$'\t'*}
            COMPREPLY+=("$word")
            ;;
        esac
    done < <("$program" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _laco laco
