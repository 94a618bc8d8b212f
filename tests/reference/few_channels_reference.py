"""Prints as JSON cases of features and a target, the channels that scikit-learn chooses, and R2 by their number.

    few_channels_reference.py

orthogonal_mp on the standardised training part gives the channels: a step's new channel is the one whose coefficient
was zero before. OrthogonalMatchingPursuit and numpy.linalg.lstsq on these channels give the predictions, which must
agree. Channels by correlation (numpy.corrcoef) and at random (RandomState.permutation) are read by Ridge.
"""
import json

import numpy as np
from sklearn.linear_model import OrthogonalMatchingPursuit, Ridge, orthogonal_mp
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probe_steps import Clip, DropFlat

NUMBERS = [1, 2, 3, 4, 6, 8, 12]
RIDGE_NUMBERS = [2, 8]


def ridge(clip, features, target, folds):
    search = GridSearchCV(make_pipeline(DropFlat(), *([Clip()] if clip else []), StandardScaler(), Ridge()),
                          {"ridge__alpha": np.logspace(-2, 6, 17)}, cv=list(folds.split(target)),
                          scoring="neg_mean_squared_error")
    return search.fit(features, target)


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
    by_ridge = {"correlation": [], "random": []}
    for seed in 0, 1:
        predicted = np.empty((len(NUMBERS), rows))
        of_ridge = {name: np.empty((len(RIDGE_NUMBERS), rows)) for name in by_ridge}
        folds = KFold(5, shuffle=True, random_state=seed)
        for train, test in folds.split(target):
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
            varies = features[train].std(0) > 0
            correlation = np.zeros(channels)
            correlation[varies] = [abs(np.corrcoef(x, target[train])[0, 1]) for x in features[train][:, varies].T]
            orders = {"correlation": np.argsort(-correlation, kind="stable"),
                      "random": np.random.RandomState(seed).permutation(channels)}
            for name, order in orders.items():
                for i, number in enumerate(RIDGE_NUMBERS):
                    some = features[:, order[:number]].astype(float)
                    of_ridge[name][i, test] = ridge(clip, some[train], target[train], folds).predict(some[test])
        for name in by_ridge:
            by_ridge[name].append([r2_score(target, p) for p in of_ridge[name]])
        r2.append([r2_score(target, p) for p in predicted])
    cases.append({"features": features.ravel().tolist(), "channels": channels, "clip": clip,
                  "target": target.tolist(), "numbers": NUMBERS, "chosen": chosen, "r2": r2,
                  "ridge_numbers": RIDGE_NUMBERS, **by_ridge})
print(json.dumps(cases))
