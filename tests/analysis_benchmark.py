#!/usr/bin/python3
"""The whole job against the workflow of today, in one run on the same images, model and threads; prints ratios.

    analysis_benchmark.py SCALESCOPE_CLI SHARED [--repetitions 10] [--threads N] [--skip-peer] [--skip-memory]

SHARED is the developers' shared folder. The peer is SHARED/reference/peer_layer_r2.py under this Python (Debian's
python3-torch, forward hooks, scikit-learn) on InceptionV3. What is compared:
- fitting: its seconds over ours;
- the whole job: process start to end, decoding included;
- extraction with all taps against the bare forward pass (one tap, at the output) of our own engine;
- peak memory of a run on ten times the images over that on the images.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time


def run(command, **kwargs):
    """Seconds, peak memory in MiB and output of a command."""
    start = time.time()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **kwargs)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.time() - start
        out.seek(0)
        text = out.read()
    if status != 0:
        sys.exit(f"{' '.join(command)} failed:\n{text}")
    return seconds, usage.ru_maxrss / 1024, text


def main():
    p = argparse.ArgumentParser()
    p.add_argument("cli")
    p.add_argument("shared")
    p.add_argument("--repetitions", type=int, default=10)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--skip-peer", action="store_true")
    p.add_argument("--skip-memory", action="store_true")
    a = p.parse_args()
    raccoon = f"{a.shared}/data/raccoon"
    common = ["--preprocess", "tf", "--repetitions", str(a.repetitions), "--threads", str(a.threads), "--quiet"]

    def analyze(model, data, out, more=()):
        seconds, memory, _ = run([a.cli, "analyze", "--model", model, "--data", data, "--out", out, *common, *more])
        with open(f"{out}/analysis.json") as f:
            return seconds, memory, json.load(f)["seconds"]

    with tempfile.TemporaryDirectory() as scratch:
        for name in ("inception_v3_5class", "efficientnet_lite0_imagenet"):
            model = f"{a.shared}/models/{name}.pt"
            whole, memory, ours = analyze(model, raccoon, f"{scratch}/{name}")
            print(f"{name}: whole job {whole:.1f} s (decoding {ours['decoding']:.1f} s beside running "
                  f"{ours['running']:.1f} s, fitting {ours['fitting']:.2f} s), peak memory {memory:.0f} MiB", flush=True)
            # In turn, so that a machine whose speed drifts treats both alike.
            taps, bare = [], []
            for i in range(3):
                bare.append(analyze(model, raccoon, f"{scratch}/bare", ["--layers", "output"])[2]["running"])
                taps.append(analyze(model, raccoon, f"{scratch}/taps")[2]["running"])
            print(f"  extraction: with all taps {min(taps):.2f} s, bare {min(bare):.2f} s; "
                  f"ratio bare/taps {min(bare) / min(taps):.2f} (aim: at least 0.9)", flush=True)
            if not a.skip_memory:
                many = f"{scratch}/many"
                for part, extension in (("images", ".jpg"), ("annotations", ".xml")):
                    os.makedirs(f"{many}/{part}", exist_ok=True)
                    for file in os.listdir(f"{raccoon}/{part}"):
                        stem = file[:-len(extension)]
                        for i in range(10):
                            target = f"{many}/{part}/{stem}-{i}{extension}"
                            if os.path.lexists(target):
                                continue
                            if part == "images":
                                os.symlink(f"{raccoon}/images/{file}", target)
                            else:
                                with open(f"{raccoon}/annotations/{file}") as f:
                                    text = f.read()
                                text = re.sub(r"<filename>.*?</filename>", f"<filename>{stem}-{i}.jpg</filename>", text)
                                with open(target, "w") as f:
                                    f.write(text)
                _, memory_many, _ = analyze(model, many, f"{scratch}/{name}-many")
                print(f"  peak memory: {memory:.0f} MiB at 184 images, {memory_many:.0f} MiB at 1,840; "
                      f"ratio {memory_many / memory:.3f} (aim: at most 1.10)", flush=True)
            if name == "inception_v3_5class" and not a.skip_peer:
                seconds, _, text = run([sys.executable, f"{a.shared}/reference/peer_layer_r2.py",
                                        "--weights", f"{a.shared}/models/inception_v3_5class.pth", "--data", raccoon,
                                        "--threads", str(a.threads), "--repetitions", str(a.repetitions),
                                        "--out", f"{scratch}/peer.csv"])
                peer = text.strip().splitlines()[-1]
                fit = float(re.search(r"fit ([\d.]+) s", peer).group(1))
                extract = float(re.search(r"extract ([\d.]+) s", peer).group(1))
                print(f"  peer: {peer}")
                print(f"  fitting: {fit / ours['fitting']:.0f} times faster (aim: at least 30)")
                print(f"  whole job: {seconds / whole:.1f} times faster (aim: at least 6)")
                print(f"  extraction: {extract / ours['running']:.2f} times faster", flush=True)


if __name__ == "__main__":
    main()
