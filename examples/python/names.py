# %% [markdown]
# # Which language is a surname from?
# The first exercise of a course on recurrent networks: letters go in one by one, a language comes out. Run the cells in a notebook, or
# the file as a program.

# %%
import os
import pathlib

import laco

data = pathlib.Path(os.environ.get("LACO_DATA", "/usr/local/share/laco")) / "names"  # a file for each language, a name a line
names, languages = [], []
for file in sorted(data.glob("*.txt")):
    for name in file.read_text(encoding="utf-8").split("\n"):
        if name.strip():
            names.append(name)
            languages.append(file.stem)
print(len(names), "names of", len(set(languages)), "languages")

# %% Every fifth name is kept apart, to judge by.
held_out = list(range(0, len(names), 5))
learned = [i for i in range(len(names)) if i % 5]
model = laco.train("classify", [names[i] for i in learned], [languages[i] for i in learned], epochs=int(os.environ.get("EPOCHS", 12)), seed=1)
model

# %%
score = model.evaluate([names[i] for i in held_out], [languages[i] for i in held_out])
print(f"accuracy {score['accuracy']:.2f}, macro-F1 {score['macro_f1']:.2f}")
score

# %% The likeliest languages of a few names.
for name, best in zip(["Yamamoto", "Kowalczyk", "O'Sullivan"], model.predict(["Yamamoto", "Kowalczyk", "O'Sullivan"], top=3)):
    print(name.ljust(12), ", ".join(f"{language} {probability:.0%}" for language, probability in best))

# %% Letter by letter: a network that reads forwards alone says what it thinks on the way.
forwards = laco.train("classify", [names[i] for i in learned], [languages[i] for i in learned], unidirectional=True,
                      epochs=int(os.environ.get("EPOCHS", 12)), seed=1)
stream = forwards.stream()
for answer in stream.feed("Yamamoto") + stream.end():
    print("Yamamoto"[:answer["step"]].ljust(10), answer["label"])
