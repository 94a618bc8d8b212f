"""What Pillow, NumPy and torchvision make of pictures, for image_test.cpp.

  pictures DIR    writes pictures of many kinds, and NAME.expected (PPM) beside each; prints "NAME TOLERANCE" lines.
                  Kinds that are to be refused are printed as "NAME refused".
  resize DIR      writes pictures WxH.ppm, resized by Pillow into WxH-to-VxG-FILTER.ppm; prints the names of these and
                  of the filters.
  square DIR      writes pictures made squares as timm makes them; prints their names, and how: side, mode, filter, crop.
  normalize DIR   preprocesses DIR/in.ppm by torchvision's Normalize and by Keras's rules into DIR/MODE.f32
"""
import io
import math
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

WIDTH, HEIGHT = 45, 31


def photo(random):
    """Smooth colours with some noise: like a photo, kind to lossy formats."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [127 + 100 * np.sin(x / 7 + c) * np.cos(y / 5 - c) for c in range(3)]
    return np.clip(np.stack(planes, 2) + random.normal(0, 6, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)


# From linear sRGB to XYZ, adapted to D50: http://www.brucelindbloom.com/index.html?Eqn_RGB_XYZ_Matrix.html
TO_XYZ = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169],
                   [0.0139322, 0.0971045, 0.7141733]])


def lab_of(rgb):
    """CIE L*a*b* with the white point D50 of sRGB colours."""
    linear = np.where(rgb / 255 <= 0.04045, rgb / 255 / 12.92, ((rgb / 255 + 0.055) / 1.055) ** 2.4)
    xyz = linear @ TO_XYZ.T / TO_XYZ.sum(1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def rgb_of(lab):
    """The inverse of lab_of, for colours that sRGB has nearly or fully."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(f > 6 / 29, f ** 3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * TO_XYZ.sum(1)
    linear = np.clip(xyz @ np.linalg.inv(TO_XYZ).T, 0, 1)
    return np.round(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(
        np.uint8)


def tiff(samples, order="<", version=42, extra=(), photometric=2, sample_format=1, bits=None, tile=None, tags=None):
    """An uncompressed TIFF (42) or BigTIFF (43) file of one strip, or of square tiles of this side, with more tags."""
    height, width, channels = samples.shape
    samples = samples.astype(samples.dtype.newbyteorder(order))
    bits = bits or samples.dtype.itemsize * 8
    parts = [samples.tobytes()]
    if tile:
        rows, columns = -(-height // tile), -(-width // tile)
        padded = np.pad(samples, ((0, rows * tile - height), (0, columns * tile - width), (0, 0)))
        parts = [padded[r * tile:(r + 1) * tile, c * tile:(c + 1) * tile].tobytes() for r in range(rows)
                 for c in range(columns)]
    places, sizes = (324, 325) if tile else (273, 279)
    tags = {256: [width], 257: [height], 258: [bits] * channels, 259: [1], 262: [photometric], 277: [channels],
            339: [sample_format] * channels, places: [0] * len(parts), sizes: [len(part) for part in parts],
            **({322: [tile], 323: [tile]} if tile else {278: [height]}), **(tags or {})}
    if extra:
        tags[338] = list(extra)
    word = "I" if version == 42 else "Q"
    size = struct.calcsize(word)
    start = 8 if version == 42 else 16
    values_at = start + struct.calcsize("H" if version == 42 else "Q") + len(tags) * (4 + 2 * size) + size
    room = 512
    tags[places] = [values_at + room + sum(map(len, parts[:i])) for i in range(len(parts))]
    entries, values = b"", b""
    for tag, numbers in sorted(tags.items()):
        kind, letter = (3, "H") if tag in (258, 281, 338, 339) else (4, "I")
        packed = struct.pack(f"{order}{len(numbers)}{letter}", *numbers)
        if len(packed) > size:
            values += packed
            packed = struct.pack(order + word, values_at + len(values) - len(packed))
        entries += struct.pack(order + "HH" + word, tag, kind, len(numbers)) + packed.ljust(size, b"\0")
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", version)
    header += struct.pack(order + "I", start) if version == 42 else struct.pack(order + "HHQ", 8, 0, start)
    count = struct.pack(order + ("H" if version == 42 else "Q"), len(tags))
    return header + count + entries + bytes(size) + values.ljust(room, b"\0") + b"".join(parts)


def png(header, rows, significant=b""):
    """A PNG file. header: what IHDR holds behind width and height. significant: the content of sBIT."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    size = struct.pack(">II", WIDTH, HEIGHT)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + header)
            + (chunk(b"sBIT", significant) if significant else b"") + chunk(b"IDAT", zlib.compress(raw))
            + chunk(b"IEND", b""))


def pictures(folder):
    random = np.random.RandomState(1)
    rgb = photo(random)
    alpha = random.randint(0, 256, (HEIGHT, WIDTH, 1), np.uint8)
    rgba = np.concatenate([rgb, alpha], 2)
    grey_alpha = rgba[:, :, 2:].copy()
    deep = random.randint(0, 65536, (HEIGHT, WIDTH, 4)).astype(np.uint16)
    colour, grey = Image.fromarray(rgb), Image.fromarray(rgb[:, :, 0])
    palette = colour.quantize(100)
    bits = colour.convert("1")

    def put(name, content, expected=None, tolerance=0):
        (folder / name).write_bytes(content)
        if expected is None:
            picture = Image.open(folder / name)
            if picture.format != "TIFF":  # which Pillow turns while it loads
                picture = ImageOps.exif_transpose(picture)
            expected = np.array(picture.convert("RGB"))
        Image.fromarray(np.ascontiguousarray(expected)).save(folder / (name + ".expected"), "ppm")
        print(name, tolerance)

    def save(name, picture, expected=None, tolerance=0, **options):
        content = io.BytesIO()
        picture.save(content, {"jpg": "jpeg", "tif": "tiff"}.get(name[-3:], name.split(".")[-1]), **options)
        put(name, content.getvalue(), expected, tolerance)

    def spread(samples):
        return np.repeat(samples[:, :, None], 3, 2)

    def to_8(samples):
        return np.round(samples / 257.0).astype(np.uint8)

    for subsampling in range(3):
        save(f"colour{subsampling}.jpg", colour, subsampling=subsampling, tolerance=1)
    save("progressive.jpg", colour, progressive=True, tolerance=1)
    save("grey.jpg", grey, tolerance=1)
    save("cmyk.jpg", colour.convert("CMYK"), quality=95, tolerance=2)
    for o in range(1, 9):
        exif = Image.Exif()
        exif[274] = o
        save(f"turned{o}.jpg", colour, exif=exif, tolerance=1)
        save(f"turned{o}.png", colour, exif=exif)
        save(f"turned{o}.webp", colour, exif=exif, lossless=True)
        save(f"turned{o}.tif", colour, tiffinfo={274: o})
    exif[274] = 9
    save("turned9.jpg", colour, np.array(colour), exif=exif, quality=100, subsampling=0, tolerance=6)

    save("colour.png", colour, rgb)
    save("alpha.png", Image.fromarray(rgba), rgb)
    save("grey_alpha.png", Image.fromarray(grey_alpha, "LA"), spread(rgb[:, :, 2]))
    save("palette.png", palette)
    save("palette_transparent.png", palette, transparency=3)
    save("bits.png", bits)
    save("deep_grey.png", Image.fromarray(deep[:, :, 0].copy()), spread(to_8(deep[:, :, 0])))
    put("deep.png", png(b"\x10\x02\0\0\0", deep[:, :, :3].astype(">u2")), to_8(deep[:, :, :3]))
    put("deep_alpha.png", png(b"\x10\x06\0\0\0", deep.astype(">u2")), to_8(deep[:, :, :3]))

    save("colour.tif", colour, rgb)
    save("lzw.tif", colour, rgb, compression="tiff_lzw")
    save("grey.tif", grey, spread(rgb[:, :, 0]))
    save("palette.tif", palette)
    save("bits.tif", bits)
    save("cmyk.tif", colour.convert("CMYK"))
    save("alpha.tif", Image.fromarray(rgba), rgb)
    for order, byte_order in (("<", "little"), (">", "big")):
        put(f"alpha_{byte_order}.tif", tiff(rgba, order, extra=[2]), rgb)
        put(f"deep_{byte_order}.tif", tiff(deep[:, :, :3], order), to_8(deep[:, :, :3]))
        put(f"large_{byte_order}.tif", tiff(rgb, order, version=43), rgb)
        put(f"large_alpha_{byte_order}.tif", tiff(rgba, order, version=43, extra=[2]), rgb)
    put("associated.tif", tiff(rgba, extra=[1]))  # Pillow divides by alpha
    put("unspecified.tif", tiff(rgba, extra=[0]), rgb)
    put("deep_alpha.tif", tiff(deep, extra=[2]), to_8(deep[:, :, :3]))
    put("deep_grey.tif", tiff(deep[:, :, :1], photometric=1), spread(to_8(deep[:, :, 0])))
    put("white_is_zero.tif", tiff(rgb[:, :, :1], photometric=0), spread(255 - rgb[:, :, 0]))

    # 12 bits in 16, as cameras write them.
    low = deep[:, :, :3] >> 4
    scaled = np.round(low * (255 / 4095)).astype(np.uint8)
    put("stated.tif", tiff(low, tags={281: [4095] * 3}), scaled)
    put("stated_big.tif", tiff(low, ">", tags={281: [4095] * 3}), scaled)
    put("misstated.tif", tiff(deep[:, :, :3], tags={281: [255] * 3}), to_8(deep[:, :, :3]))
    put("unstated.tif", tiff(low), to_8(low))
    put("stated.png", png(b"\x10\x02\0\0\0", low.astype(">u2"), significant=b"\x0c\x0c\x0c"), scaled)
    filled = low << 4 | low >> 8  # as the PNG specification has it: from 0 to 65535
    put("filled.png", png(b"\x10\x02\0\0\0", filled.astype(">u2"), significant=b"\x0c\x0c\x0c"), to_8(filled))
    put("black.png", png(b"\x10\x02\0\0\0", (deep[:, :, :3] >> 8 << 4).astype(">u2"), significant=b"\x0c\x0c\x0c"),
        to_8(deep[:, :, :3] >> 8 << 4))

    save("pages.tif", colour, rgb, save_all=True, append_images=[grey, bits])
    save("frames.png", colour, rgb, save_all=True, append_images=[colour.rotate(180)])
    put("spare_channel.tif", tiff(np.stack([rgb[:, :, 0], rgb[:, :, 1]], 2), photometric=1, extra=[0]),
        spread(rgb[:, :, 0]))
    put("grey_tiles.tif", tiff(rgb[:, :, :1], photometric=1, tile=16), spread(rgb[:, :, 0]))
    put("deep_tiles.tif", tiff(deep[:, :, :3], ">", tile=16), to_8(deep[:, :, :3]))
    put("colour_tiles.tif", tiff(rgb, tile=16), rgb)

    # CIELAB: from the colours by Pillow's littleCMS, back by the formulas of the standards.
    lab = ImageCms.profileToProfile(colour, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"),
                                    renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="LAB")
    save("lab.tif", lab, rgb, tolerance=8)  # of 8 bits, which is coarse
    signed = np.array(Image.open(folder / "lab.tif")).astype(np.uint8)
    exact = lab_of(rgb)
    signs = np.array([0, 128, 128])
    eight = np.round(exact * [2.55, 1, 1])
    put("cielab_8.tif", tiff((eight.astype(int) & 255).astype(np.uint8), photometric=8), rgb_of(eight / [2.55, 1, 1]), 1)
    put("icclab_8.tif", tiff((eight + signs).astype(np.uint8), photometric=9), rgb_of(eight / [2.55, 1, 1]), 1)
    for order, end in (("<", "little"), (">", "big")):
        put(f"cielab_16_{end}.tif",
            tiff((np.round(exact * [655.35, 256, 256]).astype(int) & 65535).astype(np.uint16), order, photometric=8), rgb, 1)
    put("icclab_16.tif", tiff((np.round(exact * [652.8, 256, 256]) + 256 * signs).astype(np.uint16), photometric=9),
        rgb, 1)

    save("colour.bmp", colour, rgb)
    save("alpha.bmp", Image.fromarray(rgba), rgb)
    save("palette.bmp", palette)
    save("bits.bmp", bits)
    upside_down = bytearray((folder / "colour.bmp").read_bytes())
    upside_down[22:26] = struct.pack("<i", -HEIGHT)
    put("top_down.bmp", bytes(upside_down), rgb[::-1])

    save("lossy.webp", colour, quality=90)
    save("colour.webp", colour, rgb, lossless=True)
    save("alpha.webp", Image.fromarray(rgba), rgb, lossless=True, exact=True)
    save("lossy_alpha.webp", Image.fromarray(rgba), quality=90)

    def refuse(name, content):
        (folder / name).write_bytes(content)
        print(name, "refused")

    refuse("floating-point.tif", tiff(deep[:, :, :1].astype(np.float32), photometric=1, sample_format=3))
    refuse("sign.tif", tiff(deep[:, :, :1].view(np.int16), photometric=1, sample_format=2))
    refuse("32 bits.tif", tiff(deep[:, :, :1].astype(np.uint32), photometric=1))
    refuse("12 bits.tif", tiff(rgb, photometric=2, bits=12))
    refuse("16-bit samples.tif", tiff(deep[:, :, :1], photometric=0))
    refuse("5 channels.tif", tiff(np.repeat(rgb[:, :, :1], 5, 2), photometric=1, extra=[0] * 4))
    refuse("2 channels.tif", tiff(deep[:, :, :2], photometric=1, extra=[0]))
    for name, suffix in (("GIF", "gif"), ("JPEG 2000", "jp2")):
        content = io.BytesIO()
        colour.save(content, "jpeg2000" if suffix == "jp2" else suffix)
        refuse(f"{name}.{suffix}", content.getvalue())
    refuse("HEIC.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    refuse("AVIF.avif", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(100))
    refuse("small copy.tif", tiff(rgb[:6, :9], tags={254: [1], 330: [8]}))
    moving = io.BytesIO()
    colour.save(moving, "webp", save_all=True, append_images=[colour.rotate(180)])
    refuse("animation.webp", moving.getvalue())


def resize(folder):
    random = np.random.RandomState(2)
    sizes = [((1280, 720), (299, 299)), ((37, 53), (224, 224)), ((640, 480), (640, 100)), ((640, 480), (100, 480)),
             ((100, 300), (300, 100)), ((5, 7), (1, 1)), ((1, 1), (10, 9)), ((1, 50), (7, 3)), ((50, 1), (3, 7)),
             ((641, 3), (3, 641)), ((9, 9), (10, 10)), ((9, 9), (8, 8)), ((20000, 2), (1, 1)), ((6, 4), (6, 4))]
    for source, target in sizes:
        name = "{}x{}".format(*source)
        if not (folder / (name + ".ppm")).exists():
            samples = random.randint(0, 256, (source[1], source[0], 3), np.uint8)
            Image.fromarray(samples).save(folder / (name + ".ppm"))
        picture = Image.open(folder / (name + ".ppm"))
        for interpolation in ("bilinear", "bicubic", "lanczos", "nearest", "box", "hamming"):
            result = "{}-to-{}x{}-{}.ppm".format(name, *target, interpolation)
            picture.resize(target, Image.Resampling[interpolation.upper()]).save(folder / result)
            print(name + ".ppm", result, interpolation)


def square_of(picture, side, mode, interpolation, crop):
    """timm's transform for evaluation: timm's own where it is installed, else what timm calls of torchvision and PIL."""
    mean = (0.485, 0.456, 0.406)
    try:
        from timm.data import create_transform
        crop_mode = {"crop": "center", "squash": "squash", "pad": "border"}[mode]
        tensor = create_transform(input_size=(3, side, side), interpolation=interpolation, crop_pct=crop, mean=mean,
                                  std=(1, 1, 1), crop_mode=crop_mode, normalize=False)(picture)
        return Image.fromarray(tensor.numpy().transpose(1, 2, 0))
    except ImportError:
        pass
    from torchvision import transforms
    target = math.floor(side / crop)
    if mode == "pad":
        ratio = max(picture.width / target, picture.height / target)
        picture = picture.resize((round(picture.width / ratio), round(picture.height / ratio)),
                                 Image.Resampling[interpolation.upper()])
        width, height = max(side, picture.width), max(side, picture.height)
        padded = Image.new("RGB", (width, height), tuple(round(255 * v) for v in mean))
        padded.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
        picture = padded
    else:
        size = target if mode == "crop" else (target, target)
        picture = transforms.Resize(size, transforms.InterpolationMode(interpolation))(picture)
    return transforms.CenterCrop(side)(picture)


def square(folder):
    random = np.random.RandomState(3)
    forms = [(224, "crop", "bicubic", 0.875), (224, "crop", "bicubic", 0.95), (224, "crop", "bilinear", 0.9),
             (224, "squash", "bicubic", 1), (96, "squash", "lanczos", 0.9), (224, "pad", "bicubic", 1),
             (64, "pad", "bilinear", 0.8), (299, "crop", "lanczos", 1), (33, "crop", "box", 0.3), (64, "pad", "box", 1)]
    for width, height in ((640, 427), (375, 500), (256, 256), (31, 57), (224, 224), (500, 20), (3, 90), (1, 1)):
        name = f"{width}x{height}.ppm"
        picture = Image.fromarray(random.randint(0, 256, (height, width, 3), np.uint8))
        picture.save(folder / name)
        for i, form in enumerate(forms):
            result = f"{width}x{height}-{i}.ppm"
            square_of(picture, *form).save(folder / result)
            print(name, result, *form)


def normalize(folder):
    from torchvision.transforms import functional
    picture = Image.open(folder / "in.ppm")
    tensor = functional.to_tensor(picture)
    torch_mode = functional.normalize(tensor, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    (folder / "torch.f32").write_bytes(torch_mode.numpy().tobytes())
    custom = functional.normalize(tensor, [0.1, 0.2, 0.3], [0.4, 0.5, 0.6])
    (folder / "custom.f32").write_bytes(custom.numpy().tobytes())
    samples = np.array(picture, np.float32).transpose(2, 0, 1)
    (folder / "tf.f32").write_bytes((samples / np.float32(127.5) - 1).tobytes())
    mean = np.array([103.939, 116.779, 123.68], np.float32)[:, None, None]
    (folder / "caffe.f32").write_bytes((samples[::-1] - mean).tobytes())


if __name__ == "__main__":
    {"pictures": pictures, "resize": resize, "square": square, "normalize": normalize}[sys.argv[1]](Path(sys.argv[2]))
