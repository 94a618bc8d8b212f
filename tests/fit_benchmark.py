#!/usr/bin/python3
"""Times the fit of a layer-wise R2 curve, ours beside scikit-learn's, on the same features and cores in one run.

    fit_benchmark.py BUILD/bin/fit_benchmark [--repetitions 1] [--threads 2]

scikit-learn's way is that of a researcher today: a GridSearchCV over a pipeline in each outer fold. The features are
random, of low rank plus noise, with some dead and some huge channels, in the shape of InceptionV3's layers for 184
photos. Ten repetitions of scikit-learn take minutes.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program")
parser.add_argument("--repetitions", type=int, default=10)
parser.add_argument("--threads", type=int, default=os.cpu_count())
arguments = parser.parse_args()
# scikit-learn's BLAS gets the same number of threads; it reads this once, when NumPy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = str(arguments.threads)
import numpy as np

ROWS = 184
CHANNELS = [256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048, 2048, 5, 5]


def make_features():
    rng = np.random.default_rng(0)
    y = rng.beta(2, 4, ROWS)
    layers = []
    for i, channels in enumerate(CHANNELS):
        rank = min(channels, 40)
        factors = rng.standard_normal((ROWS, rank))
        factors[:, 0] = (y - y.mean()) / y.std() + rng.standard_normal(ROWS) * (0.3 + 0.2 * abs(i - 6))
        spectrum = 1 / np.arange(1, rank + 1) ** 0.5
        x = (factors * spectrum) @ rng.standard_normal((rank, channels)) + 0.3 * rng.standard_normal((ROWS, channels))
        x *= np.exp(rng.standard_normal(channels))  # channels differ in scale
        if channels > 50:
            x[:, ::50] = 0  # dead channels
        layers.append(np.maximum(x, 0).astype(np.float32) if channels > 5 else x.astype(np.float32))
    return layers, y


def fit_scikit_learn(layers, y, repetitions):
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    class DropFlat(BaseEstimator, TransformerMixin):
        def fit(self, x, y=None):
            deviation = x.std(0)
            self.keep_ = deviation > 1e-6 * deviation.max()
            return self

        def transform(self, x):
            return x[:, self.keep_]

    curve = []
    wall, cpu = time.perf_counter(), time.process_time()
    for x in layers:
        r2 = []
        for seed in range(repetitions):
            predicted = np.empty_like(y)
            for train, test in KFold(5, shuffle=True, random_state=seed).split(x):
                search = GridSearchCV(make_pipeline(DropFlat(), StandardScaler(), Ridge()),
                                      {"ridge__alpha": np.logspace(-2, 6, 17)},
                                      cv=KFold(5, shuffle=True, random_state=seed), scoring="neg_mean_squared_error")
                predicted[test] = search.fit(x[train], y[train]).predict(x[test])
            r2.append(r2_score(y, predicted))
        curve.append(r2)
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "r2": curve}


def main():
    layers, y = make_features()
    with tempfile.TemporaryDirectory() as folder:
        for i, x in enumerate(layers):
            x.tofile(f"{folder}/layer{i}")
        y.tofile(f"{folder}/y")
        command = [arguments.program, folder, str(ROWS), ",".join(map(str, CHANNELS)), str(arguments.repetitions),
                   str(arguments.threads)]
        runs = [json.loads(subprocess.check_output(command)) for _ in range(3)]
    ours = min(runs, key=lambda run: run["wall"])
    theirs = fit_scikit_learn([x.astype(np.float64) for x in layers], y, arguments.repetitions)
    for i, channels in enumerate(CHANNELS):
        print(f"layer {i:2d}  {channels:5d} channels  R2 ours {np.mean(ours['r2'][i]):8.5f}"
              f"  scikit-learn {np.mean(theirs['r2'][i]):8.5f}")
    print(f"{ROWS} rows, {len(CHANNELS)} layers, {arguments.repetitions} repetitions, {arguments.threads} threads")
    print(f"ours          {ours['wall']:8.3f} s  ({ours['cpu']:.3f} s of CPU; best of 3: "
          + ", ".join(f"{run['wall']:.3f}" for run in runs) + ")")
    print(f"scikit-learn  {theirs['wall']:8.3f} s  ({theirs['cpu']:.3f} s of CPU)")
    print(f"ratio         {theirs['wall'] / ours['wall']:8.1f}    ({theirs['cpu'] / ours['cpu']:.1f} by CPU)")
    print(f"largest |difference| in R2 of a repetition: {np.abs(np.subtract(ours['r2'], theirs['r2'])).max():.2e}")


if __name__ == "__main__":
    main()
