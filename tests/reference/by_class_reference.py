"""Prints as JSON cases of features, classes, groups and a target, and R2 of each class by its own regression and by that
of the other classes.

    by_class_reference.py

scikit-learn's Ridge on the folds that ScaleScope documents: KFold over the groups of the class; the regression of the
others leaves out the groups of the part that it reads.
"""
import json

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probe_steps import Clip, DropFlat

REPETITIONS = 2


def group_folds(groups, seed):
    """Pairs of training and test positions; groups stay together, numbered as they first appear."""
    names = list(dict.fromkeys(groups))
    for _, test in KFold(5, shuffle=True, random_state=seed).split(names):
        held = {names[i] for i in test}
        is_held = np.array([group in held for group in groups])
        yield np.flatnonzero(~is_held), np.flatnonzero(is_held)


def fit(features, target, groups, seed):
    search = GridSearchCV(make_pipeline(DropFlat(), Clip(), StandardScaler(), Ridge()),
                          {"ridge__alpha": np.logspace(-2, 6, 17)}, cv=list(group_folds(groups, seed)),
                          scoring="neg_mean_squared_error")
    return search.fit(features, target)


rng = np.random.default_rng(8)
cases = []
for rows, channels, shared in [(120, 12, False), (90, 40, True)]:
    features = rng.normal(size=(rows, channels)).astype(np.float32)
    features[rng.random((rows, channels)) < 0.02] += 9  # a few lie far out
    features = features.astype(float)  # of float32 values
    names = np.array(["cat", "dog", "owl", ""])[rng.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])]
    groups = np.array([f"image {i // 2 if shared else i}" for i in range(rows)])  # two objects an image
    target = features[:, 0] + np.where(names == "cat", 1, 0.4) * features[:, 1] + 0.5 * rng.normal(size=rows)
    own, others = {}, {}
    for name in "cat", "dog":
        mine = np.flatnonzero(names == name)
        own[name] = []
        for seed in range(REPETITIONS):
            predicted = np.empty(rows)
            for train, test in group_folds(groups[mine], seed):
                part = mine[train]
                predicted[mine[test]] = fit(features[part], target[part], groups[part], seed).predict(features[mine[test]])
            own[name].append(r2_score(target[mine], predicted[mine]))
        for _, test in group_folds(groups[mine], 0):
            held = mine[test]
            part = np.flatnonzero((names != name) & (names != "") & ~np.isin(groups, groups[held]))
            predicted[held] = fit(features[part], target[part], groups[part], 0).predict(features[held])
        others[name] = r2_score(target[mine], predicted[mine])
    cases.append({"features": features.ravel().tolist(), "channels": channels, "classes": names.tolist(),
                  "groups": groups.tolist(), "target": target.tolist(), "own": own, "others": others})
print(json.dumps(cases))
