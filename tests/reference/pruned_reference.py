#!/usr/bin/python3
"""Prunes networks with scalescope-cli in every format, and opens what it wrote with PyTorch and ONNX Runtime.

    pruned_reference.py CLI FOLDER [NETWORK...] [--formats pt2,onnx,folder] [--layers NAME,NAME] [--keep]

It makes each network in Python with weights drawn at random, writes it into FOLDER as people have it, and prunes it at
three blocks: an early one, the middle one and a late one. For each part it asks:
- is it equal to what a hook at the layer of the original sees, to 1e-5 of the magnitude;
- is its file as small as its parameters;
- do three steps of an optimiser lower a loss (.pt2 and folder).
It prints a line for each, "ok ..." or "WRONG ...", and exits with 1 if anything is wrong; with 77 if a package is
missing. NETWORK is one of NETWORKS below, by default the first five; "folders" stands for those that are written as
folders only. It needs current versions of torch, torchvision, timm, transformers, safetensors, onnx and onnxruntime.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import warnings

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # beside other work spinning threads take ten times as long

try:
    import numpy as np
    import onnx
    import onnxruntime
    import timm
    import torch
    import torchvision
    import transformers
    from safetensors.torch import load_file, save_file
except ImportError as e:
    print(e)
    sys.exit(77)

from transformers_reference import old_name, randomise

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
torch.set_num_threads(2)

FORMATS = {"pt2": "pt2", "onnx": "onnx", "folder": "safetensors"}
TOLERANCE = 1e-5
HIDDEN = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64,
          "image_size": 64, "patch_size": 16}
STAGES = {"hidden_sizes": [16, 32, 64], "depths": [1, 2, 1]}
# name: (library, its name there, arguments, side of the images)
NETWORKS = {
    "resnet50": ("timm", "resnet50", {}, 224),
    "inception_v3": ("torchvision", "inception_v3", {"init_weights": False}, 299),
    "convnext_tiny": ("timm", "convnext_tiny", {}, 224),
    "vit_small_patch16_224": ("timm", "vit_small_patch16_224", {}, 224),
    "efficientnet_lite0": ("timm", "efficientnet_lite0", {}, 224),
}
FOLDERS = {
    "densenet121": ("torchvision", "densenet121", {}, 64),
    "torchvision_resnet18": ("torchvision", "resnet18", {}, 64),
    "torchvision_convnext_tiny": ("torchvision", "convnext_tiny", {}, 64),
    "torchvision_vit_b_32": ("torchvision", "vit_b_32", {}, 224),
    "swin_t": ("torchvision", "swin_t", {}, 64),
    "mobilenet_v3_small": ("torchvision", "mobilenet_v3_small", {}, 64),
    "googlenet": ("torchvision", "googlenet", {"init_weights": False}, 96),
    "regnet_y_400mf": ("torchvision", "regnet_y_400mf", {}, 64),
    "squeezenet1_1": ("torchvision", "squeezenet1_1", {}, 64),
    "swin_tiny": ("timm", "swin_tiny_patch4_window7_224", {}, 224),
    "vit_with_registers": ("timm", "vit_tiny_patch16_224", {"reg_tokens": 4, "init_values": 1e-5, "img_size": 64}, 64),
    "mobilenetv3_small": ("timm", "mobilenetv3_small_100", {}, 64),
    "regnetx_002": ("timm", "regnetx_002", {}, 64),
    "vit": ("transformers", "ViTForImageClassification", {"model_type": "vit", **HIDDEN}, 64),
    "vit_model": ("transformers", "ViTModel", {"model_type": "vit", **HIDDEN}, 64),
    "deit": ("transformers", "DeiTForImageClassification", {"model_type": "deit", **HIDDEN}, 64),
    "dinov2": ("transformers", "Dinov2ForImageClassification", {"model_type": "dinov2", **HIDDEN}, 64),
    "hf_swin": ("transformers", "SwinForImageClassification",
                {"model_type": "swin", "embed_dim": 16, "depths": [1, 2], "num_heads": [1, 2], "window_size": 4,
                 "image_size": 64}, 64),
    "hf_convnext": ("transformers", "ConvNextForImageClassification",
                    {"model_type": "convnext", "num_stages": 3, **STAGES}, 64),
    "hf_resnet": ("transformers", "ResNetForImageClassification",
                  {"model_type": "resnet", "embedding_size": 16, "layer_type": "basic", **STAGES}, 64),
}


@torch.no_grad()
def make(name, folder):
    """The network, its place on the disk, and its bytes there."""
    library, its_name, arguments, side = {**NETWORKS, **FOLDERS}[name]
    torch.manual_seed(3)
    place = folder / name
    if library == "torchvision":
        model = torchvision.models.get_model(its_name, weights=None, **arguments)
        randomise(model)
        torch.save(model.state_dict(), place.with_suffix(".pth"))
        return model.eval(), place.with_suffix(".pth"), side
    if library == "timm":
        model = timm.create_model(its_name, pretrained=False, **arguments)
        randomise(model)
        place.mkdir(exist_ok=True)
        save_file(model.state_dict(), place / "model.safetensors")
        config = {"architecture": its_name, "num_classes": model.num_classes,
                  "model_args": {"num_classes": model.num_classes, "in_chans": 3, **arguments},  # as save_for_hf does
                  "pretrained_cfg": {"input_size": [3, side, side], "interpolation": "bicubic", "crop_pct": 0.9,
                                     "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}
        (place / "config.json").write_text(json.dumps(config))
        return model.eval(), place, side
    config = transformers.AutoConfig.for_model(**arguments)
    config.num_labels = 7
    model = getattr(transformers, its_name)(config)
    randomise(model)
    model.save_pretrained(place)
    return model.eval(), place, side


def run(cli, *arguments):
    done = subprocess.run([cli, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def three(blocks):
    return sorted({blocks[len(blocks) // 6], blocks[len(blocks) // 2], blocks[-2 if len(blocks) > 1 else 0]},
                  key=blocks.index)


def modules_by_layer(model, library):
    """Modules by ScaleScope's names, which for transformers are those of its version 4."""
    named = dict(model.named_modules())
    if library != "transformers":
        return named
    renamed = {}
    for key, module in named.items():
        if (old := old_name(key, model.config.model_type)) is not None:
            renamed[old] = module
    return renamed


def hooked(model, layer, images):
    """What the layer returned last, and copied, as a later operation may change it in place."""
    seen = []
    hook = layer.register_forward_hook(lambda module, inputs, output: seen.append(
        (output if isinstance(output, torch.Tensor) else output[0]).clone()))
    with torch.no_grad():
        model(images)
    hook.remove()
    return seen[-1]


def loaded(folder):
    """What the load.py of a folder gives, and the folder's weights."""
    spec = importlib.util.spec_from_file_location("load", folder / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load(), load_file(folder / "model.safetensors")


def bytes_of(path):
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size


def steps_lower(part, images, target):
    """The losses of three steps of Adam."""
    optimiser = torch.optim.Adam([p for p in part.parameters() if p.requires_grad], 1e-5)
    losses = []
    for _ in range(4):
        loss = (part(images) - target).pow(2).mean() / target.pow(2).mean()
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return losses


def check(form, path, expected, images, parameters):
    """A line on one part. @param parameters a lower bound of what it holds, in bytes"""
    losses, held = None, None
    if form == "onnx":
        onnx.checker.check_model(str(path), full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        got = torch.tensor(session.run(None, {session.get_inputs()[0].name: images.numpy()})[0])
        held = sum(np.prod(one.dims, dtype=np.int64) for one in onnx.load(path).graph.initializer)
    else:
        if form == "pt2":
            part = torch.export.load(path).module()
            held = sum(value.numel() for value in part.state_dict().values())
        else:
            part, weights = loaded(path)
            held = sum(value.numel() for value in weights.values())
        with torch.no_grad():
            got = part(images)
        losses = steps_lower(part, images[:1], expected[:1] * 0.5)
    if form == "folder" and got.shape != expected.shape:
        got = got.reshape(expected.shape)
    difference = ((got - expected).abs().max() / expected.abs().max()).item()
    size = bytes_of(path)
    wrong = []
    if got.shape != expected.shape or not difference <= TOLERANCE:
        wrong.append("differs")
    if abs(held - parameters) > 0.01 * parameters + 5000:
        wrong.append(f"holds {held} numbers instead of {parameters}")
    examples = 2 * images[0].nbytes if form == "pt2" else 0  # a .pt2 holds two images
    if size > 1.03 * 4 * held + 600_000 + examples:
        wrong.append("too large")
    if losses is not None and not losses[-1] < losses[0]:
        wrong.append("the loss does not fall")
    shown = "" if losses is None else f", loss {losses[0]:.4f} -> {losses[-1]:.4f}"
    return wrong, f"off by {difference:.1e}, {size / 1e6:.2f} MB, {held / 1e6:.3f} M numbers{shown}"


def needed(model, layer, images, library):
    """How many numbers the layer depends on, by their gradients, with the buffers of norms among them."""
    for parameter in model.parameters():
        parameter.grad = None
        parameter.requires_grad_(True)
    seen = []
    hook = layer.register_forward_hook(
        lambda module, inputs, output: seen.append((output if isinstance(output, torch.Tensor) else output[0]).sum()))
    model(images[:1])
    hook.remove()
    seen[-1].backward()
    count = 0
    for module in model.modules():
        own = [p for p in module.parameters(recurse=False) if p.grad is not None]
        count += sum(p.numel() for p in own)
        if own and hasattr(module, "running_mean"):
            count += 2 * module.running_mean.numel()
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cli")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", default=list(NETWORKS))
    parser.add_argument("--formats", default="pt2,onnx,folder")
    parser.add_argument("--layers", default="")
    parser.add_argument("--keep", action="store_true", help="leave the pruned networks in FOLDER")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    names = [name for one in given.networks for name in (FOLDERS if one == "folders" else [one])]
    failed = False
    for name in names:
        library = {**NETWORKS, **FOLDERS}[name][0]
        model, place, side = make(name, given.folder)
        whole = sum(p.numel() for p in model.parameters())
        info = json.loads(run(given.cli, "layers", "--model", place, "--input-size", side, "--json"))
        layers = given.layers.split(",") if given.layers else three(info["blocks"])
        modules = modules_by_layer(model, library)
        images = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))
        for layer in layers:
            module = modules[layer]
            while isinstance(module, torch.nn.ModuleList):
                module = module[-1]
            expected = hooked(model, module, images)
            parameters = needed(model, module, images, library)
            for form in given.formats.split(",") if name in NETWORKS else ["folder"]:
                out = given.folder / f"{name}@{layer}{'' if form == 'folder' else '.' + form}"
                try:
                    run(given.cli, "prune", "--model", place, "--input-size", side, "--layer", layer, "--out", out,
                        "--format", FORMATS[form], "--seconds", 0.01, "--engine", "libtorch")
                    wrong, text = check(form, out, expected, images, parameters)
                except Exception as e:  # each is a line, and the next follows
                    wrong, text = [type(e).__name__], str(e)[:300]
                failed = failed or bool(wrong)
                print("WRONG" if wrong else "ok", form, name, layer, f"{100 * parameters / whole:.0f} %:",
                      *([", ".join(wrong) + ":"] if wrong else []), text, flush=True)
                if not given.keep and out.exists():
                    subprocess.run(["rm", "-r", out], check=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
