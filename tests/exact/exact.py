#!/usr/bin/python3
"""exact.py CASES: models of random shapes as C, asked what laço was: in int8 all scores have laço's bits, in fp32 they are within 1e-5.

Half of them are compiled for any machine of this kind, where three roundings stand for a fused one, and half for this one.
"""
import glob
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

TYPES = {"F32": ("f", "float"), "I64": ("q", "int32_t"), "I32": ("i", "int32_t"), "U8": ("B", "uint8_t")}
WAYS = (["-O1"], ["-O3", "-march=native"])


def read(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(size)), file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        letter = TYPES[about["dtype"]][0]
        values = struct.unpack("<%d%s" % ((end - begin) // struct.calcsize(letter), letter), data[begin:end])
        tensors[name] = (about["dtype"], about["shape"], values)
    return tensors


def as_c(name, dtype, values):
    numbers = [float.hex(v) + "f" if dtype == "F32" else str(v) for v in values] or ["0"]
    return "#define HAS_%s\nstatic const %s %s[] = {%s};\n" % (name, TYPES[dtype][1], name, ", ".join(numbers))


def write_data(path, tensors, exact):
    dtype, shape, values = tensors["raw.scores" if "raw.scores" in tensors else "out.scores" if "out.scores" in tensors else "out.y"]
    lengths = tensors["in.lengths"][2]
    steps = next(tensors[name][1][0] for name in ("in.ids", "in.x") if name in tensors)
    with open(path, "w", encoding="utf-8") as file:
        file.write("enum { T = %d, B = %d, K = %d, EXACT = %d };\n" % (steps, len(lengths), shape[-1], exact))
        file.write(as_c("lengths", "I32", lengths) + as_c("scores", dtype, values))
        for name, (kind, _, numbers) in tensors.items():
            if name.startswith("in.") and name != "in.lengths" or name in ("raw.words", "raw.numbers"):
                file.write(as_c(name.replace(".", "_"), kind, numbers))


def answer(folder, number, base):
    kind, int8 = os.path.basename(base).split("-")[1], number % 2 == 0
    write_data(base + ".data", read(base + ".safetensors"), int8)
    program = os.path.join(folder, "answer")
    command = ["gcc", "-std=gnu99", "-w", "-ffp-contract=off", *WAYS[number // 2 % 2], "-DKIND_%s=1" % kind, '-DMODEL="%s.c"' % base,
               '-DDATA="%s.data"' % base, os.path.join(os.path.dirname(os.path.abspath(__file__)), "answer.c"), "-o", program]
    subprocess.run(command, check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print("%s in %s: %s" % (os.path.basename(base), "int8" if int8 else "fp32", done.stdout.strip() or done.returncode))
    return done.returncode == 0


def main():
    if not shutil.which("gcc") or os.environ.get("LACO_CPU") == "ref":
        print("no gcc, or kernels that round otherwise")
        sys.exit(77)
    seed, count = os.environ.get("LACO_SEED", "1"), os.environ.get("LACO_EXACT_CASES", "28")
    print("seed", seed)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "c", folder, count, seed], check=True)
        bases = sorted(path[:-2] for path in glob.glob(folder + "/*.c"))
        failed = sum(not answer(folder, number, base) for number, base in enumerate(bases))
    print("%d models, %d failed" % (len(bases), failed))
    sys.exit(failed > 0 or len(bases) != int(count))


if __name__ == "__main__":
    main()
