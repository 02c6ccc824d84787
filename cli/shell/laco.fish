# Completion of laco for fish: what the program itself says can stand at the cursor.
function __laco_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':folders'
                __fish_complete_directories "$current" ''
            case ':files'
                __fish_complete_path "$current" ''
            case ':files *'
                for ending in (string split ' ' -- $line)[2..-1]
                    __fish_complete_suffix "$current" .$ending ''
                end
            case '*'
                echo $line
        end
    end
end
complete -c laco -f -a '(__laco_complete)'
