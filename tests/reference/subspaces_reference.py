"""Prints as JSON maps before and after a transformation, and their subspace scores.

    subspaces_reference.py

By the singular value decomposition of the rows themselves, not by their covariances. A row is one channel of one image.
"""
import json

import numpy as np

rng = np.random.default_rng(5)


def standardised(maps):
    mean = maps.mean(axis=(0, 2), keepdims=True)
    return (maps - mean) / maps.std(axis=(0, 2), keepdims=True)


def kept(rows):
    """Left singular vectors, and right ones, that hold 99 % of the variance."""
    u, s, vt = np.linalg.svd(rows, full_matrices=False)
    count = int(np.searchsorted(np.cumsum(s**2) / np.sum(s**2), 0.99)) + 1
    return u[:, :count], vt[:count]


def scores(before, after):
    x = before.reshape(-1, before.shape[2])
    y = after.reshape(-1, after.shape[2])
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    canonical = np.linalg.svd(kept(x)[0].T @ kept(y)[0], compute_uv=False)
    directions = kept(np.concatenate([x, y]))[1]
    same = [np.corrcoef(x @ v, y @ v)[0, 1] for v in directions]
    return np.mean(canonical), np.mean(same)


def jackknife(before, after):
    blocks = min(50, len(before))
    values = []
    for block in range(blocks):
        left = np.arange(len(before)) % blocks != block
        values.append(scores(before[left], after[left]))
    values = np.array(values)
    return np.sqrt((blocks - 1) / blocks * np.sum((values - values.mean(axis=0)) ** 2, axis=0))


cases = []
for images, channels, positions in [(12, 30, 9), (60, 7, 16), (6, 20, 49)]:
    smooth = rng.normal(size=(positions, positions)) / np.sqrt(positions) + np.eye(positions)
    before = (rng.normal(size=(images, channels, positions)) @ smooth).astype(np.float32)
    moved = before[:, :, rng.permutation(positions)]
    after = (moved + 0.7 * before * (rng.random(positions) < 0.5) +
             0.3 * rng.normal(size=before.shape)).astype(np.float32) * rng.uniform(1, 9, size=(1, channels, 1))
    after = after.astype(np.float32)
    x, y = standardised(before.astype(float)), standardised(after.astype(float))
    equivariance, invariance = scores(x, y)
    errors = jackknife(x, y)
    cases.append({"images": images, "channels": channels, "positions": positions, "before": before.ravel().tolist(),
                  "after": after.ravel().tolist(), "equivariance": equivariance, "invariance": invariance,
                  "equivariance_error": errors[0], "invariance_error": errors[1]})
print(json.dumps(cases))
