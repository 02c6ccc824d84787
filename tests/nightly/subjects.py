#!/usr/bin/env python3
"""Small data of every task, into the working folder: what the programs of tests/nightly train on. subjects.sh says how."""
import math, struct, wave

def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)

write("words.tsv", "".join(f"{'xyz'[i % 3]}\tword{'abc'[i % 3]}{i % 11}ç\n" for i in range(48)))
write("numbers.csv", "a,b,c,label\n" + "".join(f"{i % 7},{i * i % 5},{i % 3},{'lm'[i % 2]}\n" for i in range(40)))
write("tags.tsv", "".join(f"{'Ana' if i % 2 else 'Rui'}\tB-P\nmora\tO\nem\tO\nPorto{i % 5}\tB-L\n\n" for i in range(24)))
write("sold.csv", "month,sold\n" + "".join(f"{1990 + i // 12}-{i % 12 + 1:02},{100 + i % 12 * 5 + i * i * 7919 % 31}\n"
                                          for i in range(96)))
write("text.txt", "".join(f"linha {i} de um texto que rima com {i * i % 97}\n" for i in range(60)))
write("pairs.tsv", "".join(f"{a}{b}\t{b.upper()} {a.upper()}\n" for a in "abcde" for b in "fghij"))
names = ["um", "dois", "um dois"]
for i in range(12):
    width = 4 + i % 3
    write(f"{i}.pgm", f"P2 {width} 4 9\n" + " ".join(str((i * 7 + j * (1 + i % 3)) % 10) for j in range(4 * width)) + "\n")
write("pictures.tsv", "".join(f"{i}.pgm\t{names[i % 3]}\n" for i in range(12)))
for i in range(8):
    with wave.open(f"{i}.wav", "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000 if i < 6 else 11025)
        file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(j * (0.2 + i % 2 / 3)))) for j in range(1200 + 40 * i)))
write("spoken.tsv", "".join(f"{i}.wav\t{'um dois'.split()[i % 2]}\n" for i in range(8)))
