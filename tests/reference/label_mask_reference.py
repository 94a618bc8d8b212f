"""Label masks as Pillow and tifffile write them, and what SciPy or scikit-image find in them, for label_mask_test.cpp.

  masks DIR    writes masks of many kinds; prints "NAME" or, of those that are to be refused, "NAME refused WORDS".
               Beside each are NAME.labels (width, height and the numbers, 32 bits each), NAME.parts (the same, split into
               connected parts) and NAME.objects (lines "label x y width height area"). tifffile and scikit-image are
               used where SCALESCOPE_PYTHON_EXTRA has them: the first line says so.
"""
import os
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parent))
if "SCALESCOPE_PYTHON_EXTRA" in os.environ:
    sys.path.append(os.environ["SCALESCOPE_PYTHON_EXTRA"])
try:
    import tifffile
    from skimage import measure
except ImportError:
    tifffile = measure = None

WIDTH, HEIGHT = 61, 43


def scene(random, count):
    """Discs in random order, some over others, so that an object may have several parts or none."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    labels = np.zeros((HEIGHT, WIDTH), np.int64)
    for number in random.permutation(count) + 1:
        radius = random.uniform(1, 6)
        labels[np.hypot(x - random.uniform(0, WIDTH), y - random.uniform(0, HEIGHT)) < radius] = number
    return labels


def split(labels):
    if measure:
        return measure.label(labels, connectivity=2)
    parts = np.zeros_like(labels)
    for number in np.unique(labels[labels > 0]):
        own, _ = ndimage.label(labels == number, np.ones((3, 3)))
        parts[own > 0] = own[own > 0] + parts.max()
    order = {part: i + 1 for i, part in enumerate(dict.fromkeys(parts[parts > 0]))}  # by their first pixels
    return np.vectorize(lambda part: order.get(part, 0))(parts)


def objects(labels):
    if measure and labels.max() < 100000:  # it counts up to the largest number
        return [(one.label, one.bbox[1], one.bbox[0], one.bbox[3] - one.bbox[1], one.bbox[2] - one.bbox[0],
                 int(one.area)) for one in measure.regionprops(labels)]
    found = []
    for number in np.unique(labels[labels > 0]):
        rows, columns = np.nonzero(labels == number)
        found.append((number, columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1, len(rows)))
    return found


def masks(folder):
    random = np.random.RandomState(5)
    few, many, wide = scene(random, 14), scene(random, 70), scene(random, 40) * 1500
    huge = many * 61_356_675  # up to 2^32 - 26
    print("skimage" if measure else "scipy")

    def expect(name, labels):
        labels = np.asarray(labels).astype(np.int64)
        for ending, numbers in (("labels", labels), ("parts", split(labels))):
            raw = struct.pack("<ii", numbers.shape[1], numbers.shape[0]) + numbers.astype("<u4").tobytes()
            (folder / f"{name}.{ending}").write_bytes(raw)
        lines = "".join("{} {} {} {} {} {}\n".format(*one) for one in objects(labels))
        (folder / f"{name}.objects").write_text(lines)
        print(name)

    def save(name, image, labels, **options):
        image.save(folder / name, **options)
        expect(name, labels)

    def indexed(labels, colours):
        image = Image.fromarray(labels.astype(np.uint8))
        image.putpalette(colours)
        return image

    rainbow = random.randint(0, 256, 768).astype(np.uint8).tobytes()
    save("8.png", Image.fromarray(many.astype(np.uint8)), many)
    save("16.png", Image.fromarray(wide.astype(np.uint16)), wide)
    save("bit.png", Image.fromarray(many > 0), many > 0)
    save("binary.png", Image.fromarray((many > 0).astype(np.uint8) * 255), (many > 0) * 255)
    save("binary16.png", Image.fromarray((many > 0).astype(np.uint16) * 65535), (many > 0) * 65535)
    bordered = np.where(random.rand(HEIGHT, WIDTH) < 0.1, 255, many)
    save("indexed.png", indexed(bordered, rainbow), np.where(bordered == 255, 0, bordered))
    save("transparent.png", indexed(many, rainbow), many, transparency=0)
    for bits in (1, 2, 4):
        low = few % 2 ** bits
        save(f"indexed{bits}.png", indexed(low, rainbow[:3 * 2 ** bits]), low, bits=bits)
    equal = np.repeat(many[:, :, None], 3, 2).astype(np.uint8)
    save("equal.png", Image.fromarray(equal), many)
    save("alpha.png", Image.fromarray(np.concatenate([equal, equal[:, :, :1] * 3], 2)), many)
    save("grey_alpha.png", Image.fromarray(np.stack([many, many * 3], 2).astype(np.uint8), "LA"), many)
    save("8.bmp", Image.fromarray(many.astype(np.uint8)), many)
    save("lossless.webp", Image.fromarray(equal), many, lossless=True)
    save("8.tif", Image.fromarray(many.astype(np.uint8)), many)
    save("16.tif", Image.fromarray(wide.astype(np.uint16)), wide, compression="tiff_lzw")
    save("i32.tif", Image.fromarray((wide * 30).astype(np.int32)), wide * 30)
    save("f32.tif", Image.fromarray(wide.astype(np.float32)), wide, compression="tiff_adobe_deflate")
    save("bit.tif", Image.fromarray(many > 0), many > 0)
    save("indexed.tif", indexed(bordered, rainbow), bordered)
    save("empty.png", Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)), np.zeros((HEIGHT, WIDTH)))
    for o in range(1, 9):
        turned = {1: many, 2: many[:, ::-1], 3: many[::-1, ::-1], 4: many[::-1], 5: many.T, 6: many.T[:, ::-1],
                  7: many.T[::-1, ::-1], 8: many.T[::-1]}[o]
        for kind, dtype in (("i32", np.int32), ("f32", np.float32), ("8", np.uint8), ("16", np.uint16)):
            save(f"turned{o}.{kind}.tif", Image.fromarray(many.astype(dtype)), turned, tiffinfo={274: o})

    from image_reference import tiff
    for order, name in (("<", "little"), (">", "big")):
        for dtype, kind, of in (("u4", 1, huge), ("u8", 1, huge), ("i8", 2, wide), ("i1", 2, many), ("i2", 2, many),
                                ("f8", 3, huge), ("u1", 1, many), ("u2", 1, wide)):
            for version in (42, 43):
                file = f"{dtype}.{name}.{version}.tif"
                samples = of[:, :, None].astype(dtype)
                (folder / file).write_bytes(tiff(samples, order, version, photometric=1, sample_format=kind))
                expect(file, of)
    for photometric in (0, 3):
        (folder / f"colours{photometric}.tif").write_bytes(
            tiff(many[:, :, None].astype(np.uint8), photometric=photometric))
        expect(f"colours{photometric}.tif", many)
    (folder / "colours0.16.tif").write_bytes(tiff(wide[:, :, None].astype(np.uint16), photometric=0))
    expect("colours0.16.tif", wide)
    pages = [Image.fromarray(many.astype(np.uint8)), Image.fromarray(few.astype(np.uint8))]
    save("pages.tif", pages[0], many, save_all=True, append_images=pages[1:])
    if tifffile:
        for dtype in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
            for name, options in (("plain", {}), ("zlib", {"compression": "zlib"}), ("tiles", {"tile": (16, 32)}),
                                  ("big", {"bigtiff": True, "byteorder": ">"}), ("imagej", {"imagej": True}),
                                  ("white", {"photometric": "miniswhite"})):
                if name == "imagej" and dtype not in ("u1", "u2", "f4"):
                    continue
                file = f"tifffile.{dtype}.{name}.tif"
                tifffile.imwrite(folder / file, many.astype(dtype), **options)
                expect(file, tifffile.imread(folder / file))

    def refuse(name, content, words):
        if isinstance(content, Image.Image):
            content.save(folder / name)
        else:
            (folder / name).write_bytes(content)
        print(name, "refused", words)

    refuse("colours.png", Image.fromarray(random.randint(0, 256, (9, 9, 3)).astype(np.uint8)), "has colours")
    refuse("lossy.jpg", Image.fromarray(many.astype(np.uint8)), "JPEG")
    refuse("lossy.webp", Image.fromarray(equal), "lossy WebP")
    refuse("half.tif", Image.fromarray((many / 2).astype(np.float32)), "whole")
    refuse("nan.tif", Image.fromarray(np.where(many > 3, np.nan, many).astype(np.float32)), "number nan")
    refuse("negative.tif", Image.fromarray((many - 1).astype(np.int32)), "number -1 at column 0, row 0")
    refuse("above.tif", tiff((many[:, :, None] * 2 ** 40).astype(np.uint64), photometric=1), "4294967295")
    refuse("half_precision.tif", tiff(many[:, :, None].astype(np.float16), photometric=1, sample_format=3), "16 bits")
    refuse("complex.tif", tiff(many[:, :, None].astype(np.complex64), photometric=1, sample_format=6), "rare")


{"masks": masks}[sys.argv[1]](Path(sys.argv[2]))
