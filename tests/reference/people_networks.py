#!/usr/bin/python3
"""Networks and checkpoints as people have them, and what PyTorch says of them: people_networks_test compares with it.

    people_networks.py networks FOLDER         writes FOLDER/networks.json and, for each network, NAME.traced.pt or
                                               NAME.scripted.pt, and NAME.input (float32, 2 x 3 x side x side)
    people_networks.py outputs FILE SIDE C N   prints the outputs of an archive for images of C channels, N at once
    people_networks.py checkpoint FOLDER WAY   writes FOLDER/checkpoint.pth, the same weights each time, kept the WAY
                                               that is named, and prints the network's output
    people_networks.py grey FOLDER             writes FOLDER/rgb (64 x 64 x 3 bytes) and FOLDER/grey, PIL's convert("L")

Exits with 77 if a module is missing.
"""
import collections
import json
import sys
import warnings
from typing import Dict, List, Tuple

try:
    import numpy
    import PIL.Image
    import torch
    import torchvision
except ImportError as e:
    print(e)
    sys.exit(77)

warnings.filterwarnings("ignore")
Conv = torch.nn.Conv2d


class PNet(torch.nn.Module):
    """The first network of MTCNN, as facenet-pytorch has it: boxes, then a softmax over two classes for each position."""

    def __init__(self):
        super().__init__()
        self.conv1, self.prelu1 = Conv(3, 10, 3), torch.nn.PReLU(10)
        self.pool1 = torch.nn.MaxPool2d(2, 2, ceil_mode=True)
        self.conv2, self.prelu2 = Conv(10, 16, 3), torch.nn.PReLU(16)
        self.conv3, self.prelu3 = Conv(16, 32, 3), torch.nn.PReLU(32)
        self.conv4_1, self.softmax4_1 = Conv(32, 2, 1), torch.nn.Softmax(dim=1)
        self.conv4_2 = Conv(32, 4, 1)

    def forward(self, x):
        x = self.prelu1(self.conv1(x))
        x = self.pool1(x)
        x = self.prelu2(self.conv2(x))
        x = self.prelu3(self.conv3(x))
        a = self.conv4_1(x)
        a = self.softmax4_1(a)
        b = self.conv4_2(x)
        return b, a


class Stages(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.c2, self.c3, self.c4 = Conv(3, 8, 3, 2, 1), Conv(8, 12, 3, 2, 1), Conv(12, 16, 3, 2, 1)
        self.fc = torch.nn.Linear(16, 5)
        self.other = torch.nn.Linear(16, 3)

    def stages(self, x):
        c2 = torch.relu(self.c2(x))
        c3 = torch.relu(self.c3(c2))
        return c2, c3, torch.relu(self.c4(c3))


class Pyramid(Stages):
    """A feature pyramid: a list of maps."""

    def __init__(self):
        super().__init__()
        self.lateral = torch.nn.ModuleList([Conv(8, 6, 1), Conv(12, 6, 1), Conv(16, 6, 1)])
        self.smooth = Conv(6, 6, 3, 1, 1)

    def forward(self, x):
        c2, c3, c4 = self.stages(x)
        up = torch.nn.functional.interpolate
        p4 = self.lateral[2](c4)
        p3 = self.lateral[1](c3) + up(p4, scale_factor=2.0)
        p2 = self.lateral[0](c2) + up(p3, scale_factor=2.0)
        return [self.smooth(p2), p3, p4]


class LogitsBesideMaps(Stages):
    def forward(self, x):
        c2, c3, c4 = self.stages(x)
        return c2, self.fc(c4.mean((2, 3))), c4


class Keyed(Stages):
    def forward(self, x) -> Dict[str, torch.Tensor]:
        c2, c3, c4 = self.stages(x)
        means = c4.mean((2, 3))
        return {"map": c3, "logits": self.fc(means), "aux": self.other(means)}


class Nested(Stages):
    def forward(self, x) -> Tuple[torch.Tensor, Tuple[List[torch.Tensor], torch.Tensor]]:
        c2, c3, c4 = self.stages(x)
        return c4, ([c2, c3], self.fc(c4.mean((2, 3))))


class Unused(Stages):
    """What `aside` computes reaches nothing."""

    def __init__(self):
        super().__init__()
        self.aside = Conv(8, 4, 1)

    def forward(self, x):
        c2, c3, c4 = self.stages(x)
        self.aside(c2)
        return self.fc(c4.mean((2, 3)))


class Plain(torch.nn.Module):
    """One output, but images of another form."""

    def __init__(self, channels=3, channels_last=False):
        super().__init__()
        self.channels_last = channels_last
        self.stem, self.norm = Conv(channels, 8, 3, 2, 1), torch.nn.BatchNorm2d(8)
        self.body = Conv(8, 16, 3, 2, 1)
        self.fc = torch.nn.Linear(16, 5)

    def forward(self, x):
        if self.channels_last:
            x = x.permute(0, 3, 1, 2)
        x = torch.relu(self.norm(self.stem(x)))
        x = torch.relu(self.body(x))
        return self.fc(x.mean((2, 3)))


class Double(Plain):
    """Converts its images itself."""

    def forward(self, x):
        return super().forward(x.to(torch.float64))


class Fixed(torch.nn.Module):
    """Takes images of one size."""

    def __init__(self, side):
        super().__init__()
        self.stem = Conv(1, 4, 5)
        self.fc = torch.nn.Linear(4 * (side - 4) ** 2, 3)

    def forward(self, x):
        return self.fc(self.stem(x).flatten(1))


class NotFinite(torch.nn.Module):
    """Values or constants that are not finite, in front of a ReLU, which can make 0 of them."""

    def __init__(self, constant):
        super().__init__()
        self.stem, self.relu = Conv(3, 8, 3), torch.nn.ReLU()
        self.fc = torch.nn.Linear(8, 3)
        self.constant = constant

    def forward(self, x):
        x = self.stem(x)
        x = torch.log(x) if self.constant is None else x + self.constant
        return self.fc(self.relu(x).mean((2, 3)))


def write_odd(folder):
    """Networks that can't be opened, or not at every size, or not looked at."""
    torch.manual_seed(1)
    negative = Plain()
    negative.norm.running_var[0] = -1
    scripted = {"four_channels": Plain(4), "fixed": Fixed(28), "odd_size": Fixed(1001), "negative_variance": negative}
    for name, model in scripted.items():
        torch.jit.script(model.eval()).save(f"{folder}/{name}.scripted.pt")
    for name, constant in (("logarithm", None), ("constant", torch.full((8, 1, 1), float("nan")))):
        model = NotFinite(constant).eval()
        torch.jit.trace(model, torch.rand(1, 3, 48, 48), check_trace=False).save(f"{folder}/{name}.traced.pt")


NETWORKS = {  # network, channels, channels last, type of its weights, index of the output that is chosen
    "pnet": (PNet, 3, False, torch.float32, 0),
    "pyramid": (Pyramid, 3, False, torch.float32, 0),
    "logits_beside_maps": (LogitsBesideMaps, 3, False, torch.float32, 1),
    "keyed": (Keyed, 3, False, torch.float32, 1),
    "nested": (Nested, 3, False, torch.float32, 3),
    "unused": (Unused, 3, False, torch.float32, 0),
    "grey": (lambda: Plain(1), 1, False, torch.float32, 0),
    "channels_last": (lambda: Plain(3, True), 3, True, torch.float32, 0),
    "grey_channels_last": (lambda: Plain(1, True), 1, True, torch.float32, 0),
    "half": (Plain, 3, False, torch.float16, 0),
    "bfloat16": (Plain, 3, False, torch.bfloat16, 0),
    "double": (Plain, 3, False, torch.float64, 0),
    "converts": (Double, 3, False, torch.float64, 0),
}
SIDE = 48


def flat(value, name=""):
    """[(the way to a tensor, the tensor)] of all that a network returns."""
    if isinstance(value, torch.Tensor):
        return [(name, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [one for key, inner in items for one in flat(inner, f"{name}.{key}" if name else str(key))]


def described(outputs):
    return [{"name": name, "shape": list(t.shape[1:]), "values": t.float().flatten().tolist()} for name, t in outputs]


def pooled(tensor):
    return tensor.float().mean((2, 3)) if tensor.dim() == 4 else tensor.float()


def write_networks(folder):
    reference = {}
    for name, (make, channels, channels_last, dtype, chosen) in NETWORKS.items():
        torch.manual_seed(1)
        model = make().eval().to(dtype)
        images = torch.randn(2, 3, SIDE, SIDE)
        if channels == 1:
            images = images[:, :1].expand(2, 3, SIDE, SIDE).contiguous()
        images.numpy().tofile(f"{folder}/{name}.input")
        taken = images[:, :channels]
        if channels_last:
            taken = taken.permute(0, 2, 3, 1).contiguous()
        files = [f"{name}.scripted.pt"] if dtype != torch.float64 or name == "double" else []
        if files:
            torch.jit.script(model).save(f"{folder}/{name}.scripted.pt")
        if dtype in (torch.float32, torch.float64):
            given = taken if name == "converts" else taken.to(dtype)
            torch.jit.trace(model, given, check_trace=False, strict=False).save(f"{folder}/{name}.traced.pt")
            files.append(f"{name}.traced.pt")
        exact = model.to(torch.float64)  # the weights are rounded already
        seen = {}
        for path, module in exact.named_modules():
            if path:
                module.register_forward_hook(
                    lambda _m, _i, output, path=path: seen.__setitem__(path, pooled(output).flatten().tolist()))
        with torch.no_grad():
            outputs = flat(exact(taken.to(torch.float64)))
        reference[name] = {"side": SIDE, "channels": channels, "channels_last": channels_last, "files": files,
                           "outputs": described(outputs), "chosen": chosen, "pooled": seen}
    with open(f"{folder}/networks.json", "w") as file:
        json.dump(reference, file)


def ramp(n, channels, side):
    """Images that the test makes, too: the values go from -1 to 1, each time anew after 97."""
    values = (numpy.arange(n * side * side) % 97 / 48.0 - 1).astype(numpy.float32).reshape(n, 1, side, side)
    return torch.from_numpy(numpy.repeat(values, channels, 1))


def print_outputs(file, side, channels, n):
    with torch.no_grad():
        print(json.dumps(described(flat(torch.jit.load(file)(ramp(n, channels, side))))))


def write_checkpoint(folder, way):
    torch.manual_seed(2)
    model = torchvision.models.mobilenet_v2(num_classes=5).eval()
    weights = model.state_dict()
    wrong = {name: t * 3 for name, t in weights.items()}
    kind, _, name = way.partition(":")

    def named(prefix, tensors=weights):
        return collections.OrderedDict((prefix + key, t) for key, t in tensors.items())

    if kind == "prefix":
        content = named(name)
    elif kind == "entry":
        content = {"epoch": 3, name: weights}
    elif kind == "pairs":
        content = list(weights.items())
    elif kind == "pairs_inside":
        content = {"model": [list(pair) for pair in weights.items()]}
    elif kind == "lightning":
        content = {"state_dict": {**named("model."), "criterion.weight": torch.ones(5)}, "global_step": 1}
    elif kind == "dino":
        content = {"student": named("module.backbone.", wrong),
                   "teacher": {**named("module.backbone."), "module.head.mlp.0.weight": torch.ones(4, 4)}}
    elif kind == "averaged":
        content = {"params": wrong, "params_ema": weights}
    elif kind == "two_networks":
        content = {**named("student.", wrong), **named("teacher.")}
    elif kind == "longer":
        content = {**weights, **{key.replace("features.17.", "features.19."): t for key, t in weights.items()}}
    elif kind == "not_finite":
        content = {**weights, "features.3.conv.0.0.weight": weights["features.3.conv.0.0.weight"] * float("nan")}
    elif kind == "half":
        content = {key: t.half() if t.is_floating_point() else t for key, t in weights.items()}
        model.load_state_dict({key: t.float() if t.is_floating_point() else t for key, t in content.items()})
    torch.save(content, f"{folder}/checkpoint.pth")
    with torch.no_grad():
        print(json.dumps(model(ramp(1, 3, 64)).flatten().tolist()))


def write_grey(folder):
    pixels = numpy.random.RandomState(3).randint(0, 256, (64, 64, 3)).astype(numpy.uint8)
    pixels.tofile(f"{folder}/rgb")
    numpy.asarray(PIL.Image.fromarray(pixels).convert("L")).tofile(f"{folder}/grey")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "networks":
        write_networks(*rest)
        write_odd(*rest)
    elif what == "outputs":
        print_outputs(rest[0], int(rest[1]), int(rest[2]), int(rest[3]))
    elif what == "checkpoint":
        write_checkpoint(*rest)
    else:
        write_grey(*rest)
