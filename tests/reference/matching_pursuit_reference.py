"""Prints as JSON cases of features and a target, the channels that scikit-learn chooses and R2 by their number.

    matching_pursuit_reference.py

orthogonal_mp on the standardised training part gives the channels: a step's new channel is the one whose coefficient
was zero before. OrthogonalMatchingPursuit and numpy.linalg.lstsq on these channels give the predictions, which must agree.
"""
import json

import numpy as np
from sklearn.linear_model import OrthogonalMatchingPursuit, orthogonal_mp
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold

from probe_steps import Clip, DropFlat

NUMBERS = [1, 2, 3, 4, 6, 8, 12]

rng = np.random.default_rng(5)
cases = []
for rows, channels, clip in [(90, 30, True), (60, 150, True), (80, 14, False)]:
    features = rng.normal(size=(rows, channels)).astype(np.float32)
    features[:, 5] = 2.5  # says nothing
    features[:, 6:9] += 3 * features[:, :3]  # correlated channels
    features[rng.random((rows, channels)) < 0.02] += 12  # a few lie far out
    features[:, 5] = 2.5
    target = features[:, 0] - 0.7 * features[:, 3] + 0.4 * features[:, 7] + 0.5 * rng.normal(size=rows)
    chosen, r2 = [], []
    for seed in 0, 1:
        predicted = np.empty((len(NUMBERS), rows))
        for train, test in KFold(5, shuffle=True, random_state=seed).split(target):
            drop = DropFlat().fit(features[train])
            kept = np.flatnonzero(drop.keep_)
            fitted, held = (drop.transform(features[part]).astype(float) for part in (train, test))
            if clip:
                held = Clip().fit(fitted).transform(held)
            mean, deviation = fitted.mean(0), fitted.std(0)
            fitted, held = (fitted - mean) / deviation, (held - mean) / deviation
            y = target[train] - target[train].mean()
            path = orthogonal_mp(fitted, y, n_nonzero_coefs=NUMBERS[-1], return_path=True)
            order = []
            for step in range(NUMBERS[-1]):
                order += [c for c in np.flatnonzero(path[:, step]) if c not in order]
                assert len(order) == step + 1
            for i, number in enumerate(NUMBERS):
                some = order[:number]
                weights = np.linalg.lstsq(fitted[:, some], y, rcond=None)[0]
                predicted[i, test] = target[train].mean() + held[:, some] @ weights
                omp = OrthogonalMatchingPursuit(n_nonzero_coefs=number).fit(fitted, target[train])
                assert np.allclose(omp.predict(held), predicted[i, test], atol=1e-9)
            chosen.append([int(kept[c]) for c in order])
        r2.append([r2_score(target, p) for p in predicted])
    cases.append({"features": features.ravel().tolist(), "channels": channels, "clip": clip,
                  "target": target.tolist(), "numbers": NUMBERS, "chosen": chosen, "r2": r2})
print(json.dumps(cases))
