"""Prints as JSON cases of features, covariates and a target, the R2 of covariates alone and of both together, and the
partial R2 with its interval over 2,000 resamples of the rows (seed 7).

    adjusted_reference.py

scikit-learn: in each split target and features are replaced by what LinearRegression on the covariates leaves of them.
Features are kept as float32, before and after.
"""
import json

import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probe_steps import Clip, DropFlat

rng = np.random.default_rng(3)
cases = []
for rows, channels, clip in [(120, 15, True), (60, 90, True), (90, 8, False)]:
    covariates = rng.normal(size=(rows, 4))
    covariates[:, 3] = covariates[:, 0] - 2 * covariates[:, 1] + 1  # says nothing new
    features = (rng.normal(size=(rows, channels)) + covariates[:, :1]).astype(np.float32)
    features[rng.random((rows, channels)) < 0.02] += 20  # a few lie far out
    target = 2 * covariates[:, 0] + features[:, 0] + 0.5 * rng.normal(size=rows)
    alone, both = [], []
    errors_alone, errors_both = np.zeros(rows), np.zeros(rows)
    for seed in 0, 1:
        folds = KFold(5, shuffle=True, random_state=seed)
        known, added = np.empty(rows), np.empty(rows)
        for train, test in folds.split(target):
            fit = LinearRegression().fit(covariates[train], target[train])
            known[test] = fit.predict(covariates[test])
            of_features = LinearRegression().fit(covariates[train], features[train].astype(float))
            left = (features - of_features.predict(covariates)).astype(np.float32).astype(float)
            steps = [DropFlat(), *([Clip()] if clip else []), StandardScaler(), Ridge()]
            search = GridSearchCV(make_pipeline(*steps), {"ridge__alpha": np.logspace(-2, 6, 17)},
                                  cv=list(folds.split(train)), scoring="neg_mean_squared_error")
            search.fit(left[train], target[train] - fit.predict(covariates[train]))
            added[test] = known[test] + search.predict(left[test])
        alone.append(r2_score(target, known))
        both.append(r2_score(target, added))
        errors_alone += (target - known) ** 2
        errors_both += (target - added) ** 2
    drawn = np.random.RandomState(7).randint(0, rows, (2000, rows))
    resampled = 1 - errors_both[drawn].sum(axis=1) / errors_alone[drawn].sum(axis=1)
    partial = 1 - errors_both.sum() / errors_alone.sum()
    interval = np.quantile(resampled, [0.025, 0.975]).tolist()
    cases.append({"features": features.ravel().tolist(), "channels": channels, "clip": clip,
                  "covariates": covariates.ravel().tolist(), "target": target.tolist(), "alone": alone, "both": both,
                  "partial": partial, "interval": interval})
print(json.dumps(cases))
