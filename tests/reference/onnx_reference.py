"""Checks ONNX files with onnx and runs them with ONNX Runtime, and compares the outputs with those that are given.

    onnx_reference.py FOLDER

Beside each NAME.onnx of the folder is NAME.raw: for each batch the ranks of the images and the output, their sizes (all
int64) and their values (float32). Prints as JSON, by name, the largest difference of the largest magnitude, or the text of
the error."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def batches(file):
    data = file.read_bytes()
    at = 0

    def take(kind, shape):
        nonlocal at
        values = np.frombuffer(data, kind, math.prod(shape), at).reshape(shape)
        at += values.nbytes
        return values

    while at < len(data):
        ranks = take(np.int64, (2,))
        sizes = [tuple(int(side) for side in take(np.int64, (int(rank),))) for rank in ranks]
        yield [take(np.float32, size) for size in sizes]


def difference(file):
    onnx.checker.check_model(str(file), full_check=True)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    worst = 0.0
    for images, expected in batches(file.with_suffix(".raw")):
        found = session.run(None, {session.get_inputs()[0].name: images})[0]
        if found.shape != expected.shape:
            raise ValueError(f"{found.shape} instead of {expected.shape}")
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        off = np.where(same, 0.0, np.abs(found.astype(np.float64) - expected))
        if not np.isfinite(off).all():
            return math.inf
        largest = float(off.max(initial=0.0))
        if largest != 0:
            worst = max(worst, largest / float(np.abs(expected[np.isfinite(expected)]).max(initial=1e-30)))
    return worst


def main():
    onnxruntime.set_default_logger_severity(3)
    found = {}
    for file in sorted(Path(sys.argv[1]).glob("*.onnx")):
        try:
            found[file.stem] = difference(file)
        except Exception as error:  # whatever the libraries throw is the result
            found[file.stem] = str(error)[:500]
    json.dump(found, sys.stdout)


main()
