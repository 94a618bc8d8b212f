#!/usr/bin/python3
"""Networks as Python writes them, and what PyTorch's forward hooks see of each module: network_test compares with it.

    network_reference.py FOLDER

writes FOLDER/reference.json and, for each network, NAME.scripted.pt, NAME.traced.pt, NAME.pth (state_dict) and
NAME.input (float32, 2 x 3 x side x side). Exits with 77 if torch or torchvision is missing.
"""
import json
import math
import os
import re
import sys
import warnings
from typing import Dict, List

try:
    import torch
    import torchvision
except ImportError as e:
    print(e)
    sys.exit(77)

warnings.filterwarnings("ignore")
torch.set_num_threads(os.cpu_count())
BUILT_IN = ("resnet50", "inception_v3", "efficientnet_lite0")  # those that ScaleScope opens from a state_dict


class Unit(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = torch.nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(channels)
        self.act = torch.nn.ReLU(inplace=True)

    def forward(self, x):
        return x + self.act(self.norm(self.conv(x)))


class TwoLists(torch.nn.Module):
    """Two ModuleLists whose items have the same numbers, changes in place, and a function that changes its input."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 3, stride=2)
        self.early = torch.nn.ModuleList([Unit(8) for _ in range(3)])
        self.down = torch.nn.Conv2d(8, 16, 3, stride=2)
        self.late = torch.nn.ModuleList([Unit(16) for _ in range(3)])
        self.head = torch.nn.Linear(16, 7)

    def forward(self, x):
        x = torch.relu_(self.stem(x))
        for unit in self.early:
            x = unit(x)
        x = self.down(x)
        x.mul_(0.5)  # after `down` returned: a tap on `down` must not see it
        for unit in self.late:
            x = unit(x)
        return self.head(x.mean((2, 3)))


class Unusual(torch.nn.Module):
    """A network with an operation that OpenVINO does not have."""

    def __init__(self):
        super().__init__()
        self.units = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), *[Unit(8) for _ in range(8)])
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        x = self.units(x)
        return self.head(torch.logcumsumexp(x.mean((2, 3)), 1))


class Gate(torch.nn.Module):
    """Squeeze-and-excitation with linear layers: they work on vectors, the map around them stays N x C x H x W."""

    def __init__(self, channels):
        super().__init__()
        self.squeeze = torch.nn.Linear(channels, 4)
        self.excite = torch.nn.Linear(4, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean((2, 3))))))
        return x * gate.view(x.size(0), -1, 1, 1)


class Gated(torch.nn.Module):
    """Its first module returns its input; its maps are multiplied with gates."""

    def __init__(self):
        super().__init__()
        self.entry = torch.nn.Identity()
        self.units = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), *[m for _ in range(4) for m in (Unit(8), Gate(8))])
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        return self.head(self.units(self.entry(x)).mean((2, 3)))


class Growing(torch.nn.Module):
    """Lists that grow, are read in between (DenseNet) and hold tensors that change in place later (Res2Net, DLA)."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 3)
        self.grow = torch.nn.ModuleList([torch.nn.Conv2d(8 + 4 * i, 4, 3, padding=1) for i in range(3)])
        self.parts = torch.nn.ModuleList([Unit(5) for _ in range(3)])
        self.acts = torch.nn.ModuleList([torch.nn.ReLU(inplace=True) for _ in range(3)])
        self.joined = torch.nn.Conv2d(20, 8, 1)
        self.after = torch.nn.ModuleList([Unit(8) for _ in range(2)])
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x, with_tanh: bool = True):  # not in a trace
        maps = [self.stem(x)]
        for grow in self.grow:
            y = grow(torch.cat(maps, 1))
            if with_tanh:
                y = torch.tanh(y)
            maps.append(y)
        halves = torch.split(torch.cat(maps, 1), 5, 1)
        done = []
        for i, (part, act) in enumerate(zip(self.parts, self.acts)):
            y = part(halves[i] if i == 0 else halves[i] + done[-1])
            done.append(y)
            act(y)  # what the list holds has changed with it
        done.append(halves[3])
        x = self.joined(torch.cat(done, 1))
        for unit in self.after:
            x = unit(x)
        return self.head(x.mean((2, 3)))


class Named(torch.nn.Module):
    """Padding by name and with minus infinity, activations of mobile networks on channels that fill no vector, dropout
    (which hands its input through), and a branch on the size of a map."""

    def __init__(self):
        super().__init__()
        self.same = torch.nn.Conv2d(3, 12, (3, 5), padding="same", dilation=2)
        self.swish = torch.nn.Hardswish()
        self.second = torch.nn.Conv2d(12, 12, 4, padding="valid", groups=12)
        self.six = torch.nn.ReLU6(inplace=True)
        self.valid = torch.nn.Conv2d(12, 20, 3, padding="valid")
        self.gate = torch.nn.Hardsigmoid()
        self.units = torch.nn.Sequential(*[Unit(20) for _ in range(3)])
        self.fc = torch.nn.Linear(20, 9)
        self.relu = torch.nn.ReLU(inplace=True)
        self.drop = torch.nn.Dropout()
        self.head = torch.nn.Linear(9, 7)

    def forward(self, x):
        x = self.six(self.second(self.swish(self.same(x))))
        x = torch.nn.functional.max_pool2d(torch.nn.functional.pad(x, (0, 1, 0, 1), value=-float("inf")), 3, 2)
        x = self.valid(x)
        x = self.units(x * self.gate(x))
        if x.shape[-1] < 9 or x.shape[-2] < 9:
            x = torch.nn.functional.adaptive_avg_pool2d(x, (9, 9))
        return self.head(self.drop(self.relu(self.fc(x.mean((2, 3))))))


class Around(torch.nn.Module):
    """Zeros around a map as TensorFlow puts them: as many as the size of the map and the stride ask for."""

    def __init__(self):
        super().__init__()
        self.convs = torch.nn.ModuleList([torch.nn.Conv2d(3, 8, 3, stride=2), torch.nn.Conv2d(8, 8, 5, stride=2)])
        self.units = torch.nn.Sequential(*[Unit(8) for _ in range(4)])
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        for conv in self.convs:
            height, width = x.size()[-2:]
            kernel = conv.kernel_size[0]
            rows = max((math.ceil(height / 2) - 1) * 2 + kernel - height, 0)
            columns = max((math.ceil(width / 2) - 1) * 2 + kernel - width, 0)
            x = torch.nn.functional.pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
            x = torch.relu(conv(x))
        return self.head(self.units(x).mean((2, 3)))


class Even(torch.nn.Module):
    """Padding by name with an even kernel: one more row of zeros on one side than on the other."""

    def __init__(self):
        super().__init__()
        self.same = torch.nn.Conv2d(3, 8, 4, padding="same")
        self.units = torch.nn.Sequential(*[Unit(8) for _ in range(4)])
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        return self.head(self.units(self.same(x)).mean((2, 3)))


class Mixer(torch.nn.Module):
    def __init__(self, positions, channels):
        super().__init__()
        self.norm = torch.nn.LayerNorm(channels)
        self.tokens = torch.nn.Linear(positions, positions)
        self.channels = torch.nn.Linear(channels, channels)

    def forward(self, x):
        y = self.norm(x)
        x = x + self.tokens(y.transpose(1, 2)).transpose(1, 2)
        return x + self.channels(torch.nn.functional.gelu(y))


class Tokens(torch.nn.Module):
    """Patches as a sequence, N x positions x C (MLP-Mixer, vision transformers)."""

    def __init__(self):
        super().__init__()
        self.patches = torch.nn.Conv2d(3, 12, 8, stride=8)
        self.blocks = torch.nn.Sequential(*[Mixer(25, 12) for _ in range(5)])
        self.norm = torch.nn.LayerNorm(12)
        self.head = torch.nn.Linear(12, 7)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.patches(x).flatten(2).transpose(1, 2))).mean(1))


class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.left = Unit(6)
        self.right = Unit(6)
        self.join = torch.nn.Conv2d(12, 6, 1)

    def forward(self, x, before):
        return self.join(torch.cat([self.left(x), self.right(before)], 1))


class Cells(torch.nn.Module):
    """Each cell reads the two before it (NASNet): nothing flows through one tensor until the last."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 6, 3)
        self.cells = torch.nn.ModuleList([Cell() for _ in range(6)])
        self.act = torch.nn.ReLU()
        self.last = torch.nn.Conv2d(6, 10, 1)  # on a map of one position: no feature map to look at
        self.head = torch.nn.Linear(10, 7)

    def forward(self, x):
        before = self.stem(x)
        x = torch.tanh(before)
        for cell in self.cells:
            before, x = x, cell(x, before)
        x = torch.nn.functional.adaptive_avg_pool2d(self.act(x), 1)
        return self.head(self.last(x).flatten(1))


class Windows(torch.nn.Module):
    """Writes into parts of a tensor, as shifted windows do for their mask (Swin), in a branch too, and into a map itself."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 3)
        self.units = torch.nn.Sequential(*[Unit(8) for _ in range(5)])
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        x = self.stem(x)
        mask = x.new_zeros((x.shape[2], x.shape[3]))
        mask[:-5, :-5] = 1.0
        mask[-5:, 3:] = 2.0
        if x.shape[2] > 9:
            edge = torch.ones_like(mask)
            edge[1:4] = 0.25
            edge[:, -1] += 3.0
            mask = mask + edge.relu_()
        x = self.units(x * mask)
        x[:, 0] = 0.5
        x[:, 2:4, 1:] += x[:, 4:6, 1:]
        return self.head(x.mean((2, 3)))


class Branched(torch.nn.Module):
    """A branch that changes in place what a module returned; lists that are joined; parts that change twice."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3)
        self.units = torch.nn.Sequential(*[Unit(8) for _ in range(5)])
        self.last = torch.nn.Conv2d(16, 8, 1)
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        x = self.conv(x)
        height = 1
        if x.shape[-1] > 9:
            x = torch.relu_(x)
            height = x.shape[2]
        x = self.units(x)
        x.mul_(height / 19)
        part = x[:, 2:5]
        part += 1
        part *= 0.5
        x[:, :, 30:-30] = 7.0  # nothing, as it ends before it begins
        maps = [x]
        maps += [torch.tanh(x)]
        x = self.last(torch.cat(maps, 1))
        sides = [x.shape[0], x.shape[1]]
        sides += [-1]
        return self.head(x.view(sides).mean(2))


class Transposed(torch.nn.Module):
    """Changes a tensor through a view that can't be put back, and reads it again: to be refused."""

    def forward(self, x):
        torch.relu_(x.transpose(2, 3))
        return x.mean((2, 3))


class Trunk(torch.nn.Module):
    """What the networks with several outputs have in common."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 3, stride=2)
        self.units = torch.nn.Sequential(*[Unit(8) for _ in range(5)])
        self.head = torch.nn.Linear(8, 7)
        self.other = torch.nn.Linear(8, 3)
        self.aside = torch.nn.Conv2d(3, 4, 3)  # of those below only Idle calls it


class Pair(Trunk):
    """The map comes before what looks like the output of a classifier."""

    def forward(self, x):
        x = self.units(self.stem(x))
        return x, self.head(x.mean((2, 3)))


class Listed(Trunk):
    def forward(self, x):
        x = self.units(self.stem(x))
        means = x.mean((2, 3))
        return [x, self.head(means), self.other(means)]


class Grown(Trunk):
    """A list that grows step by step."""

    def forward(self, x):
        outputs: List[torch.Tensor] = []
        x = self.stem(x)
        outputs.append(x)
        x = self.units(x)
        outputs.append(self.head(x.mean((2, 3))))
        return outputs


class Keyed(Trunk):
    def forward(self, x):
        x = self.units(self.stem(x))
        means = x.mean((2, 3))
        return {"map": x, "logits": self.head(means), "other": self.other(means)}


class Filled(Trunk):
    """A dict that is filled step by step, as torchvision's networks for segmentation fill it."""

    def forward(self, x):
        outputs: Dict[str, torch.Tensor] = {}
        x = self.units(self.stem(x))
        outputs["map"] = x
        outputs["logits"] = self.head(x.mean((2, 3)))
        return outputs


class Nested(Trunk):
    def forward(self, x):
        x = self.units(self.stem(x))
        means = x.mean((2, 3))
        return x, (self.head(means), self.other(means))


class Idle(Trunk):
    """A part runs whose result reaches nothing."""

    def forward(self, x):
        self.aside(x) * 2
        x = self.units(self.stem(x))
        return self.head(x.mean((2, 3)))


class LiteWrapper:
    """efficientnet_lite0 from the package of its authors, where SCALESCOPE_PYTHON_EXTRA has it."""

    def __new__(cls):
        extra = os.environ.get("SCALESCOPE_PYTHON_EXTRA")
        if extra:
            sys.path.insert(0, extra)
        from efficientnet_lite_pytorch import EfficientNet
        return EfficientNet.from_name("efficientnet-lite0")


def stir(model):
    """Statistics that a trained network could have, so that a batch norm taken for the identity shows."""
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.uniform_(-0.2, 0.2)
                m.running_var.uniform_(0.5, 1.5)
                m.weight.uniform_(0.8, 1.2)
                m.bias.uniform_(-0.2, 0.2)


def tensor_of(output):
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, (tuple, list)) and output and isinstance(output[0], torch.Tensor):
        return output[0]
    return None


def output_of(returned):
    """What is taken for the output: the first tensor with a vector for each image, or else the first."""
    if isinstance(returned, dict):
        returned = list(returned.values())
    if isinstance(returned, torch.Tensor):
        return returned
    tensors = [output_of(one) for one in returned if one is not None]
    return next((t for t in tensors if t.dim() == 2), tensors[0])


def main(folder):
    v = torchvision.models
    networks = {
        "resnet50": (lambda: v.resnet50(), 96),
        "inception_v3": (lambda: v.inception_v3(init_weights=False, aux_logits=True), 107),
        "densenet121": (lambda: v.densenet121(), 64),
        "convnext_tiny": (lambda: v.convnext_tiny(), 64),
        "two_lists": (TwoLists, 40),
        "unusual": (Unusual, 40),
        "gated": (Gated, 40),
        "growing": (Growing, 40),
        "named": (Named, 40),
        "around": (Around, 41),
        "even": (Even, 40),
        "windows": (Windows, 40),
        "branched": (Branched, 40),
        "tokens": (Tokens, 40),
        "cells": (Cells, 40),
        "pair": (Pair, 40),
        "listed": (Listed, 40),
        "grown": (Grown, 40),
        "keyed": (Keyed, 40),
        "filled": (Filled, 40),
        "nested": (Nested, 40),
        "idle": (Idle, 40),
        "mobilenet_v3_small": (lambda: v.mobilenet_v3_small(), 96),
        "efficientnet_lite0": (LiteWrapper, 224),
    }
    reference = {}
    for name, (make, side) in networks.items():
        torch.manual_seed(0)
        try:
            model = make().eval()
        except ImportError as e:
            print(f"left out: {name} ({e})")
            continue
        stir(model)
        # ConvNeXt's layer norms and linear layers work on N x H x W x C.
        channels_last = r"\.block\.[1-5]$" if name.startswith("convnext") else "^$"
        x = torch.randn(2, 3, side, side)
        seen, calls = {}, {}

        def watch(path):
            def hook(_module, _inputs, output):
                t = tensor_of(output)
                if t is None:
                    return
                calls[path] = calls.get(path, 0) + 1
                pooled = t
                if t.dim() == 3:  # N x positions x C
                    pooled = t.mean(1)
                elif t.dim() == 4:
                    pooled = t.mean((1, 2) if re.search(channels_last, path) else (2, 3))
                # Now: the tensor itself may change in place later.
                seen[path] = (list(t.shape), pooled.flatten().tolist() if pooled.dim() == 2 else None)
            return hook

        for path, module in model.named_modules():
            if path:
                module.register_forward_hook(watch(path))
        with torch.no_grad():
            output = output_of(model(x))
        for module in model.modules():
            module._forward_hooks.clear()
        x.numpy().tofile(f"{folder}/{name}.input")
        if name in BUILT_IN:
            torch.save(model.state_dict(), f"{folder}/{name}.pth")
        with torch.no_grad():
            torch.jit.trace(model, x, check_trace=False, strict=False).save(f"{folder}/{name}.traced.pt")
        scripted = name != "efficientnet_lite0"  # its own code can't be scripted
        if scripted:
            torch.jit.script(model).save(f"{folder}/{name}.scripted.pt")
        reference[name] = {
            "side": side,
            "scripted": scripted,
            "modules": {p: type(m).__name__ for p, m in model.named_modules()},
            "parameters": {p: sum(q.numel() for q in m.parameters()) for p, m in model.named_modules()},
            "calls": calls,
            "shapes": {p: s for p, (s, _) in seen.items()},
            "pooled": {p: f for p, (_, f) in seen.items() if f is not None},
            "output": output.flatten().tolist(),
            "softmax": torch.softmax(output, 1).flatten().tolist(),
        }
        print(f"{name}: {len(seen)} modules ran")
    with torch.no_grad():
        torch.jit.trace(Transposed(), torch.randn(2, 3, 40, 40), check_trace=False).save(f"{folder}/transposed.traced.pt")
    with open(f"{folder}/reference.json", "w") as f:
        json.dump(reference, f)


if __name__ == "__main__":
    main(sys.argv[1])
