#!/usr/bin/env python3
"""torch.export archives (.pt2), and what PyTorch says of them, for exported_program_test. Made with PyTorch 2.15.

    make_exported.py FOLDER           writes the archives of tests/support/exported, with reference.json
    make_exported.py FOLDER NAME...   the same of networks of torchvision, for SCALESCOPE_EXPORTED
"""
import json
import os
import sys
import warnings
import zipfile

import torch
from torch.export import Dim, export, save

warnings.filterwarnings("ignore")
nn = torch.nn
SIDE = 24


class Block(nn.Module):
    """Its ReLU is called twice, and changes its input; Identity computes nothing."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, groups=4, bias=False)
        self.bn, self.relu = nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
        self.identity, self.dropout = nn.Identity(), nn.Dropout()

    def forward(self, x):
        y = self.relu(self.bn(self.conv(x)))
        y = self.dropout(self.identity(y))
        y += x
        return self.relu(y)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.never = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 4, 1), nn.Linear(3, 3)

    def forward(self, x):
        first, _ = self.a(x).chunk(2, 1)
        return first, self.b(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2)
        self.blocks = nn.Sequential(Block(8), Block(8))
        self.pair, self.fc = Pair(), nn.Linear(8, 5)
        self.register_buffer("factor", torch.rand(1, 8, 1, 1))
        self.register_buffer("kept_out", torch.rand(1), persistent=False)
        self.constant = torch.rand(1)

    def forward(self, x):
        x = torch.cat(self.pair(self.blocks(self.stem(x))), 1) * self.factor + self.kept_out
        x = (x * torch.tensor(2.0) + self.constant) * 2 / 3.5 + 1
        return self.fc(nn.functional.interpolate(x, size=(x.shape[2] // 2, x.shape[3] // 2)).mean((2, 3)))


class Keyed(Net):
    def forward(self, x):
        x = self.blocks(self.stem(x))
        return {"map": x, "logits": self.fc(x.mean((2, 3))), "rest": (x.amax((2, 3)),)}


class Flat(nn.Module):
    """With one image only: its forward joins the images of a batch."""

    def __init__(self):
        super().__init__()
        self.stem, self.fc = nn.Conv2d(3, 4, 3, 2), nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x)
        return self.fc(x.reshape(x.shape[0], 4, -1).mean(2))


def networks():
    batch, height, width = Dim("batch", max=64), Dim("height", min=16, max=96), Dim("width", min=16, max=96)
    return {
        "sizes": (Net(), {"x": {0: batch, 2: height, 3: width}}),
        "batches": (Net(), {"x": {0: batch}}),
        "fixed": (Flat(), None),
        "keyed": (Keyed(), {"x": {0: batch}}),
        "half": (Net().half(), {"x": {0: batch}}),
    }


def pooled(module, tensor):
    if tensor.dim() != 4:
        return tensor
    last = type(module) in (nn.LayerNorm, nn.Linear, nn.GELU) or getattr(module, "dims", None) == [0, 2, 3, 1]
    return tensor.mean((1, 2) if last else (2, 3))  # ConvNeXt's blocks have their channels last


def flat(value, name=""):
    if isinstance(value, torch.Tensor):
        return [(name, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [one for key, inner in items for one in flat(inner, f"{name}.{key}" if name else str(key))]


def noise(n, side):
    """The images of tests/support/network_support.h."""
    values, state = [], 1
    for _ in range(n * 3 * side * side):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append((state >> 8) / 8388608 - 1)
    return torch.tensor(values, dtype=torch.float32).reshape(n, 3, side, side)


def pack(file):
    """Leaves out what an archive tells of the machine that wrote it, and packs it."""
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist() if
                   "/sample_inputs/" not in name and not name.endswith(".debug_pkl")}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            if name.endswith("models/model.json"):
                model = json.loads(content)
                for node in model["graph_module"]["graph"]["nodes"]:
                    node["metadata"].pop("stack_trace", None)
                content = json.dumps(model).encode()
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def numbers(tensor):
    return [float(f"{value:.7g}") for value in tensor.flatten().tolist()]


def write(folder, name, model, shapes, side):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    model.eval()
    images = noise(2, side)
    given = images.to(next(model.parameters()).dtype)
    save(export(model, (given[:1] if shapes is None else given,), dynamic_shapes=shapes), f"{folder}/{name}.pt2")
    pack(f"{folder}/{name}.pt2")
    if name == "batches":
        torch.jit.trace(model, images).save(f"{folder}/{name}.pt")
        pack(f"{folder}/{name}.pt")
    seen = {}
    model.float()
    for path, module in model.named_modules():
        if path and not isinstance(module, Pair):
            module.register_forward_hook(
                lambda m, _i, output, path=path: seen.__setitem__(path, numbers(pooled(m, output))))
    with torch.no_grad():
        outputs = flat(model(images))
    return {"side": side, "pooled": seen, "outputs": [{"name": n, "values": numbers(t)} for n, t in outputs]}


def write_pairs(folder):
    """One for exactly two images, with the weights of batches.pt."""
    model = torch.jit.load(f"{folder}/batches.pt")
    net = Net()
    net.load_state_dict(model.state_dict(), strict=False)  # without tensors that are none of it
    save(export(net.eval(), (torch.rand(2, 3, SIDE, SIDE),)), f"{folder}/two_images.pt2")
    pack(f"{folder}/two_images.pt2")


def write_odd(folder):
    """Those that are refused."""
    training = Net().train()
    images = torch.rand(2, 3, SIDE, SIDE)
    save(export(training, (images,), dynamic_shapes=({0: Dim("batch")},)), f"{folder}/training.pt2")
    save(export(Flat().eval(), (torch.rand(1, 3, 32, 48),)), f"{folder}/oblong.pt2")
    for name in ("training", "oblong"):
        pack(f"{folder}/{name}.pt2")


if __name__ == "__main__":
    folder, *names = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(1)
    reference = {}
    for name, (model, shapes) in networks().items() if not names else ():
        reference[name] = write(folder, name, model, shapes, SIDE)
    if not names:
        write_odd(folder)
    if not names or names == ["pairs"]:
        write_pairs(folder)
    if names == ["pairs"]:
        sys.exit()
    for name in names:
        import torchvision
        model = getattr(torchvision.models, name)(weights=None)
        if name == "inception_v3":
            model.aux_logits, model.AuxLogits = False, None
        side = 299 if name == "inception_v3" else 224
        shapes = ({0: Dim("batch", max=64)},)
        reference[name] = write(folder, name, model, shapes, side)
    with open(f"{folder}/reference.json", "w") as file:
        json.dump(reference, file)
