#!/usr/bin/env python3
"""How long large data sets take to read, and how much memory.

    big_datasets.py build/release/bin/scalescope-cli [--folder DIR] [--only voc,coco,...]

Makes a PASCAL VOC folder of 20,000 annotations and files of 500,000 objects in the other formats (COCO with polygons:
more than 200 MB) in a temporary folder, or keeps them in DIR for the next time. Their images are links to one tiny JPEG.
Prints seconds, the highest use of memory, and megabytes a second of `scalescope-cli datasets`. It needs 2 GB of disk.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

XML_FILES = 20_000
OBJECTS = 500_000
IMAGES = 50_000
SIDE = 16


def jpeg():
    """A grey JPEG of 16 x 16 pixels: two bits for each of its four blocks."""
    tables = b"".join(b"\xff\xc4\0\x14" + kind + b"\1" + bytes(16) for kind in (b"\0", b"\x10"))
    return (b"\xff\xd8\xff\xdb\0\x43\0" + b"\1" * 64 + b"\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0" + tables +
            b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\0" + b"\xff\xd9")


def make_images(folder, count):
    folder.mkdir(parents=True)
    for number in range(count):
        name = folder / f"{number:06}.jpg"
        if number % 10_000 == 0:  # a file may not have any number of links
            name.write_bytes(jpeg())
            first = name
        else:
            os.link(first, name)


def boxes(seed):
    draw = random.Random(seed)
    for number in range(OBJECTS):
        x, y = draw.uniform(0, 8), draw.uniform(0, 8)
        yield number, number % IMAGES, x, y, draw.uniform(1, 8), draw.uniform(1, 8)


def make_voc(folder):
    make_images(folder / "images", XML_FILES)
    (folder / "annotations").mkdir()
    for number in range(XML_FILES):
        (folder / "annotations" / f"{number:06}.xml").write_text(
            f"<annotation><filename>{number:06}.jpg</filename><size><width>{SIDE}</width><height>{SIDE}</height></size>"
            "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>12</ymax></bndbox>"
            "</object></annotation>")


def make_yolo(folder):
    make_images(folder / "images", XML_FILES)
    (folder / "labels").mkdir()
    for number in range(XML_FILES):
        (folder / "labels" / f"{number:06}.txt").write_text("0 0.5 0.5 0.25 0.5\n" * 25)


def make_coco(folder):
    make_images(folder / "images", IMAGES)
    with open(folder / "instances.json", "w", encoding="ascii") as file:
        file.write('{"images": [')
        file.write(",".join(json.dumps({"id": i, "file_name": f"{i:06}.jpg", "width": SIDE, "height": SIDE})
                            for i in range(IMAGES)))
        file.write('], "categories": [{"id": 1, "name": "cat"}], "annotations": [')
        for number, image, x, y, width, height in boxes(1):
            polygon = [round(x + width * (i % 7) / 6, 2) if i % 2 == 0 else round(y + height * (i % 5) / 4, 2)
                       for i in range(40)]
            file.write("," * (number > 0) + json.dumps({
                "id": number, "image_id": image, "category_id": 1, "iscrowd": 0, "area": width * height,
                "bbox": [x, y, width, height], "segmentation": [polygon]}))
        file.write("]}")


def make_csv(folder):
    make_images(folder / "images", IMAGES)
    with open(folder / "table.csv", "w", encoding="ascii") as file:
        file.write("file,x,y,w,h,class,image_width,image_height\n")
        for _, image, x, y, width, height in boxes(2):
            file.write(f"{image:06}.jpg,{x},{y},{width},{height},cat,{SIDE},{SIDE}\n")  # found by a search


def make_via(folder):
    make_images(folder / "images", IMAGES)
    regions = [[] for _ in range(IMAGES)]
    for _, image, x, y, width, height in boxes(3):
        regions[image].append({"shape_attributes": {"name": "rect", "x": x, "y": y, "width": width, "height": height},
                               "region_attributes": {"class": "cat"}})
    (folder / "via.json").write_text(json.dumps({f"{i:06}.jpg": {"filename": f"{i:06}.jpg", "size": 1, "regions": region}
                                                 for i, region in enumerate(regions)}))


def make_label_studio(folder):
    make_images(folder / "images", IMAGES)
    results = [[] for _ in range(IMAGES)]
    for _, image, x, y, width, height in boxes(4):
        results[image].append({"original_width": SIDE, "original_height": SIDE, "type": "rectanglelabels", "value": {
            "x": x * 6, "y": y * 6, "width": width * 6, "height": height * 6, "rectanglelabels": ["cat"]}})
    (folder / "tasks.json").write_text(json.dumps(
        [{"id": i, "data": {"image": f"/data/upload/1/{i:06}.jpg"}, "annotations": [{"result": result}]}
         for i, result in enumerate(results)]))


def make_cvat(folder):
    make_images(folder / "images", IMAGES)
    shapes = [[] for _ in range(IMAGES)]
    for _, image, x, y, width, height in boxes(5):
        shapes[image].append(f'<box label="cat" xtl="{x}" ytl="{y}" xbr="{x + width}" ybr="{y + height}"/>')
    (folder / "annotations.xml").write_text("<annotations>" + "".join(
        f'<image name="{i:06}.jpg" width="{SIDE}" height="{SIDE}">{"".join(shape)}</image>'
        for i, shape in enumerate(shapes)) + "</annotations>")


MAKERS = {name[5:]: make for name, make in list(globals().items()) if name.startswith("make_") and name != "make_images"}


def measure(program, folder):
    """Seconds and the megabytes of memory at most."""
    start = time.monotonic()
    with open(os.devnull, "w", encoding="ascii") as nothing, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([program, "datasets", str(folder)], stdout=nothing, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if child.returncode != 0:
            sys.exit(errors.read().decode(errors="replace"))
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="scalescope-cli")
    parser.add_argument("--folder", help="where the data are kept; without it they are made and removed")
    parser.add_argument("--only", help="some of " + ",".join(MAKERS))
    parser.add_argument("--make", action="store_true", help="make the data only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        base = pathlib.Path(arguments.folder or scratch)
        print("| data set | annotations | seconds | memory | speed |\n| --- | --- | --- | --- | --- |")
        for name in arguments.only.split(",") if arguments.only else MAKERS:
            folder = base / name
            if not folder.exists():
                MAKERS[name](folder)
            if arguments.make:
                continue
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.suffix != ".jpg" and file.is_file()) / 1e6
            seconds, memory = measure(arguments.program, folder)
            print(f"| {name} | {size:.0f} MB | {seconds:.1f} | {memory:.0f} MB | {size / seconds:.0f} MB/s |", flush=True)


if __name__ == "__main__":
    main()
