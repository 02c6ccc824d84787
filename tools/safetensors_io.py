"""Read and write safetensors files with nothing but numpy.

A safetensors file is three parts one after the other:

    8 bytes      N, the length of the header, an unsigned little-endian integer
    N bytes      the header, JSON, padded at its end with spaces so that N is a multiple of 8
    the rest     the tensors' raw bytes, little-endian, row-major, without gaps

The header maps each tensor's name to {"dtype", "shape", "data_offsets": [begin, end]}, offsets
counted from the first byte after the header. The name `__metadata__` maps strings to strings.
"""

import json
import struct

import numpy as np

DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "U8": np.dtype("u1"),
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def save(path, tensors, metadata=None):
    """Write `tensors` (name -> array) and `metadata` (string -> string) to `path`.

    Wide dtypes come first, then names in order, so every tensor is aligned to its element
    size and the same content gives the same bytes.
    """
    arrays = {name: _little_endian(array) for name, array in tensors.items()}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    with open(path, "wb") as file:
        file.write(_header(arrays, order, metadata))
        for name in order:
            file.write(arrays[name].tobytes())


def load(path):
    """Read `path`; return (tensors: name -> array, metadata: string -> string)."""
    with open(path, "rb") as file:
        blob = file.read()
    if len(blob) < 8:
        raise ValueError(f"{path}: {len(blob)} bytes is too short for a safetensors file")
    (length,) = struct.unpack_from("<Q", blob)
    if length > len(blob) - 8:
        raise ValueError(f"{path}: a header of {length} bytes runs past the end of the file")
    header = json.loads(blob[8:8 + length])
    metadata = header.pop("__metadata__", {})
    data = blob[8 + length:]
    return {name: _tensor(path, name, entry, data) for name, entry in header.items()}, metadata


def _little_endian(array):
    array = np.asarray(array)  # tobytes() writes row-major whatever the layout in memory
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _header(arrays, order, metadata):
    header = {}
    if metadata:
        header["__metadata__"] = {key: str(metadata[key]) for key in sorted(metadata)}
    offset = 0
    for name in order:
        array = arrays[name]
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _tensor(path, name, entry, data):
    dtype = DTYPES[entry["dtype"]]
    begin, end = entry["data_offsets"]
    count = int(np.prod(entry["shape"], dtype=np.int64))
    if not 0 <= begin <= end <= len(data) or end - begin != count * dtype.itemsize:
        raise ValueError(f"{path}: tensor {name}: offsets {begin}..{end} do not fit its shape")
    return np.frombuffer(data[begin:end], dtype).reshape(entry["shape"])
