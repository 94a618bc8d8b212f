"""Prints scikit-learn's folds and NumPy's permutations for folds_test.cpp, as JSON."""
import json

import numpy as np
from sklearn.model_selection import KFold, ShuffleSplit


def fold_of_each(count, seed):
    fold = np.empty(count, int)
    for k, (_, test) in enumerate(KFold(5, shuffle=True, random_state=seed).split(np.zeros(count))):
        fold[test] = k
    return fold


def case(groups, seed):
    """Folds of the distinct groups, in their order of appearance, handed on to their rows."""
    names, first = np.unique(groups, return_index=True)
    names = names[np.argsort(first)]
    number = np.array([int(np.flatnonzero(names == g)[0]) for g in groups])
    outer = fold_of_each(len(names), seed)
    inner = []
    for k in range(5):
        inside = np.full(len(names), -1)
        train = np.flatnonzero(outer != k)
        inside[train] = fold_of_each(len(train), seed)
        inner.append(inside[number].tolist())
    _, test = next(ShuffleSplit(1, test_size=0.3, random_state=seed).split(np.zeros(len(names))))
    held = np.zeros(len(names), int)
    held[test] = 1
    values = np.arange(len(groups)) * 0.5
    result = {"groups": groups, "seed": seed, "outer": outer[number].tolist(), "inner": inner,
              "test": held[number].tolist()}
    if len(names) == len(groups):
        result["permuted"] = np.random.RandomState(seed).permutation(values).tolist()
    return result


cases = [case([f"row {i}" for i in range(count)], seed)
         for count in (7, 8, 20, 33, 64, 65, 184, 1000) for seed in (0, 1, 9, 42, 4294967295)]
rng = np.random.default_rng(0)
for count, names in ((40, 9), (200, 50), (30, 30)):
    groups = list(range(names)) + rng.integers(0, names, count - names).tolist()
    rng.shuffle(groups)
    cases += [case([f"photo {g}" for g in groups], seed) for seed in (0, 5)]
print(json.dumps(cases))
