"""The fastest kernels that OpenBLAS has for this processor.

OpenBLAS takes the kernels of the newest processor that it knows. One that came later than its release may get those of a much older
one, three times slower; so each that the processor can run is tried on a product of the size of a recurrent layer."""
import os
import subprocess
import sys

# The cores of OpenBLAS, and what a processor has to be able to do for their kernels.
CORES = {"Sapphirerapids": "avx512_bf16", "Cooperlake": "avx512_bf16", "SkylakeX": "avx512f", "Zen": "avx2", "Haswell": "avx2"}

TRY = """
import ctypes, time, torch
library = ctypes.CDLL('libopenblas.so.0')
library.openblas_get_corename.restype = ctypes.c_char_p
a, b = torch.randn(64, 512), torch.randn(512, 2048)
best = 1e9
for turn in range(30):
    began = time.perf_counter()
    for _ in range(4):
        torch.mm(a, b)
    best = min(best, time.perf_counter() - began)
print(best, library.openblas_get_corename().decode())
"""


def environment(threads, core=None):
    """That of a peer: presets that force OpenBLAS to older kernels are gone; more than one thread waits passively, which is best here."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_"))}
    kept["OMP_NUM_THREADS"] = str(threads)
    if threads > 1:
        kept["OMP_WAIT_POLICY"] = "PASSIVE"
    if core:
        kept["OPENBLAS_CORETYPE"] = core
    return kept


def processor_flags():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].split() for line in file if line.startswith(("flags", "Features"))), [])
    except OSError:
        return []


def best_core(threads=1, python="/usr/bin/python3"):
    """The name for OPENBLAS_CORETYPE, None where OpenBLAS's own choice is as good, and the name of its kernels; None, "" without torch."""
    flags, found = processor_flags(), []
    for core in [None] + [name for name, flag in CORES.items() if flag in flags]:
        tried = subprocess.run([python, "-c", TRY], text=True, capture_output=True, env=environment(threads, core), check=False)
        if tried.returncode == 0:
            seconds, name = tried.stdout.split()
            found.append((float(seconds) * (1 if core is None else 1.02), core, name))  # its own choice, unless another is clearly faster
    return min(found, key=lambda one: one[0])[1:] if found else (None, "")


if __name__ == "__main__":
    print(*best_core(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
