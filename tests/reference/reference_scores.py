#!/usr/bin/python3
"""scikit-learn's R2 on the features and folds that `scalescope-cli analyze --features` wrote.

    reference_scores.py FOLDER REPETITIONS LAYER...

prints {layer: [R2 of each repetition]} as JSON. The protocol is that of a researcher's script: GridSearchCV over a pipeline
of dropping flat columns, StandardScaler and Ridge; the folds are read from analysis.json. Exits with 77 if scikit-learn is
missing.
"""
import json
import sys

try:
    import numpy as np
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score
    from sklearn.model_selection import GridSearchCV, PredefinedSplit
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
except ImportError as e:
    print(e)
    sys.exit(77)


class DropFlat(BaseEstimator, TransformerMixin):
    def fit(self, x, y=None):
        s = x.std(0)
        self.keep_ = s > 1e-6 * s.max()
        return self

    def transform(self, x):
        return x[:, self.keep_]


def main(folder, repetitions, layers):
    with open(f"{folder}/analysis.json") as f:
        record = json.load(f)
    y = np.array([row["target"] for row in record["rows"]])
    scores = {}
    for layer in layers:
        x = np.load(f"{folder}/features/{layer}.npy").astype(np.float64)
        scores[layer] = []
        for repetition in record["folds"]["repetitions"][:repetitions]:
            outer = np.array(repetition["outer"])
            predicted = np.empty_like(y)
            for fold, inner in enumerate(np.array(repetition["inner"])):
                train = outer != fold
                search = GridSearchCV(make_pipeline(DropFlat(), StandardScaler(), Ridge()),
                                      {"ridge__alpha": np.logspace(-2, 6, 17)}, cv=PredefinedSplit(inner[train]),
                                      scoring="neg_mean_squared_error")
                predicted[~train] = search.fit(x[train], y[train]).predict(x[~train])
            scores[layer].append(r2_score(y, predicted))
    print(json.dumps(scores))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
