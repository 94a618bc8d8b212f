#!/usr/bin/env python3
"""What opens, in which format, on which engine, and how fast; prints a table.

    formats.py SCALESCOPE_CLI FOLDER [--only NAME,NAME] [--again] [--speed] [--threads N]

Run it with a Python that has torch, torchvision, timm, onnx, onnxscript, onnxruntime, pillow and safetensors. Each
network gets random weights, and is written into FOLDER by the library's own tools:

    weights   a folder with config.json and model.safetensors (timm), or a state_dict (torchvision), where ScaleScope
              knows the architecture
    pt2       torch.export
    onnx      torch.onnx.export
    traced    torch.onnx.export(dynamo=False), the exporter before PyTorch 2.9

`scalescope-cli analyze --features` reads each file with both engines on the same pictures. The pooled features of every
block, the output and the softmax are compared with PyTorch's in float64, taken by hooks: the largest difference, divided
by the largest magnitude in that layer. PyTorch's own float32 is compared too, because random weights can make rounding
grow. Results are kept in FOLDER/NAME.json, and only what is missing is done. --speed measures in turn ScaleScope (`bench`
on the .pt2), ONNX Runtime on the ONNX file and PyTorch eager: images per second, the best of two turns, on a quiet
machine. Exit status 1 if a file does not open, or a difference exceeds 1e-4 and
three times that of PyTorch's float32.
"""
import argparse
import copy
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import warnings

import numpy as np
import timm
import torch
import torchvision
from PIL import Image

MEAN, DEVIATION = 0.5, 0.25
PICTURES = 8
BATCH = 8
AIM = 1e-4

# Each with the name by which ScaleScope knows it, or "" where it doesn't. Without a slash: torchvision's.
NETWORKS = {
    name: name if known else ""
    for known, names in (
        (True, """resnet18 resnet50 resnext50_32x4d wide_resnet50_2 alexnet vgg11_bn squeezenet1_1 densenet121 googlenet
         inception_v3 mobilenet_v2 mobilenet_v3_large mnasnet1_0 shufflenet_v2_x1_0 efficientnet_b0 efficientnet_v2_s
         regnet_y_400mf convnext_tiny swin_t vit_b_16 timm/resnet50 timm/densenet121 timm/mobilenetv2_100
         timm/mobilenetv3_large_100 timm/efficientnet_b0 timm/efficientnet_lite0 timm/regnety_004 timm/seresnet50 timm/inception_v3
         timm/convnext_tiny timm/convnextv2_atto timm/swin_tiny_patch4_window7_224 timm/vit_tiny_patch16_224
         timm/vit_small_patch16_224 timm/deit_tiny_patch16_224 timm/vit_small_patch14_reg4_dinov2"""),
        (False, """timm/resnetv2_50 timm/ghostnet_100 timm/repvgg_a0 timm/xception41 timm/hrnet_w18_small
         timm/levit_128s timm/mobilevit_s timm/pvt_v2_b0 timm/poolformer_s12 timm/mixer_s16_224 timm/cait_xxs24_224
         timm/edgenext_xx_small timm/fastvit_t8 timm/efficientformer_l1 timm/dla34 timm/dpn68 timm/inception_v4
         timm/res2net50_26w_4s timm/resnest14d"""))
    for name in names.split()
}


def build(name):
    """The network in evaluation, with random weights of which none is without effect, and its input size."""
    torch.manual_seed(1)
    if name.startswith("timm/"):
        net = timm.create_model(name[5:], pretrained=False)
        size = net.pretrained_cfg["input_size"][-1]
    else:
        settings = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
        net = torchvision.models.get_model(name, weights=None, **settings)
        size = 299 if name == "inception_v3" else 224
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim <= 1:  # biases of 0, and scales of layers that begin at 1e-6
                parameter += 0.1 * torch.randn_like(parameter)
        norms = [m for m in net.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.momentum = None
            norm.reset_running_stats()
        if norms:
            net.train()
            net(torch.randn(8, 3, size, size))
    return net.eval(), size


def plain(settings):
    return {k: v for k, v in settings.items() if v is None or isinstance(v, (int, float, str, list, tuple, bool))}


def write(net, name, size, folder):
    """The files by the name of their format; an exporter's failure is a text in `failed`."""
    files, failed = {}, {}
    known = NETWORKS[name]
    images = torch.randn(2, 3, size, size)

    def attempt(kind, file, action):
        try:
            if not os.path.exists(file):
                action(file)
            files[kind] = file
        except Exception as error:  # what exporters raise differs
            failed[kind] = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"

    def program():
        net.requires_grad_(False)
        return torch.export.export(net, (images,), dynamic_shapes=({0: torch.export.Dim("batch")},))

    def timm_folder(file):
        from safetensors.torch import save_file

        os.makedirs(file)
        save_file({k: v.contiguous() for k, v in net.state_dict().items()}, f"{file}/model.safetensors")
        with open(f"{file}/config.json", "w") as stream:
            json.dump({"architecture": name[5:], "num_classes": net.num_classes, "num_features": net.num_features,
                       "pretrained_cfg": plain(net.pretrained_cfg)}, stream)

    if known.startswith("timm/"):
        attempt("weights", f"{folder}/timm", timm_folder)
    elif known:
        attempt("weights", f"{folder}/{name}.pth", lambda file: torch.save(net.state_dict(), file))
    attempt("pt2", f"{folder}/net.pt2", lambda file: torch.export.save(program(), file))
    attempt("onnx", f"{folder}/net.onnx", lambda file: torch.onnx.export(program(), (), file, verbose=False))
    net.requires_grad_(True)  # else PyTorch takes a fast path in attention, which the older exporter can't write
    attempt("traced", f"{folder}/traced.onnx",
            lambda file: torch.onnx.export(net, (images,), file, dynamo=False, input_names=["input"],
                                           dynamic_axes={"input": {0: "batch"}}))
    return files, failed


def make_pictures(folder, size):
    """Pictures of exactly the network's size, so that no resizing has a part in what is compared."""
    random = np.random.default_rng(3)
    os.makedirs(folder, exist_ok=True)
    batch = []
    with open(f"{folder}/data.csv", "w") as stream:
        print("file,target", file=stream)
        for i in range(PICTURES):
            coarse = random.integers(0, 256, (7 + 3 * i, 7 + 3 * i, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize((size, size), Image.BICUBIC)
            picture.save(f"{folder}/{i:02}.png")
            print(f"{i:02}.png,{i}", file=stream)
            batch.append(np.asarray(picture, np.float32))
    return torch.from_numpy((np.stack(batch) / 255 - MEAN) / DEVIATION).permute(0, 3, 1, 2).contiguous()


def reference(net, images, names):
    """What modules return, by name, before anything changes it in place; and the output and the softmax."""
    outputs, hooks = {}, []
    modules = dict(net.named_modules())

    def keep(name):
        return lambda module, given, out: outputs.update(
            {name: (out[0] if isinstance(out, (tuple, list)) else out).clone()})

    for name in names:
        if name in modules:
            hooks.append(modules[name].register_forward_hook(keep(name)))
    with torch.inference_mode():
        outputs["output"] = net(images)
    for hook in hooks:
        hook.remove()
    outputs["softmax"] = outputs["output"].softmax(-1)
    return outputs


def pooled(output, width, prefix):
    """The mean over positions. @param prefix how many tokens are no patches"""
    if output.ndim == 3 and output.shape[-1] == width:
        return output[:, prefix:].mean(1)
    if output.ndim == 4:
        return output.mean((2, 3) if output.shape[1] == width else (1, 2))
    return output


class Peer:
    """PyTorch's pooled layers of one network. Files of one network mostly have the same layers."""

    def __init__(self, net, name, images):
        self.net, self.name, self.images, self.side, self.known = net, name, images, images.shape[-1], {}

    def layers(self, features):
        """In float64, and the largest difference of float32 from it: added up in one order or another."""
        key = tuple(sorted(features.items()))
        if key not in self.known:
            right = layers_of(copy.deepcopy(self.net).double(), self.images.double(), self.name, features)
            other = copy.deepcopy(self.net).to(memory_format=torch.channels_last)
            rounded = [layers_of(self.net, self.images, self.name, features),
                       layers_of(other, self.images.contiguous(memory_format=torch.channels_last), self.name, features)]
            self.known[key] = right, max(largest(one, right)[0] for one in rounded)
        return self.known[key]


def layers_of(net, images, name, features):
    """PyTorch's pooled layers. @param features how many each has"""
    # CaiT's class token comes late, and ScaleScope says that it takes the mean of all tokens.
    prefix = 0 if "cait" in name else getattr(net, "num_prefix_tokens", 1 if name == "vit_b_16" else 0)
    theirs = reference(net, images, features)
    return {layer: pooled(theirs[layer], features[layer], prefix).double().numpy()
            for layer in features if layer in theirs}


def largest(found, right):
    """The largest relative difference, and its layer; infinite where it is not the same layer."""
    for layer in right:
        if found[layer].shape != right[layer].shape:
            return float("inf"), layer
    return max((float(np.abs(found[layer] - right[layer]).max() / np.abs(right[layer]).max()), layer) for layer in right)


def compare(cli, file, engine, peer, name, folder):
    """The largest relative difference, or the sentence of what refused."""
    out = f"{folder}/out"
    shutil.rmtree(out, ignore_errors=True)
    command = [cli, "analyze", "--model", file, "--data", f"{folder}/pictures/data.csv", "--out", out, "--features",
               "--engine", engine, "--mean", str(MEAN), "--std", str(DEVIATION), "--resize", "squash", "--crop", "1",
               "--interpolation", "bilinear", "--repetitions", "1", "--controls", "none", "--quiet", "--no-cache"]
    if file.endswith(".pth"):
        command += ["--arch", NETWORKS[name], "--input-size", str(peer.side)]  # where published weights take others
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return {"refused": done.stderr.strip() or f"exit status {done.returncode}"}
    with open(f"{out}/curve.csv", newline="") as stream:
        layers = [row["layer"] for row in csv.DictReader(stream)]
    ours = {layer: np.load(f"{out}/features/{layer}.npy").astype(np.float64) for layer in layers}
    features = {layer: values.shape[1] for layer, values in ours.items()}
    right, rounding = peer.layers(features)
    difference, at = largest(ours, right)
    return {"difference": difference, "layer": at, "layers": len(layers),
            "rounding": rounding,
            "missing": [layer for layer in layers if layer not in right],
            "notes": [line for line in done.stderr.splitlines() if line.strip()]}


def images_per_second(run, seconds=1):
    run()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 2 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return BATCH / min(times)


def speed(cli, files, net, size, threads):
    """Images per second."""
    images = torch.randn(BATCH, 3, size, size)
    best = {}

    def note(kind, value):
        best[kind] = max(best.get(kind, 0.0), value)

    runners = {}
    if "onnx" in files or "traced" in files:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        for kind in ("onnx", "traced"):
            try:
                session = onnxruntime.InferenceSession(files[kind], options, providers=["CPUExecutionProvider"])
            except Exception:  # a file is missing, or it refuses it
                continue
            given = {session.get_inputs()[0].name: images.numpy()}
            runners["onnxruntime"] = lambda: session.run(None, given)
            break
    torch.set_num_threads(threads)
    file = files.get("pt2") or files.get("traced")
    for _ in range(2):
        done = subprocess.run([cli, "bench", "--model", file, "--engine", "openvino", "--precision", "float32",
                               "--batch", str(BATCH), "--seconds", "0.5", "--threads", str(threads), "--json"],
                              capture_output=True, text=True)
        if done.returncode == 0:
            note("openvino", json.loads(done.stdout)["rows"][0]["bare_images_per_second"])
        with torch.inference_mode():
            note("pytorch", images_per_second(lambda: net(images)))
        for kind, run in runners.items():
            note(kind, images_per_second(run))
    return best


def cell(result, kind):
    """The larger difference of the two engines."""
    if kind in result["failed"]:
        return "not written"
    if kind not in result["files"]:
        return "–"
    found = [result["compared"][f"{kind} {engine}"] for engine in ("openvino", "libtorch")]
    return "no" if any("refused" in one for one in found) else f"{max(one['difference'] for one in found):.0e}"


def table(results):
    lines = ["| Network | Weights | .pt2 | ONNX | older | PyTorch's float32 | Blocks | Images/s | / ONNX Runtime | "
             "/ PyTorch |", "|---" * 10 + "|"]
    for name, result in results.items():
        found = [v for v in result["compared"].values() if "refused" not in v]
        speeds = result.get("speed", {})

        def ratio(peer):
            return f"{speeds['openvino'] / speeds[peer]:.2f}" if "openvino" in speeds and peer in speeds else "–"

        cells = [cell(result, kind) for kind in ("weights", "pt2", "onnx", "traced")]
        rounding = max((v["rounding"] for v in found), default=0)
        lines.append(f"| {name} | {' | '.join(cells)} | {rounding:.0e} | {max((v['layers'] for v in found), default=0) - 2} | "
                     f"{speeds.get('openvino', 0):.1f} | {ratio('onnxruntime')} | "
                     f"{ratio('pytorch')} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli")
    parser.add_argument("folder")
    parser.add_argument("--only", default="")
    parser.add_argument("--again", action="store_true", help="compare again")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    a = parser.parse_args()
    warnings.filterwarnings("ignore")
    results, wrong = {}, False
    for name in a.only.split(",") if a.only else NETWORKS:
        folder = os.path.join(a.folder, name.replace("/", "_"))
        os.makedirs(folder, exist_ok=True)
        kept = pathlib.Path(folder + ".json")
        result = json.loads(kept.read_text()) if kept.exists() else {"compared": {}}
        if not kept.exists() or a.again or (a.speed and "speed" not in result):
            net, size = build(name)
            files, failed = write(net, name, size, folder)
            result.update(files=sorted(files), failed=failed)
            peer = Peer(net, name, make_pictures(f"{folder}/pictures", size))
            for kind, file in files.items():
                for engine in ("openvino", "libtorch"):
                    key = f"{kind} {engine}"
                    if a.again or key not in result["compared"]:
                        result["compared"][key] = compare(a.cli, file, engine, peer, name, folder)
            if a.speed and "speed" not in result:
                result["speed"] = speed(a.cli, files, net, size, a.threads)
            kept.write_text(json.dumps(result, indent=1))
        results[name] = result
        for kind, text in result["failed"].items():
            print(f"{name}: {kind} can't be written: {text}")
        for key, found in result["compared"].items():
            bad = "refused" in found or found["missing"] or not found["difference"] <= max(AIM, 3 * found["rounding"])
            wrong = wrong or bool(bad)
            text = found.get("refused") or (f"{found['difference']:.1e} at {found['layer']}, {found['layers']} layers, "
                                            f"PyTorch's float32 {found['rounding']:.1e}"
                                            + (f"; not in PyTorch: {found['missing']}" if found["missing"] else ""))
            print(f"{'WRONG ' if bad else ''}{name}: {key}: {text}", flush=True)
    print(table(results))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
