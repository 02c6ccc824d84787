#!/bin/sh
# The packages of `make deb` in a clean Debian: installed, used as a stranger would, and removed without a rest. The root comes from mmdebstrap.
# 77, skipped, where there are no packages, no mmdebstrap, no root rights or no mirror.
#
#   tests/packages.sh [FOLDER]       FOLDER: packages/; ROOT_TAR=FILE keeps the root in FILE for the next run
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
packages=$(realpath "${1:-$here/packages}" 2>/dev/null) || packages=
skip() { echo "skipped: $1"; exit 77; }
ls "$packages"/*.deb >/dev/null 2>&1 || skip 'there are no packages: make deb'
command -v mmdebstrap >/dev/null || skip 'there is no mmdebstrap'
[ "$(id -u)" = 0 ] || skip 'only root can enter a root folder'

folder=$(mktemp -d)
root=$folder/root
trap 'rm -rf "$folder"' EXIT
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
tar=${ROOT_TAR:-$folder/root.tar}
[ -s "$tar" ] || mmdebstrap --quiet --variant=apt --include=gcc,libc6-dev,make,pkg-config,cmake,python3 "$release" "$tar" 2>"$folder/said" || {
    tail -n 5 "$folder/said"
    skip "no root folder of $release could be made"
}
mkdir "$root"
tar -x -f "$tar" -C "$root" --exclude='./dev/*'
mknod -m 666 "$root/dev/null" c 1 3
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir "$root/packages" "$root/work"
cp "$packages"/*.deb "$root/packages"
cp "$here"/tests/models/0.2.0/classify.* "$root/work"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive sh -ec "cd /work; $1"; }
bad=0
try() # WHAT COMMANDS
{
    inside "$2" >"$folder/said" 2>&1 || { echo "$1 fails:"; tail -n 20 "$folder/said"; bad=1; }
}

inside 'find / -xdev -not -path "/proc*" -not -path "/work*" | sort' >"$folder/before"
inside 'cp /var/lib/dpkg/status /work/status'
inside 'apt-get update -qq && apt-get install -qq -y --no-install-recommends /packages/*.deb' >"$folder/said" 2>&1 || {
    tail -n 20 "$folder/said"
    exit 1
}

try 'the program' 'laco --version; laco predict classify.safetensors --top 2 <classify.in >said; diff classify.out said'
try 'the program without a folder of its own' 'laco info classify.safetensors; ls /usr/share/laco/names/Portuguese.txt'
try 'the Python module' 'python3 -c "
import laco
print(laco.load(\"classify.safetensors\").predict([\"ae7ou\"]))"'
for file in classify ctc forecast lyrics names stream tag transduce; do
    try "the example $file" "$(printf '%s' 'file=/usr/share/doc/liblaco-dev/examples/'$file'.c
        library=$(sed -n "s/.*pkg-config --cflags --libs \([a-z-]*\)).*/\1/p" $file | head -n 1)
        gcc -std=c11 -Wall -Wextra -Werror $file -o '$file' $(pkg-config --cflags --libs $library)')"
done
try 'an example' './names /usr/share/laco/names 1 && ./classify classify.safetensors ae7ou && ./stream'
projects=/usr/share/doc/liblaco-dev/examples/projects
try 'a project with make' "cp -r $projects/make . && make -C make && make/ask classify.safetensors ae7ou"
try 'a project with CMake' "cmake -S $projects/cmake -B by-cmake && cmake --build by-cmake && by-cmake/ask classify.safetensors ae7ou"
try 'two processes of Open MPI' 'export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
    laco train classify /usr/share/laco/names --hidden 8 --epochs 1 --shards 2 -q -o one.model
    mpirun.openmpi -n 2 laco train classify /usr/share/laco/names --hidden 8 --epochs 1 --shards 2 -q -o two.model
    cmp one.model two.model'
# MPICH talks through /sys and /dev/shm, which this root has not: its library loads, at least.
try 'the library for MPICH' 'ldd /usr/lib/*/laco/liblaco-mpi-mpich.so | { ! grep "not found"; }'
if ls "$root"/packages/laco-models_* >/dev/null 2>&1; then
    try 'the models' 'laco models; laco predict names </dev/null'
fi

inside 'apt-get purge -qq -y --auto-remove $(dpkg-query -W -f "\${Package}\n" "*laco*")' >"$folder/said" 2>&1 || { tail "$folder/said"; bad=1; }
inside 'find / -xdev -not -path "/proc*" -not -path "/work*" | sort' >"$folder/after"
rest=$(comm -13 "$folder/before" "$folder/after" | grep -i laco || true)
[ -z "$rest" ] || { echo "left behind: $rest"; bad=1; }
exit $bad
