# shellcheck shell=sh disable=SC2034,SC2154 # what is wanted from there and set for there
# Sourced by what uses an installed copy as a stranger would: installs $build into an empty folder, and lets pkg-config find what lies
# there. Wants $meson, $build, $prefix and $libdir; sets $folder, $root, $libraries, and $bad, which `wrong` raises.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
root=$folder/root
libraries=$root$prefix/$libdir
bad=0

wrong()
{
    echo "$1"
    bad=1
}

# shellcheck disable=SC2086 # a command may be several words
DESTDIR=$root $meson install -C "$build" --no-rebuild >"$folder/said" 2>&1 || { cat "$folder/said"; exit 1; }

# The files of pkg-config as installed, but for the folder that stands in for the root.
for file in "$libraries"/pkgconfig/*.pc; do
    sed "s#^prefix=.*#prefix=$root$prefix#" "$file" >"$folder/$(basename "$file")"
done
export PKG_CONFIG_PATH="$folder${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# What turns `pkg-config --static --libs` into a link that takes laço's libraries from their archives, and the others as the linker does.
from_archives='s#-l\(laco[a-z-]*\)#-l:lib\1.a#g'
