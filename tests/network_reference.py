#!/usr/bin/python3
"""Networks as Python writes them, and what PyTorch's forward hooks see of each module: network_test compares with it.

    network_reference.py FOLDER

writes FOLDER/reference.json and, for each network, NAME.scripted.pt, NAME.traced.pt, NAME.pth (state_dict) and
NAME.input (float32, 2 x 3 x side x side). Exits with 77 if torch or torchvision is missing.
"""
import json
import os
import re
import sys
import warnings

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
                if t.dim() == 4:
                    pooled = t.mean((1, 2) if re.search(channels_last, path) else (2, 3))
                seen[path] = (list(t.shape), pooled.flatten().tolist() if pooled.dim() == 2 else None)
            return hook

        for path, module in model.named_modules():
            if path:
                module.register_forward_hook(watch(path))
        with torch.no_grad():
            output = tensor_of(model(x))
        for module in model.modules():
            module._forward_hooks.clear()
        x.numpy().tofile(f"{folder}/{name}.input")
        if name in BUILT_IN:
            torch.save(model.state_dict(), f"{folder}/{name}.pth")
        with torch.no_grad():
            torch.jit.trace(model, x, check_trace=False).save(f"{folder}/{name}.traced.pt")
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
    with open(f"{folder}/reference.json", "w") as f:
        json.dump(reference, f)


if __name__ == "__main__":
    main(sys.argv[1])
