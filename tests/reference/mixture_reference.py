"""Prints as JSON features of objects alone and in pairs, and NumPy's least squares for them.

    mixture_reference.py

Each case: the features of objects alone, pairs of objects, and the features of each pair with the first and with the
second as the larger one. NumPy fits them row by row and channel by channel: f = c + a * larger + b * smaller, with one
constant for each channel. "resampled": share and R2 in resamples of the sets of pairs (the third number of a pair), about
the means of all pairs.
"""
import json

import numpy as np

rng = np.random.default_rng(5)


def rows(alone, pairs, first_larger, second_larger):
    """Larger alone, smaller alone, both: a row for each version of each pair."""
    a = np.array([alone[i] for i, _, _ in pairs])
    b = np.array([alone[i] for _, i, _ in pairs])
    return np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([first_larger, second_larger])


def fitted(larger, smaller, both):
    channels = both.shape[1]
    constants = np.tile(np.eye(channels), (len(both), 1))
    design = np.column_stack([larger.ravel(), smaller.ravel(), constants])
    solution = np.linalg.lstsq(design, both.ravel(), rcond=None)[0]
    left = both.ravel() - design @ solution
    return solution[0], solution[1], 1 - (left**2).sum() / ((both - both.mean(0))**2).sum()


def resampled(pairs, larger, smaller, both, seed, resamples):
    count = 1 + max(s for _, _, s in pairs)
    drawn = np.random.RandomState(seed).randint(0, count, (resamples, count))
    larger, smaller, both = (x - x.mean(0) for x in (larger, smaller, both))
    result = []
    for one in drawn:
        times = np.bincount(one, minlength=count)
        weight = np.sqrt(np.tile([times[s] for _, _, s in pairs], 2))[:, None]
        design = np.column_stack([(weight * larger).ravel(), (weight * smaller).ravel()])
        target = (weight * both).ravel()
        if np.linalg.matrix_rank(design) < 2:
            result.append([None, None])
            continue
        a, b = np.linalg.lstsq(design, target, rcond=None)[0]
        left = target - design @ [a, b]
        result.append([float(a / (a + b)) if a + b > 0 else None, float(1 - (left**2).sum() / (target**2).sum())])
    return result


cases = []
for count, channels, a, b, noise, shift, size in [(12, 5, 0.8, 0.2, 0.0, 0, 1), (30, 8, 0.7, 0.1, 0.5, 3, 1),
                                                       (15, 40, 0.5, 0.4, 2.0, 100, 3), (8, 3, 1.2, -0.1, 0.1, -5, 1)]:
    alone = (10 * rng.normal(size=(count, channels)) + shift).astype(np.float32)
    order = rng.permutation(count)
    pairs = [(int(order[i]), int(order[(i + count // 2 - 1) % count]), i // size) for i in range(count)]
    firsts = np.array([alone[i] for i, _, _ in pairs], dtype=float)
    seconds = np.array([alone[j] for _, j, _ in pairs], dtype=float)
    first_larger, second_larger = (
        (shift + a * x + b * y + 10 * noise * rng.normal(size=x.shape)).astype(np.float32)
        for x, y in ((firsts, seconds), (seconds, firsts)))
    larger, smaller, both = rows(alone.astype(float), pairs, first_larger.astype(float), second_larger.astype(float))
    weights = fitted(larger, smaller, both)
    cases.append({"alone": alone.tolist(), "pairs": pairs, "first_larger": first_larger.tolist(),
                  "second_larger": second_larger.tolist(), "larger": float(weights[0]), "smaller": float(weights[1]),
                  "share": float(weights[0] / (weights[0] + weights[1])), "r2": float(weights[2]), "seed": count,
                  "resamples": 100,
                  "resampled": resampled(pairs, larger, smaller, both, count, 100)})
print(json.dumps({"cases": cases}))
