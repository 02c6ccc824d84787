# %% [markdown]
# # How does a series go on?
# Twelve years of airline passengers, month by month; the next two years with the band that holds eight values of ten.

# %%
import os
import pathlib

import laco

data = pathlib.Path(os.environ.get("LACO_DATA", "/usr/local/share/laco")) / "series" / "airline-passengers.csv"
options = {"epochs": int(os.environ["EPOCHS"])} if "EPOCHS" in os.environ else {}
model = laco.train("forecast", data, quantiles=[0.1, 0.5, 0.9], seed=1, **options)
model.evaluate(data)

# %%
ahead = model.forecast(24)
for month, mean, low, high in list(zip(ahead.time, ahead.mean, ahead.quantiles[0.1], ahead.quantiles[0.9]))[:12]:
    print(f"{month}  {mean:5.0f}  {low:5.0f} … {high:5.0f}")

# %% In a notebook a forecast draws itself; here the picture goes into a page.
page = pathlib.Path(os.environ.get("OUT", ".")) / "forecast.html"
page.write_text("<!doctype html><meta charset='utf-8'><title>Passengers</title>" + ahead._repr_html_(), encoding="utf-8")
print("picture:", page)
ahead

# %% From memory: any list, array or pandas Series. This one is a wave that grows.
wave = [((i % 12) - 6) ** 2 + i / 4 for i in range(144)]
print([round(float(v), 1) for v in laco.train("forecast", wave, seed=1, **options).forecast(6).mean])
