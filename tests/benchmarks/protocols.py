#!/usr/bin/env python3
"""Makes a table of what a curve depends on: the protocol, the way of fitting, and bfloat16, for networks and data.

    protocols.py --cli SCALESCOPE_CLI --model MODEL... --data DATA... --out FOLDER

MODEL is what --model of the command line takes, DATA what --data takes: every model is measured on all data. A DATA that
holds the folders images and labels (label masks) becomes a table of the objects' mean area. For each pair it prints R2 at
the peak, the last feature map, the output and the softmax by protocol; by way of fitting (on one repetition); and the
largest move of any layer's R2 by bfloat16. Needs Pillow and NumPy for label masks only.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import sys

PROTOCOLS = "ridge", "ridge-unclipped", "paper"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--model", nargs="+", required=True)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--preprocess", default="tf")
    return parser.parse_args()


def table_of_areas(folder, out):
    """A CSV file of the images of a folder with label masks: the mean area of an image's objects, as a share of it."""
    import numpy as np
    from PIL import Image

    table = out / f"{folder.name}.csv"
    with open(table, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "target"])
        for image in sorted((folder / "images").iterdir()):
            labels = np.array(Image.open(next((folder / "labels").glob(image.stem + ".*"))))
            counts = np.bincount(labels.ravel())[1:]
            rows.writerow([image.resolve(), counts[counts > 0].mean() / labels.size])
    return table


def analysis(a, model, data, protocol, precision):
    out = a.out / "-".join([pathlib.Path(model).stem, pathlib.Path(data).stem, protocol, precision])
    subprocess.run([a.cli, "analyze", "--quiet", "--model", model, "--data", data, "--preprocess", a.preprocess,
                    "--protocol", protocol, "--precision", precision, "--keep-going", "--out", out], check=True)
    return json.loads((out / "analysis.json").read_text())


def landmarks(record):
    """Positions of the peak, the last feature map, the output and the softmax; the last two where they are."""
    names = [layer["layer"] for layer in record["layers"]]
    head = [names.index(name) for name in ("output", "softmax") if name in names]
    return [names.index(record["peak"]), (head[0] if head else len(names)) - 1, *head]


def number(value):
    return "-" if value is None else f"{value:.2f}"


def main():
    a = arguments()
    a.out.mkdir(parents=True, exist_ok=True)
    data = [str(table_of_areas(folder, a.out)) if (folder / "labels").is_dir() else str(folder)
            for folder in map(pathlib.Path, a.data)]
    print("| network, data | fit | peak | last map | output | softmax |")
    print("| --- | --- | --- | --- | --- | --- |")
    moves = []
    for model in a.model:
        for one in data:
            name = f"{pathlib.Path(model).stem}, {pathlib.Path(one).stem}"
            records = {protocol: analysis(a, model, one, protocol, "float32") for protocol in PROTOCOLS}
            marks = landmarks(records["ridge"])
            print(f"| {name} | peak is {records['ridge']['peak']} | | | | |")
            for protocol, record in records.items():
                cells = [number(record["layers"][i]["r2_mean"]) for i in marks]
                print(f"| | {protocol} | " + " | ".join(cells) + " |")
            for variant in records["ridge"]["sensitivity"][2:]:
                print(f"| | {variant['name']} | " + " | ".join(number(variant["r2"][i]) for i in marks) + " |")
            for protocol in PROTOCOLS[:2]:
                rough = analysis(a, model, one, protocol, "bfloat16")
                moves.append(max((abs(x["r2_mean"] - y["r2_mean"]), x["layer"], name, protocol)
                                 for x, y in zip(records[protocol]["layers"], rough["layers"])))
            sys.stdout.flush()
    print("\nThe largest move of a layer's R2 by bfloat16:\n")
    print("| network, data | protocol | move | layer |\n| --- | --- | --- | --- |")
    for move, layer, name, protocol in moves:
        print(f"| {name} | {protocol} | {move:.3f} | {layer} |")


if __name__ == "__main__":
    main()
