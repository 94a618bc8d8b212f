"""Prints as JSON cases of held-out predictions, and what NumPy and SciPy make of them.

    bootstrap_reference.py

"cases": R2 of each layer in resamples of the groups, with the quantiles 0.025 and 0.975 of the first layer's and of the
difference of two layers. "ranks": columns, and the normal scores of their ranks.
"""
import json

import numpy as np
from scipy.stats import norm, rankdata
from sklearn.metrics import r2_score

rng = np.random.default_rng(11)


def resampled(y, groups, repetitions, seed, resamples):
    """R2 over the repetitions (repetitions x rows of predictions), row by row, with scikit-learn's r2_score."""
    names = list(dict.fromkeys(groups))
    rows = [np.flatnonzero(np.array(groups) == name) for name in names]
    drawn = np.random.RandomState(seed).randint(0, len(names), (resamples, len(names)))
    result = []
    for one in drawn:
        chosen = np.concatenate([rows[g] for g in one])
        if np.ptp(y[chosen]) == 0:
            continue
        result.append(float(np.mean([r2_score(y[chosen], p[chosen]) for p in repetitions])))
    return result


cases = []
for count, group_sizes, scale, seed in [(40, [1], 1, 0), (30, [1, 2, 5], 1e-3, 7), (8, [4], 1e4, 123456), (5, [1], 1, 3)]:
    groups = [f"image {g}" for g in range(count) for _ in range(group_sizes[g % len(group_sizes)])]
    order = rng.permutation(len(groups))
    groups = [groups[i] for i in order]
    y = scale * (5 + rng.normal(size=len(groups)))
    if count == 5:
        y[:] = scale * np.array([1, 1, 1, 1, 2])  # resamples without the last have no R2
    layers = [[y + scale * noise * rng.normal(size=len(y)) for _ in range(3)] for noise in (0.3, 1.0, 2.0)]
    r2 = [resampled(y, groups, layer, seed, 150) for layer in layers]
    cases.append({"groups": groups, "targets": y.tolist(), "seed": seed, "resamples": 150, "r2": r2,
                  "predictions": [[p.tolist() for p in layer] for layer in layers],
                  "interval": np.quantile(r2[0], [0.025, 0.975]).tolist(),
                  "difference": np.quantile(np.subtract(r2[0], r2[1]), [0.025, 0.975]).tolist()})

ranks = []
for column in (rng.normal(size=37), np.repeat([0.0, 1.0, 5.0], [20, 3, 2]), rng.integers(0, 4, 50).astype(float), [3.0, 3.0]):
    column = np.asarray(column, dtype=np.float32)
    ranks.append({"values": column.tolist(),
                  "scores": norm.ppf((rankdata(column) - 0.5) / len(column)).tolist()})
print(json.dumps({"cases": cases, "ranks": ranks}))
