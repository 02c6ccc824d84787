#!/usr/bin/env python3
"""Reads an event file of TensorBoard by hand, and compares it with what laco train --json printed.

    read_events.py EVENTS RUN.jsonl

Framing, masked CRC-32C and the wire format of protocol buffers are written anew here, from their descriptions.
"""
import json
import math
import struct
import sys

TABLE = []
for n in range(256):
    c = n
    for _ in range(8):
        c = c >> 1 ^ 0x82F63B78 if c & 1 else c >> 1
    TABLE.append(c)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283  # the check value of the catalogue


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        length, check = struct.unpack_from("<QI", data, at)
        assert masked(data[at : at + 8]) == check, "the sum of a length"
        body = data[at + 12 : at + 12 + length]
        assert len(body) == length, "a record is cut"
        assert masked(body) == struct.unpack_from("<I", data, at + 12 + length)[0], "the sum of a record"
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of a message: integers, bytes, or 4 or 8 bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                assert kind == 2, f"wire type {kind}"
                size, at = varint(data, at)
            value = data[at : at + size]
            at += size
        yield key >> 3, value


def doubles(data):
    return struct.unpack(f"<{len(data) // 8}d", data)


versions, scalars, histograms, options, last = [], {}, {}, {}, -1
for body in records(open(sys.argv[1], "rb").read()):
    event = dict(fields(body))
    assert struct.unpack("<d", event[1])[0] > 1.6e9, "wall time"
    step = event.get(2, 0)
    if 3 in event:
        versions.append(event[3])
    for _, value in fields(event.get(5, b"")):
        value = dict(fields(value))
        tag = value[1].decode()
        if 2 in value:
            scalars.setdefault(tag, []).append((step, struct.unpack("<f", value[2])[0]))
        elif 5 in value:
            histograms.setdefault(tag, []).append((step, dict(fields(value[5]))))
        else:
            plugin = dict(fields(dict(fields(value[9]))[1]))
            assert plugin[1] == b"hparams" and tag == "_hparams_/session_start_info"
            start = dict(fields(plugin[2]))[3]
            for number, item in fields(start):
                if number == 1:
                    pair = dict(fields(item))
                    options[pair[1].decode()] = next(iter(dict(fields(pair[2])).values()))

assert versions == [b"brain.Event:2"]
assert struct.unpack("<d", options["hidden"])[0] == 8 and struct.unpack("<d", options["epochs"])[0] == 6, options
epochs = [e for e in map(json.loads, open(sys.argv[2], encoding="utf-8")) if e["event"] == "epoch"]


def same(tag, wanted):
    got = [value for _, value in scalars[tag]]
    assert len(got) == len(wanted) and all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12) for a, b in zip(got, wanted)), (tag, got, wanted)


same("epoch/loss", [e["loss"] for e in epochs])
same("epoch/gradient", [e["gradient"] for e in epochs])
same("epoch/clipped", [e["clipped"] for e in epochs])
same("validation/accuracy", [e["metrics"]["accuracy"] for e in epochs if e["metrics"]])
assert "update/learning_rate" in scalars
for name, norm in epochs[-1]["weights"].items():
    steps = histograms["weights/" + name]
    assert len(steps) == len(epochs)
    h = steps[-1][1]
    assert math.isclose(math.sqrt(struct.unpack("<d", h[5])[0]), norm, rel_tol=1e-6), name
    assert sum(doubles(h[7])) == struct.unpack("<d", h[3])[0] and len(doubles(h[6])) == len(doubles(h[7]))
    assert list(doubles(h[6])) == sorted(doubles(h[6])) and doubles(h[6])[-1] == struct.unpack("<d", h[2])[0]
print(f"good: {sum(map(len, scalars.values()))} scalars, {sum(map(len, histograms.values()))} histograms, {len(options)} options")
