"""What pycocotools makes of masks and polygons, for coco_reference_test.cpp.

  write DIR   writes DIR/coco.json, whose annotations have a segmentation and no box, each on an image of its own; an
              empty file for each image; and DIR/expected.txt: "IMAGE KIND X Y WIDTH HEIGHT" and for polygons a second
              box. KIND is rle, polygon (the box of its vertices, then that of its pixels) or crowd.
"""
import json
import os
import sys
from pathlib import Path

import numpy as np

if "SCALESCOPE_PYTHON_EXTRA" in os.environ:
    sys.path.insert(0, os.environ["SCALESCOPE_PYTHON_EXTRA"])
from pycocotools import mask as coco_mask


def masks(random):
    """Masks of many kinds: blobs in one or several parts, with holes, single pixels, edges."""
    for _ in range(60):
        height, width = random.integers(1, 60, 2)
        mask = np.zeros((height, width), np.uint8)
        for _ in range(random.integers(1, 4)):
            y, x = random.integers(0, height), random.integers(0, width)
            mask[y:y + random.integers(1, 20), x:x + random.integers(1, 20)] = 1
        if random.random() < 0.5:  # holes
            mask[random.random(mask.shape) < 0.2] = 0
        yield mask
    for y, x in ((0, 0), (0, 6), (4, 0), (4, 6), (2, 3)):  # one pixel
        mask = np.zeros((5, 7), np.uint8)
        mask[y, x] = 1
        yield mask
    yield np.ones((5, 7), np.uint8)
    yield np.ones((1, 1), np.uint8)
    ring = np.ones((40, 30), np.uint8)
    ring[1:-1, 1:-1] = 0
    yield ring
    large = np.zeros((1500, 2000), np.uint8)  # runs of more than one letter
    large[700:1400, 3:1999] = 1
    yield large
    yield (random.random((50, 60)) < 0.02).astype(np.uint8)


def uncompressed(mask):
    """The lengths of the runs, column by column, from 0s on."""
    flat = np.concatenate([[0], mask.flatten(order="F"), [2]])
    ends = np.flatnonzero(np.diff(flat))
    runs = np.diff(np.concatenate([[0], ends])).tolist()
    return runs


def polygons(random):
    for _ in range(60):
        height, width = (int(side) for side in random.integers(30, 300, 2))
        parts = []
        for _ in range(random.integers(1, 4)):
            count = random.integers(5, 12)  # blunt corners: pixels do not reach into a sharp one
            angles = (np.arange(count) + random.uniform(0, 0.5, count)) * 2 * np.pi / count
            radii = random.uniform(5, 14) * random.uniform(0.8, 1, count)
            centre = random.uniform(14, (width - 14, height - 14), 2)
            corners = centre + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
            parts.append(corners.round(random.integers(0, 4)).flatten().tolist())
        yield parts, height, width


def write(folder):
    random = np.random.default_rng(7)
    images, annotations, expected = [], [], []

    def add(kind, segmentation, height, width, *boxes):
        number = len(images) + 1
        images.append({"id": number, "file_name": f"{number}.jpg", "width": int(width), "height": int(height)})
        annotations.append({"id": number, "image_id": number, "iscrowd": int(kind == "crowd"),
                            "segmentation": segmentation})
        (folder / f"{number}.jpg").touch()
        expected.append(" ".join([f"{number}.jpg", kind, *(repr(float(value)) for box in boxes for value in box)]))

    for mask in masks(random):
        if not mask.any():
            continue
        encoded = coco_mask.encode(np.asfortranarray(mask))
        box = coco_mask.toBbox(encoded)
        height, width = mask.shape
        size = [int(height), int(width)]
        add("rle", {"size": size, "counts": encoded["counts"].decode()}, height, width, box)
        again = coco_mask.frPyObjects({"size": size, "counts": uncompressed(mask)}, height, width)
        assert again["counts"] == encoded["counts"]
        add("rle", {"size": size, "counts": uncompressed(mask)}, height, width, box)
        add("crowd", {"size": size, "counts": uncompressed(mask)}, height, width, box)
    for parts, height, width in polygons(random):
        points = np.concatenate([np.reshape(part, (-1, 2)) for part in parts])
        low, high = points.min(0), points.max(0)
        pixels = coco_mask.toBbox(coco_mask.merge(coco_mask.frPyObjects(parts, height, width)))
        add("polygon", parts, height, width, [*low, *(high - low)], pixels)
    (folder / "coco.json").write_text(json.dumps({"images": images, "annotations": annotations, "categories": []}))
    (folder / "expected.txt").write_text("\n".join(expected))


if __name__ == "__main__":
    write(Path(sys.argv[2]))
