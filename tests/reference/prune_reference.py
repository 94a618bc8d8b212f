#!/usr/bin/python3
"""Networks for prune_test, and PyTorch's view of what ScaleScope made of them.

    prune_reference.py make FOLDER [SHARED]
writes networks as Python saves them, FOLDER/NAME.pt or .pth, and prints a line "NAME FILE SIDE" for each. SHARED is the
developers' shared folder. Exits with 77 if torch or torchvision is missing.

    prune_reference.py check FOLDER [SHARED]
compares every FOLDER/cut/NAME@LAYER.pt with what a forward hook sees of that layer in eager PyTorch, looks at its
parameters, and trains it for a step. Prints a line for each, "ok ..." or "WRONG ...".

    prune_reference.py checkpoints ARCHIVE CHECKPOINT...
whether the checkpoints (.pth) hold what the archive holds.

    prune_reference.py readout FOLDER LAYER ARCHIVE TARGETS
the largest difference between the layer `scale` of the archive with its clipping, on FOLDER/LAYER.npy and on three
times these features, and scikit-learn's ridge regression of the targets (a JSON list) on clipped features.
"""
import glob
import json
import os
import sys
import warnings

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # beside other work spinning threads take ten times as long

try:
    import numpy as np
    import torch
    import torchvision
except ImportError as e:
    print(e)
    sys.exit(77)

from network_reference import LiteWrapper, TwoLists, stir, tensor_of

warnings.filterwarnings("ignore")
torch.set_num_threads(os.cpu_count())
torch._C._jit_set_profiling_executor(False)  # which compiles for a minute what runs four times


class Half(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.act = torch.nn.ReLU(inplace=True)
        self.conv = torch.nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(self.act(x))


class Tricky(torch.nn.Module):
    """What makes cutting hard: changes in place by a call whose result nobody reads, a module that is called twice, a
    branch that an attribute decides, an auxiliary head, parameters of the network's own behind the cut."""

    def __init__(self):
        super().__init__()
        self.wide = True
        self.own = torch.nn.Parameter(torch.ones(1, 8, 1, 1))
        self.late = torch.nn.Parameter(torch.ones(7))
        self.stem = torch.nn.Conv2d(3, 8, 3, stride=2)
        self.act = torch.nn.ReLU(inplace=True)
        self.aux = torch.nn.Linear(8, 7)
        self.twice = torch.nn.Sequential(torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.BatchNorm2d(8), Half(8))
        self.narrow = torch.nn.Conv2d(8, 8, 1)
        self.broad = torch.nn.Conv2d(8, 8, 5, padding=2)
        self.middle = torch.nn.Conv2d(8, 8, 3, padding=1)
        self.end = torch.nn.Conv2d(8, 8, 3, padding=1)
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        if x.dim() != 4:
            raise RuntimeError("a batch of images is needed")
        x = self.stem(x) * self.own
        self.act(x)  # in place: what follows reads x
        if self.training:
            aux = self.aux(x.mean((2, 3)))
            print(aux)
        x = self.twice(x)
        x = self.twice(x)
        if self.wide:
            x = self.broad(x)
        else:
            x = self.narrow(x)
        beside = self.middle(x)
        x = self.end(x) + torch.relu_(beside)
        return self.head(x.mean((2, 3))) * self.late


class Noisy(torch.nn.Module):
    """Says something else each time: no part of it can be compared with the whole."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 8, 3, stride=2)
        self.noise = Noise()
        self.head = torch.nn.Linear(8, 7)

    def forward(self, x):
        return self.head(self.noise(self.first(x)).mean((2, 3)))


class Noise(torch.nn.Module):
    def forward(self, x):
        return x + torch.rand_like(x)


def script(model, _x):
    return torch.jit.script(model)


def trace(model, x):
    return torch.jit.trace(model, x, check_trace=False)


# name: (how to make it, how it is saved, side of the input)
NETWORKS = {
    "resnet18": (lambda: torchvision.models.resnet18(), None, 64),
    "inception_v3": (lambda: torchvision.models.inception_v3(init_weights=False), script, 75),
    "efficientnet_lite0": (LiteWrapper, trace, 64),
    # Blocks and transitions as in a densenet121, fewer and narrower: each is cut out, and trained.
    "densenet": (lambda: torchvision.models.DenseNet(8, (3, 4, 3, 3), 16), script, 64),
    "two_lists": (TwoLists, trace, 40),
    "tricky": (Tricky, script, 40),
    "tricky_traced": (Tricky, trace, 40),
    "noisy": (Noisy, script, 40),
}
SHARED_NETWORK = "inception_v3_5class"


def make(folder, shared):
    for name, (build, save, side) in NETWORKS.items():
        torch.manual_seed(0)
        try:
            model = build().eval()
        except ImportError:
            continue
        stir(model)
        torch.save(model.state_dict(), f"{folder}/{name}.pth")
        file = f"{folder}/{name}.pth"
        if save is not None:
            file = f"{folder}/{name}.pt"
            with torch.no_grad():
                save(model, torch.randn(2, 3, side, side)).save(file)
        print(name, file, side)
    if shared:
        print(SHARED_NETWORK, f"{shared}/models/{SHARED_NETWORK}.pt", 75)


def eager(name, folder, shared):
    if name == SHARED_NETWORK:
        weights = torch.load(f"{shared}/models/{name}.pth")
        original = torch.jit.load(f"{shared}/models/{name}.pt")
        model = torchvision.models.inception_v3(init_weights=False, aux_logits=False,
                                                transform_input=original.transform_input)
        model.fc = torch.nn.Identity()  # it has a head of its own
        side = 75
    else:
        build, _, side = NETWORKS[name]
        weights = torch.load(f"{folder}/{name}.pth")
        model = build()
    missing, extra = model.load_state_dict(weights, strict=False)
    assert not missing and all(name.startswith("fc.") for name in extra), (missing, extra)
    return model.eval(), set(weights), side


def trains(pruned, x, output):
    """Whether a step changes parameters and lowers the loss; output: what it says of x, with its graph."""
    target = output.detach() * 0.5
    before = {n: p.detach().clone() for n, p in pruned.named_parameters()}
    loss = torch.nn.functional.mse_loss(output, target)
    loss.backward()
    torch.optim.Adam(pruned.parameters(), 1e-5).step()
    # With gradients again: without them TorchScript would compile it once more.
    losses = [loss.item(), torch.nn.functional.mse_loss(pruned(x), target).item()]
    changed = sum(not torch.equal(before[n], p) for n, p in pruned.named_parameters())
    return losses[1] < losses[0] and changed >= 0.9 * len(before), losses, changed


def check(folder, shared):
    files = sorted(glob.glob(f"{folder}/cut/*.pt"))
    for name in sorted({os.path.basename(f).split("@")[0] for f in files}):
        model, keys, side = eager(name, folder, shared)
        own = model.state_dict()
        torch.manual_seed(1)
        x = torch.randn(2, 3, side, side)
        seen = {}
        for path, module in model.named_modules():
            module.register_forward_hook(  # a copy: what follows may change it in place
                lambda _m, _i, output, path=path: seen.update({path: tensor_of(output).clone()}))
        with torch.no_grad():
            model(x)
        for file in (f for f in files if os.path.basename(f).split("@")[0] == name):
            layer = os.path.basename(file).split("@")[1][:-3]
            pruned = torch.jit.load(file)
            wrong = []
            output = pruned(x)
            got = output.detach()
            difference = ((got - seen[layer]).abs().max() / seen[layer].abs().max()).item()
            if got.shape != seen[layer].shape or not difference <= 1e-5:
                wrong.append(f"differs by {difference}")
            extra = set(pruned.state_dict()) - keys
            if extra:
                wrong.append(f"has other keys: {extra}")
            for key, value in pruned.state_dict().items():
                if key in keys and not torch.equal(value, own[key]):
                    wrong.append(f"{key} is not the original's")
            good, losses, changed = trains(pruned, x, output)
            if not good:
                wrong.append(f"does not train: losses {losses}, {changed} parameters changed")
            count = sum(p.numel() for p in pruned.parameters())
            print("WRONG" if wrong else "ok", name, layer, f"{difference:.1e}", count, "; ".join(wrong))


def checkpoints(archive, *files):
    own = torch.jit.load(archive).state_dict()
    for file in files:
        loaded = torch.load(file)
        same = set(loaded) == set(own) and all(torch.equal(loaded[k], v) for k, v in own.items())
        print("ok" if same and type(loaded) is dict else "WRONG", file)


def readout(folder, layer, archive, targets):
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from probe_steps import Clip
    x = np.load(f"{folder}/{layer}.npy").astype(float)
    y = np.array(json.loads(targets))
    deviation = x.std(0)
    kept = x[:, deviation > 1e-6 * deviation.max()]
    search = GridSearchCV(make_pipeline(Clip(), StandardScaler(), Ridge()), {"ridge__alpha": np.logspace(-2, 6, 17)},
                          scoring="neg_mean_squared_error", cv=KFold(5, shuffle=True, random_state=0))
    search.fit(kept, y)
    pruned = torch.jit.load(archive)
    worst = 0
    for factor in 1, 3:
        expected = search.predict(factor * kept)
        with torch.no_grad():
            inside = torch.minimum(torch.maximum(torch.tensor(factor * x, dtype=torch.float32), pruned.scale_minimum),
                                   pruned.scale_maximum)
            got = torch.nn.functional.linear(inside, pruned.scale.weight, pruned.scale.bias)[:, 0].numpy()
        worst = max(worst, np.abs(got - expected).max() / np.abs(expected).max())
    print(worst)


if __name__ == "__main__":
    mode, arguments = sys.argv[1], sys.argv[2:]
    if mode in ("make", "check"):
        arguments = (arguments + [None])[:2]
    {"make": make, "check": check, "checkpoints": checkpoints, "readout": readout}[mode](*arguments)
