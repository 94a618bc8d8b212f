"""Prints as JSON features of two layers, their linear CKA, the unbiased one, and its standard error.

    alignment_reference.py

CKA as Kornblith et al. (2019) define it on features. The unbiased parts are means over distinct rows, as the statistic
is defined: E k(a, b) l(a, b) + E k(a, b) E l(c, d) - 2 E k(a, b) l(a, c).
"""
import itertools
import json

import numpy as np

rng = np.random.default_rng(6)


def linear_cka(x, y):
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    norm = np.linalg.norm
    return norm(y.T @ x) ** 2 / (norm(x.T @ x) * norm(y.T @ y))


def hsic(k, l):
    n = range(len(k))
    two = np.mean([k[a, b] * l[a, b] for a, b in itertools.permutations(n, 2)])
    four = np.mean([k[a, b] * l[c, d] for a, b, c, d in itertools.permutations(n, 4)])
    three = np.mean([k[a, b] * l[a, c] for a, b, c in itertools.permutations(n, 3)])
    return two + four - 2 * three


def unbiased(x, y):
    k, l = x @ x.T, y @ y.T
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))


cases = []
for rows, groups in [(9, list(range(9))), (10, [0, 0, 1, 2, 2, 2, 3, 4, 4, 5])]:
    x = rng.normal(size=(rows, 3)).astype(np.float32) + 2
    y = np.concatenate([x[:, :2] * 3 + rng.normal(size=(rows, 2)), rng.normal(size=(rows, 12))], axis=1)
    y = y.astype(np.float32)
    x64, y64 = x.astype(float), y.astype(float)
    left = []
    for group in sorted(set(groups)):
        stay = np.array(groups) != group
        left.append(unbiased(x64[stay], y64[stay]))
    left = np.array(left)
    error = np.sqrt((len(left) - 1) / len(left) * np.sum((left - left.mean()) ** 2))
    cases.append({"rows": rows, "groups": [f"image {g}" for g in groups], "x": x.ravel().tolist(),
                  "y": y.ravel().tolist(), "linear": linear_cka(x64, y64), "unbiased": unbiased(x64, y64),
                  "error": error})
print(json.dumps(cases))
