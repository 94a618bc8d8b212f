#!/usr/bin/env python3
"""ScaleScope against its peers in one run on the same pictures, networks and threads; prints ratios with their aims.

    benchmark.py SCALESCOPE_CLI SHARED [--only 1,2,3,4,5,6,7] [--turns 4] [--repetitions 10] [--threads N] [--venv DIR]

SHARED is the developers' shared folder; the pictures are its 184 photos of raccoons with one object, the networks
efficientnet_lite0 and inception_v3. The peers (PyTorch, OpenVINO, ONNX Runtime, scikit-learn) are installed from PyPI
into a virtual environment, which is kept. Parts:

1  Extraction inside `analyze`, decoding included: (OpenVINO's own inference of the ONNX export, bare, same number of
   images, batch and threads + processor seconds of our decoding and resizing / threads) / our wall time. Ours includes
   compiling the plan, theirs does not; so efficientnet_lite0 goes over each photo 24 times, inception_v3 six times.
2  The engine, on pictures that are decoded already (`scalescope-cli bench`): our images per second with the taps of
   `analyze` / those of PyTorch eager with pooling hooks on the same taps; and ours, bare / those of torch.compile with
   freezing, OpenVINO and ONNX Runtime.
3  SHARED/reference/peer_layer_r2.py (hooks + scikit-learn, inception_v3): its fitting / ours, its whole job / ours.
4  The largest move of a layer's R2 in bfloat16, by the protocols ridge-unclipped and ridge.
5  A second analysis with another protocol on cached features: its time / the first's.
6  Peak memory of an analysis of 10,000 synthetic images / that of 1,000 (efficientnet_lite0).
7  Latency of inception_v3 pruned at Mixed_6b, for one image / that of running the original up to that layer: measured by
   `scalescope-cli prune`, in turn in one process.

Ours and the peer are timed in turn, so that a machine whose speed drifts treats both alike; the best time of each counts.
The machine must be quiet. All parts take about 50 minutes on two cores: most of it 3 (scikit-learn) and 6. Exit
status 1 if an aim was missed.
"""
import argparse
import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

PACKAGES = {"torch": "torch", "torchvision": "torchvision", "openvino": "openvino", "onnxruntime": "onnxruntime",
            "scikit-learn": "sklearn", "onnx": "onnx", "onnxscript": "onnxscript", "pillow": "PIL"}
MODELS = {"efficientnet_lite0": ("efficientnet_lite0_imagenet", 224), "inception_v3": ("inception_v3_5class", 299)}
COPIES = {"efficientnet_lite0": 24, "inception_v3": 6}  # of the photos, so that part 1 is not about starting up
IMAGES = 184
BATCH = 16
PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "benchmark_peers.py")


def run(command, **kwargs):
    """Seconds, peak memory in MiB and standard output of a command."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, **kwargs)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        if status != 0:
            sys.exit(f"{' '.join(command)} failed:\n{out.read()}{err.read()}")
        return seconds, usage.ru_maxrss / 1024, out.read()


def set_up_peers(folder):
    """The Python of a virtual environment that has the peers."""
    python = f"{folder}/bin/python"
    if not os.path.exists(python):
        print(f"Making a virtual environment for the peers in {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    find = "import importlib.util, sys; sys.exit(any(importlib.util.find_spec(m) is None for m in sys.argv[1:]))"
    if subprocess.run([python, "-c", find, *PACKAGES.values()]).returncode != 0:
        print(f"Installing {', '.join(PACKAGES)} there: gigabytes, once", flush=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


class Peer:
    """A peer that waits to be timed (benchmark_peers.py)."""

    def __init__(self, command, environment):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            sys.exit(f"{' '.join(self.process.args)} failed:\n{self.log.read()}")
        return line

    def pass_seconds(self):
        """Of each batch of one pass over the images; one that is not full counts by its share."""
        print(file=self.process.stdin, flush=True)
        return json.loads(self.answer())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def read_curve(file):
    """R2 by layer."""
    with open(file, newline="") as stream:
        return {row["layer"]: float(row["r2_mean"]) for row in csv.DictReader(stream)}


class Benchmark:
    def __init__(self, arguments, scratch):
        self.a = arguments
        self.scratch = scratch
        self.data = f"{arguments.shared}/data/raccoon"
        self.peer_script = f"{arguments.shared}/reference/peer_layer_r2.py"
        self.python = set_up_peers(arguments.venv)
        threads = str(arguments.threads)
        self.environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
                            "TORCHINDUCTOR_CACHE_DIR": f"{scratch}/inductor"}
        self.missed = 0

    def archive(self, model):
        return f"{self.a.shared}/models/{MODELS[model][0]}.pt"

    def onnx(self, model):
        file = f"{self.a.shared}/models/{MODELS[model][0]}.onnx"
        if os.path.exists(file):
            return file
        file = f"{self.scratch}/{model}.onnx"
        if not os.path.exists(file):
            run(self.peer_command("export", model, "--onnx", file), env=self.environment)
        return file

    def peer_command(self, kind, model, *more):
        return [self.python, PEERS, kind, "--architecture", model, "--archive", self.archive(model),
                "--size", str(MODELS[model][1]), "--images", str(IMAGES), "--batch", str(BATCH),
                "--threads", str(self.a.threads), *more]

    def peer(self, kind, model, *more):
        return Peer(self.peer_command(kind, model, *more), self.environment)

    def analyze(self, model, *more, data=None, cache=None, repetitions=None):
        """Seconds of the process, its peak memory in MiB, analysis.json. Without a cache unless a folder for it is given."""
        out = f"{self.scratch}/{model}"
        options = ["--no-cache"] if cache is None else []
        seconds, memory, _ = run(
            [self.a.cli, "analyze", "--model", self.archive(model), "--data", data or self.data, "--out", out,
             "--preprocess", "tf", "--batch", str(BATCH), "--threads", str(self.a.threads), "--engine", self.a.engine,
             "--repetitions", str(repetitions or self.a.repetitions), "--quiet", *options, *more],
            env={**os.environ, "XDG_CACHE_HOME": cache or f"{self.scratch}/no-cache"})
        with open(f"{out}/analysis.json") as file:
            return seconds, memory, json.load(file)

    def images_per_second(self, model, precision, taps="bare"):
        _, _, text = run([self.a.cli, "bench", "--json", "--model", self.archive(model), "--engine", self.a.engine,
                          "--precision", precision, "--batch", str(BATCH), "--threads", str(self.a.threads)])
        rows = json.loads(text)["rows"]
        return next(row for row in rows if row["auto"] or len(rows) == 1)[f"{taps}_images_per_second"]

    def report(self, what, ratio, aim=None, at_most=False):
        if aim is None:
            verdict = "no aim"
        else:
            met = ratio <= aim if at_most else ratio >= aim
            self.missed += not met
            verdict = f"aim {'<=' if at_most else '>='} {aim:g}: {'ok' if met else 'MISSED'}"
        print(f"  {what:<72} {ratio:8.3f}   {verdict}", flush=True)

    def copies(self, count):
        """A data set that holds each photo `count` times."""
        if count == 1:
            return self.data
        folder = f"{self.scratch}/photos-{count}"
        for part, extension in (("images", ".jpg"), ("annotations", ".xml")):
            os.makedirs(f"{folder}/{part}", exist_ok=True)
            for file in os.listdir(f"{self.data}/{part}"):
                for i in range(count):
                    copy = f"{folder}/{part}/{file[:-len(extension)]}-{i}{extension}"
                    if part == "images" and not os.path.lexists(copy):
                        os.symlink(f"{self.data}/{part}/{file}", copy)
                    elif part == "annotations":
                        with open(f"{self.data}/{part}/{file}") as original, open(copy, "w") as changed:
                            changed.write(re.sub(r"<filename>.*?</filename>",
                                                 f"<filename>{file[:-len(extension)]}-{i}.jpg</filename>", original.read()))
        return folder

    def extraction(self):
        for model in self.a.models:
            data = self.copies(COPIES[model])
            for precision in self.a.precisions:
                ours, theirs = [], []
                with self.peer("openvino", model, "--onnx", self.onnx(model), "--precision", precision) as peer:
                    for _ in range(self.a.turns):
                        ours.append(self.analyze(model, "--precision", precision, data=data, repetitions=1)[2]["seconds"])
                        theirs.append(COPIES[model] * sum(peer.pass_seconds()))
                best = min(ours, key=lambda seconds: seconds["extraction"])
                print(f"{model} {precision}: extraction {best['extraction']:.2f} s (engine {best['running']:.2f} s, decoding "
                      f"{best['decoding']:.2f} s of processor); OpenVINO bare {min(theirs):.2f} s")
                self.report("(OpenVINO bare + decoding / threads) / our extraction",
                            (min(theirs) + best["decoding"] / self.a.threads) / best["extraction"], 0.90)

    def engine(self):
        for model in self.a.models:
            _, _, layers = run([self.a.cli, "layers", "--json", "--model", self.archive(model)])
            ours, theirs = [], []
            with self.peer("eager", model, "--data", self.data, "--peer-script", self.peer_script,
                           "--taps", ",".join(json.loads(layers)["blocks"])) as peer:
                for _ in range(self.a.turns):
                    ours.append(self.images_per_second(model, "float32", "taps"))
                    theirs.append(IMAGES / sum(peer.pass_seconds()))
            print(f"{model} float32, all taps: ours {max(ours):.1f} images/s, PyTorch eager with hooks {max(theirs):.1f} images/s")
            self.report("our images per second / those of PyTorch eager with hooks", max(ours) / max(theirs),
                        {"efficientnet_lite0": 4, "inception_v3": 2}[model])
            for precision in self.a.precisions:
                self.bare_engine("compiled", "torch.compile with freezing", model, precision, 1.0)
                self.bare_engine("openvino", "OpenVINO on the ONNX export", model, precision)
            self.bare_engine("onnxruntime", "ONNX Runtime", model, "float32")

    def bare_engine(self, kind, name, model, precision, aim=None):
        onnx = [] if kind == "compiled" else ["--onnx", self.onnx(model)]
        ours, theirs = [], []
        with self.peer(kind, model, "--precision", precision, *onnx) as peer:
            for _ in range(self.a.turns):
                ours.append(self.images_per_second(model, precision))
                theirs.append(BATCH / statistics.median(peer.pass_seconds()))  # as `bench` does
        print(f"{model} {precision}, bare: ours {max(ours):.1f} images/s, {name} {max(theirs):.1f} images/s")
        self.report(f"our images per second / those of {name}", max(ours) / max(theirs), aim)

    def whole_job(self):
        peer_curve = f"{self.scratch}/peer.csv"
        command = [self.python, self.peer_script, "--weights", f"{self.a.shared}/models/inception_v3_5class.pth", "--data",
                   self.data, "--threads", str(self.a.threads), "--repetitions", str(self.a.repetitions), "--out", peer_curve]
        before = self.analyze("inception_v3")
        seconds, _, text = run(command, env=self.environment)  # minutes: once, between two of ours
        after = self.analyze("inception_v3")
        peer_fit = float(re.search(r"fit ([\d.]+) s", text).group(1))
        fit = min(ours[2]["seconds"]["fitting"] for ours in (before, after))
        whole = min(before[0], after[0])
        print(f"inception_v3, {self.a.repetitions} repetitions: ours {whole:.1f} s, fitting {fit:.3f} s; "
              f"hooks + scikit-learn {seconds:.1f} s, fitting {peer_fit:.1f} s")
        self.report("fitting of scikit-learn / ours", peer_fit / fit, 45)
        self.report("whole job, hooks + scikit-learn / ours", seconds / whole, 12)
        curves = [read_curve(file) for file in (f"{self.scratch}/inception_v3/curve.csv", peer_curve)]
        if curves[0].keys() != curves[1].keys():
            sys.exit(f"The curves are of different layers: {sorted(curves[0])} and {sorted(curves[1])}.")
        print(f"  (largest difference of a layer's R2: {max(abs(r2 - curves[1][l]) for l, r2 in curves[0].items()):.4f})")

    def bfloat16(self):
        if "bfloat16" not in self.a.precisions:
            return
        for model in self.a.models:
            for protocol in ("ridge-unclipped", "ridge"):
                curves = []
                for precision in ("float32", "bfloat16"):
                    self.analyze(model, "--precision", precision, "--protocol", protocol, cache=f"{self.scratch}/features")
                    curves.append(read_curve(f"{self.scratch}/{model}/curve.csv"))
                move, layer = max((abs(r2 - curves[1][layer]), layer) for layer, r2 in curves[0].items())
                print(f"{model}, {protocol} protocol: bfloat16 moves {layer} most")
                self.report("largest move of a layer's R2", move, 0.02, at_most=True)

    def second_analysis(self):
        for model in self.a.models:
            first, second = [], []
            for turn in range(self.a.turns):
                cache = f"{self.scratch}/{model}-cache-{turn}"
                first.append(self.analyze(model, cache=cache)[0])
                second.append(self.analyze(model, "--protocol", "paper", cache=cache)[0])
            print(f"{model}: first analysis {min(first):.2f} s, second on cached features {min(second):.2f} s")
            self.report("second analysis with another protocol / first", min(second) / min(first), 0.25, at_most=True)

    def memory(self):
        peak = []
        for count in (1000, 10000):
            scenes = f"{self.scratch}/scenes-{count}"
            run([self.a.cli, "scenes", "--out", scenes, "--count", str(count)])
            peak.append(self.analyze("efficientnet_lite0", data=scenes, repetitions=1)[1])
        print(f"efficientnet_lite0: peak memory {peak[0]:.0f} MiB on 1,000 images, {peak[1]:.0f} MiB on 10,000")
        self.report("peak memory on 10,000 images / on 1,000", peak[1] / peak[0], 1.10, at_most=True)

    def pruned(self):
        best = None
        for _ in range(self.a.turns):
            _, _, text = run([self.a.cli, "prune", "--model", self.archive("inception_v3"), "--layer", "Mixed_6b", "--json",
                              "--out", f"{self.scratch}/pruned.pt", "--seconds", "3", "--engine", self.a.engine,
                              "--threads", str(self.a.threads), "--no-cache"])
            result = json.loads(text)
            if best is None or result["after"]["milliseconds"] < best["after"]["milliseconds"]:
                best = result
        before, after, to_layer = best["before"], best["after"], best["milliseconds_to_layer"]
        print(f"inception_v3 cut at Mixed_6b: {before['bytes'] / 1e6:.1f} MB and {before['milliseconds']:.1f} ms before, "
              f"{after['bytes'] / 1e6:.1f} MB and {after['milliseconds']:.1f} ms after; original up to it {to_layer:.1f} ms")
        self.report("latency of the pruned network / of the original up to the layer",
                    after["milliseconds"] / to_layer, 1.05, at_most=True)


def main():
    parts = {"1": Benchmark.extraction, "2": Benchmark.engine, "3": Benchmark.whole_job, "4": Benchmark.bfloat16,
             "5": Benchmark.second_analysis, "6": Benchmark.memory, "7": Benchmark.pruned}
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    cores = len(os.sched_getaffinity(0))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("cli", type=os.path.abspath)
    p.add_argument("shared", type=os.path.abspath)
    p.add_argument("--only", type=lambda text: text.split(","), default=list(parts), metavar="1,2", help="parts to run")
    p.add_argument("--models", type=lambda text: text.split(","), default=list(MODELS), metavar="A,B",
                   help="networks of parts 1, 2, 4 and 5")
    p.add_argument("--turns", type=int, default=4, help="timings of each")
    p.add_argument("--repetitions", type=int, default=10, help="of the protocol: folds drawn anew")
    p.add_argument("--threads", type=int, default=cores)
    p.add_argument("--engine", default="openvino", help="ours: openvino, libtorch or auto")
    p.add_argument("--precisions", type=lambda text: text.split(","), default=["float32", "bfloat16"])
    p.add_argument("--venv", type=os.path.abspath, default=f"{cache}/scalescope/peers", help="of the peers")
    a = p.parse_args()
    if not set(a.only) <= set(parts):
        p.error(f"--only takes some of {','.join(parts)}")
    if not set(a.models) <= set(MODELS):
        p.error(f"--models takes some of {','.join(MODELS)}")
    with tempfile.TemporaryDirectory() as scratch:
        benchmark = Benchmark(a, scratch)
        peers = run([benchmark.python, PEERS, "versions"])[2].strip()
        print(f"{run([a.cli, '--version'])[2].strip()}; peers: {peers}; {a.threads} threads on {cores} cores", flush=True)
        for name in a.only:
            parts[name](benchmark)
        return 1 if benchmark.missed else 0


if __name__ == "__main__":
    sys.exit(main())
