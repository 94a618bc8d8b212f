"""Writes cases for probe_test.cpp into a folder: features, targets, and the R2 that scikit-learn gets.

    probe_reference.py FOLDER

N.x: float32 rows x channels; N.y: float64 rows; cases.json: the rest, case N at place N.
"""
import json
import sys

import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probe_steps import Clip, DropFlat

rng = np.random.default_rng(7)


def by_group(splitter, groups):
    """Splits of the distinct groups, in order of appearance, as splits of the rows."""
    names, first = np.unique(groups, return_index=True)
    names = names[np.argsort(first)]
    for _, test in splitter.split(names):
        held = np.isin(groups, names[test])
        yield np.flatnonzero(~held), np.flatnonzero(held)


def ridge(x, y, groups, seed):
    return ridge_unclipped(x, y, groups, seed, Clip())


def ridge_unclipped(x, y, groups, seed, *more_steps):
    folds = KFold(5, shuffle=True, random_state=seed)
    predicted = np.empty_like(y)
    for train, test in by_group(folds, groups):
        search = GridSearchCV(make_pipeline(DropFlat(), *more_steps, StandardScaler(), Ridge()),
                              {"ridge__alpha": np.logspace(-2, 6, 17)}, cv=list(by_group(folds, groups[train])),
                              scoring="neg_mean_squared_error")
        predicted[test] = search.fit(x[train], y[train]).predict(x[test])
    return r2_score(y, predicted)


def paper(x, y, groups, seed):
    (train, test), = by_group(ShuffleSplit(1, test_size=0.3, random_state=seed), groups)
    if x.shape[1] < len(train):
        return r2_score(y[test], LinearRegression().fit(x[train], y[train]).predict(x[test]))
    # Centering takes one from the rank of the rows. LinearRegression divides by that singular value of about 1e-14 all
    # the same, and gives another answer at each run; NumPy's limit is the usual one.
    mean = x[train].mean(0)
    weights = np.linalg.lstsq(x[train] - mean, y[train] - y[train].mean(), rcond=None)[0]
    return r2_score(y[test], (x[test] - mean) @ weights + y[train].mean())


cases = []


def add(name, x, noise=0.5, protocol="ridge-unclipped", groups=None, repetitions=1):
    x = x.astype(np.float32).astype(np.float64)
    spread = x.std(0)
    z = (x - x.mean(0))[:, spread > 0] / spread[spread > 0]
    y = z @ rng.standard_normal(z.shape[1]) / np.sqrt(z.shape[1]) + noise * rng.standard_normal(len(x))
    y = 0.3 + 0.1 * y
    groups = np.arange(len(x)) if groups is None else groups
    score = {"ridge-unclipped": ridge_unclipped, "ridge": ridge, "paper": paper}[protocol]
    x.astype(np.float32).tofile(f"{sys.argv[1]}/{len(cases)}.x")
    y.tofile(f"{sys.argv[1]}/{len(cases)}.y")
    cases.append({"name": name, "rows": x.shape[0], "channels": x.shape[1], "protocol": protocol,
                  "groups": [f"photo {g}" for g in groups],
                  "r2": [score(x, y, groups, seed) for seed in range(repetitions)]})


def normal(rows, channels, rank=None):
    if rank is None:
        return rng.standard_normal((rows, channels))
    return normal(rows, rank) @ normal(rank, channels) + 0.1 * normal(rows, channels)


add("one column", normal(40, 1))
add("few columns", normal(60, 12), repetitions=3)
add("more columns than inner rows, fewer than outer rows", normal(50, 36, 10))
add("as many columns as rows to fit", normal(50, 40, 10))
add("many columns", normal(60, 300, 15))
add("many rows", normal(700, 20), noise=2)
add("noise only counts", normal(60, 300), noise=30)
x = normal(60, 40, 8)
x[:, 3::5] = 0.1
add("constant columns, fewer than rows", x)
x = normal(60, 150, 8)
x[:, 3::5] = 0.1
add("constant columns, more than rows", x)
x = normal(60, 30, 8)
x[:, ::3] = 0
x[rng.integers(0, 60, 10), np.arange(0, 30, 3)] = 1  # constant in all folds but one
add("columns that live in a single row, fewer than rows", x)
x = np.hstack([x, x + 0.3 * normal(60, 30), x * normal(60, 1)])
add("columns that live in a single row, more than rows", x)
add("scales from 1e-7 to 1e5, fewer than rows", normal(60, 26, 8) * np.logspace(-7, 5, 26))
add("scales from 1e-7 to 1e5, more than rows", normal(60, 130, 8) * np.logspace(-7, 5, 130))
add("far from zero, fewer than rows", 1000 + normal(60, 20, 5))
add("far from zero, more than rows", 1000 + normal(60, 100, 5))
groups = np.concatenate([np.arange(30), rng.integers(0, 30, 50)])
rng.shuffle(groups)
add("groups, fewer columns than rows", normal(80, 25)[groups] + 0.3 * normal(80, 25), groups=groups)
add("groups, more columns than rows", normal(80, 120, 9)[groups] + 0.3 * normal(80, 120), groups=groups)
for protocol in "ridge-unclipped", "ridge":  # channels that hardly ever fire, as behind a ReLU
    rng = np.random.default_rng(8)
    sparse = lambda channels: np.maximum(0, normal(90, channels) - 2) + 1e-4 * np.maximum(0, normal(90, channels))
    add(f"{protocol}, hardly ever firing, fewer columns than rows", sparse(40), protocol=protocol, repetitions=2)
    add(f"{protocol}, hardly ever firing, more columns than rows", sparse(200), protocol=protocol, repetitions=2)
add("clipped, groups", normal(80, 25)[groups] + 0.3 * normal(80, 25), groups=groups, protocol="ridge")
add("paper, one column", normal(30, 1), protocol="paper")
add("paper, fewer columns than rows", normal(60, 12), protocol="paper")
add("paper, close to as many columns as rows", normal(60, 40), protocol="paper")
add("paper, more columns than rows", normal(40, 200), protocol="paper", repetitions=3)
add("paper, groups", normal(80, 20), protocol="paper", groups=groups)

with open(f"{sys.argv[1]}/cases.json", "w") as file:
    json.dump(cases, file)
