#!/usr/bin/env python3
"""Runs every command line of README.md and the manual as it is written there, and looks for broken links and pictures.

    tests/manual_commands.py FOLDER_OF_BINARIES REPOSITORY

A command is a line of an indented or fenced block that starts with scalescope-cli or build/release/bin/scalescope-cli;
a backslash at its end goes on in the next line. Only scenes are fewer, and times are measured for a moment. Commands
of a page run in their order, in a folder of its own that holds small inputs under the names that the pages use: photos,
network.pt, nuclei, animals, result, lite0, inception, table.csv. A command must exit with 0 and write what its --out and
--state-dict name. Exit status 77: the ImageNet network is not installed, so nothing was run.
"""

import json
import os
import pathlib
import random
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

PROGRAM = re.compile(r"^(?:build/release/bin/)?scalescope-cli ")


def blocks(text):
    """Lines of code blocks, without their margin."""
    fenced = None
    blank = True
    inside = False
    for line in text.splitlines():
        fence = re.match(r"^ {0,3}(```+|~~~+)(.*)$", line)
        if fence and fenced is None:
            fenced = fence.group(2).strip()
            continue
        if fence:
            fenced = None
            continue
        if fenced is not None:
            if fenced in ("", "sh", "bash", "shell", "console", "text"):
                yield line.strip()
            continue
        inside = line.startswith("    ") and (blank or inside)
        blank = not line.strip()
        if inside:
            yield line.strip()


def commands(text):
    whole = ""
    for line in blocks(text):
        if not whole and not PROGRAM.match(line):
            continue
        whole += line
        if whole.endswith("\\"):
            whole = whole[:-1].rstrip() + " "
            continue
        yield re.sub(r"\s+#\s.*$", "", whole)
        whole = ""


def quick(words):
    """The command with few scenes (a demo takes at least 50) and measurements of a moment."""
    if words[1] == "scenes" and "--count" in words:
        at = words.index("--count") + 1
        return [*words[:at], str(min(int(words[at]), 40)), *words[at + 1:]]
    if words[1] == "demo" and "--scenes" not in words:
        return [*words, "--scenes", "50"]
    if words[1] == "prune" and "--seconds" not in words:
        return [*words, "--seconds", "0.1"]
    return words


def prose(text):
    """The page without its code."""
    kept, fenced = [], False
    for line in text.splitlines():
        if re.match(r"^\s*(```|~~~)", line):
            fenced = not fenced
        elif not fenced and not line.startswith("    "):
            kept.append(line)
    return re.sub(r"`[^`]*`", "", "\n".join(kept))


def broken_links(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
        if not re.match(r"^[a-z]+:|^#", target) and not (page.parent / target.split("#")[0]).exists():
            yield target


def png(path, width, height, bits, grey, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    data = b"".join(b"\0" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, 0 if grey else 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, 1)) +
                     chunk(b"IEND", b""))


def make_nuclei(folder, count=10, side=300):
    """Dark discs on a light ground, and their masks."""
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    draw = random.Random(1)
    for number in range(count):
        image = [bytearray(draw.randbytes(3 * side)) for _ in range(side)]
        image = [bytearray(200 + value // 8 for value in row) for row in image]
        mask = [bytearray(2 * side) for _ in range(side)]
        size = draw.uniform(5, 9)
        for label, place in enumerate(draw.sample(range(144), 110), 1):
            x0, y0 = 12 + 25 * (place % 12), 12 + 25 * (place // 12)
            radius = size * draw.uniform(0.8, 1.2)
            for y in range(max(0, y0 - 11), min(side, y0 + 12)):
                for x in range(max(0, x0 - 11), min(side, x0 + 12)):
                    if (x - x0) ** 2 + (y - y0) ** 2 <= radius ** 2:
                        mask[y][2 * x:2 * x + 2] = struct.pack(">H", label)
                        image[y][3 * x:3 * x + 3] = bytes((90, 60, 120))
        png(folder / "images" / f"{number}.png", side, side, 8, False, image)
        png(folder / "labels" / f"{number}.png", side, side, 16, True, mask)


def make_inputs(cli, folder):
    """What the pages' commands start from."""
    def run(*arguments):
        subprocess.run([cli, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run("scenes", "--out", "photos", "--count", "16", "--size", "160", "--seed", "2")
    run("scenes", "--out", "animals", "--count", "44", "--size", "160", "--seed", "3")
    for i, one in enumerate(sorted((folder / "animals/annotations").iterdir())):  # by-class needs 20 of a class
        name = f"<name>{('cat', 'dog')[i % 2]}</name>"
        one.write_text(re.sub("<name>.*</name>", name, one.read_text(encoding="utf-8")), encoding="utf-8")
    run("prune", "--model", "efficientnet_lite0", "--layer", "_blocks.15", "--seconds", "0.1", "--out", "network.pt")
    for out, network in ("result", ["--model", "network.pt"]), ("lite0", ["--model", "efficientnet_lite0"]), \
            ("inception", ["--arch", "resnet18", "--random-weights"]):
        run("analyze", *network, "--data", "photos", "--out", out, "--repetitions", "2")
    pictures = sorted((folder / "photos" / "images").iterdir())
    lines = ["file,target"] + [f"photos/images/{one.name},{10 + i % 7}" for i, one in enumerate(pictures)]
    (folder / "table.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    make_nuclei(folder / "nuclei")
    job = {"format": "scalescope job 1", "job": "analyze", "network": {"model": "network.pt"}, "data": "photos",
           "out": "job-result", "repetitions": 2}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")


def run_page(cli, name, lines, inputs, environment):
    failures = []
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        for line in lines:
            words = quick(shlex.split(line))
            start = time.monotonic()
            done = subprocess.run([cli, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True,
                                  check=False)
            print(f"{time.monotonic() - start:6.1f} s  {name}: {line}", flush=True)
            if done.returncode != 0:
                failures.append(f"{name}: '{line}' exits with {done.returncode}: {done.stderr.strip()[-500:]}")
                continue
            for option, value in zip(words, words[1:]):
                if option in ("--out", "--state-dict") and not (folder / value).exists():
                    failures.append(f"{name}: '{line}' does not write {value}")
    return failures


def main():
    binaries, root = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    cli = str(binaries / "scalescope-cli")
    pages = [root / "README.md", *sorted((root / "resources" / "manual").rglob("*.md"))]
    failures = [f"{page.relative_to(root)}: {target} does not exist" for page in pages for target in broken_links(page)]
    installed = subprocess.run([cli, "layers", "--model", "efficientnet_lite0", "--json"], capture_output=True,
                               check=False).returncode == 0
    start = time.monotonic()
    if installed:
        with tempfile.TemporaryDirectory() as made:
            place = pathlib.Path(made)
            inputs = place / "inputs"
            inputs.mkdir()
            # Of its own, so that nothing is left in the user's.
            environment = {**os.environ, "XDG_CACHE_HOME": str(place / "cache")}
            os.environ["XDG_CACHE_HOME"] = environment["XDG_CACHE_HOME"]
            make_inputs(cli, inputs)
            print(f"{time.monotonic() - start:6.1f} s  inputs", flush=True)
            for page in pages:
                lines = list(commands(page.read_text(encoding="utf-8")))
                failures += run_page(cli, str(page.relative_to(root)), lines, inputs, environment)
    print(f"{time.monotonic() - start:6.1f} s  in all")
    for failure in failures:
        print(failure, file=sys.stderr)
    if failures:
        return 1
    if not installed:
        print("Skipped: the network efficientnet_lite0 is not installed, so no command was run; links are whole.",
              file=sys.stderr)
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
