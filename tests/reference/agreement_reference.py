"""Prints as JSON pairs of ratings and of numbers, and what scikit-learn says of them.

    agreement_reference.py
"""
import json

import numpy as np
from sklearn.metrics import cohen_kappa_score, mean_absolute_error

rng = np.random.default_rng(5)
cases = []
for rows, classes, right in [(1000, 4, 0.7), (200, 7, 0.2), (50, 2, 0.95), (30, 3, 1.0), (40, 5, 0.0), (7, 2, 0.5)]:
    a = rng.integers(0, classes, rows)
    b = np.where(rng.random(rows) < right, a, rng.integers(0, classes, rows))
    cases.append((a, b))
cases.append((np.repeat([0, 1, 2], 20), np.full(60, 2)))  # one of the two knows a single class
cases.append((np.arange(60) % 2 * 5, np.arange(60) % 3))  # classes that nobody gives

print(json.dumps([{"a": a.tolist(), "b": b.tolist(), "kappa": cohen_kappa_score(a, b),
                   "x": (x := rng.normal(100, 50, len(a))).tolist(), "y": (y := x + rng.normal(0, 9, len(a))).tolist(),
                   "error": mean_absolute_error(x, y)} for a, b in cases]))
