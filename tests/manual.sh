#!/bin/sh
# The manual: each page in the form that mandoc's lint has nothing to say against, each page that another names there, and each command
# with its own.   usage: manual.sh LACO FOLDER-OF-MAN1 LACO-MODEL-FILE.5
set -u
command -v mandoc >/dev/null || { echo 'no mandoc here'; exit 77; }
laco=$1 man1=$2 file=$3
bad=0
wrong() { echo "$1"; bad=1; }

# That the pages named are there is looked at below, among these, and not on the system.
mandoc -Tlint "$man1"/*.1 "$file" 2>&1 | grep -v 'referenced manual not found' && bad=1
for page in $(sed -n 's/^\.Xr \([^ ]*\) \([15]\).*/\1.\2/p' "$man1"/*.1 "$file" | sort -u); do
    [ -s "$man1/$page" ] || [ "$(basename "$file")" = "$page" ] || wrong "$page is named, and not there"
done
for command in $("$laco" help | sed -n 's/^  \([a-z]*\)  *[^ ].*/\1/p'); do
    [ "$command" = help ] || [ -s "$man1/laco-$command.1" ] || wrong "laco $command has no page"
done
for task in $("$laco" help train | sed -n 's/^  \([a-z]*\)  *[^ ].*/\1/p'); do
    page=$man1/laco-train-$task.1
    for option in $("$laco" train "$task" --help-all | sed -n 's/.*--\([a-z0-9-]*\).*  .*/\1/p'); do
        grep -q "Fl \\\\-$option\>" "$page" || wrong "$page lacks --$option"
    done
done
[ "$(ls "$man1" | wc -l)" -gt 20 ] || wrong "few pages: $(ls "$man1")"
exit $bad
