"""What PyTorch makes of the built-in architectures, for architectures_test.

architectures_reference.py network NAME SIDE CLASSES TYPE FILE   weights, and the input and output of every module that runs
architectures_reference.py relatives FILE                        names and shapes of networks that are not built in
architectures_reference.py archives FOLDER                       TorchScript archives to draw new weights for
"""
import os
import sys

import torch
import torchvision
from torch import nn


def make(name, classes):
    if name.startswith("efficientnet_lite"):
        sys.path.insert(0, os.environ["SCALESCOPE_PYTHON_EXTRA"])
        from efficientnet_lite_pytorch import EfficientNet

        # image_size=None makes the package pad by the input instead of for its nominal size.
        size = {"image_size": None} if name.endswith("_any_size") else {}
        return EfficientNet.from_name(name[:18].replace("_lite", "-lite"), num_classes=classes, **size)
    # init_weights=False: torchvision's own start of an InceptionV3 takes a minute
    options = {"init_weights": False} if name == "inception_v3" else {}
    return getattr(torchvision.models, name)(num_classes=classes, **options)


def last_map_module(name):
    return {"resnet": "layer4", "incept": "Mixed_7c", "vgg16": "features", "mobile": "features", "effici": "_swish"}[name[:6]]


def network(name, side, classes, dtype, file):
    torch.manual_seed(7)
    model = make(name, int(classes)).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
    state = {key: value.to(getattr(torch, dtype)) if value.is_floating_point() else value
             for key, value in model.state_dict().items()}
    model.load_state_dict(state)  # so that both sides have the rounded weights

    runs = {}

    # Clones, because the module behind may work in place.
    def before(key):
        return lambda module, inputs: runs.__setitem__(key, [inputs[0].clone(), None])

    def after(key):
        return lambda module, inputs, output: runs[key].__setitem__(1, output.clone())

    modules = [(key, module) for key, module in model.named_modules() if not key.startswith("AuxLogits")]
    for key, module in modules:
        module.register_forward_pre_hook(before(key))
        module.register_forward_hook(after(key))
    with torch.no_grad():
        model(torch.rand(2, 3, int(side), int(side)) * 2 - 1)
    torch.save({
        "state": state,
        "modules": [key for key, _ in modules],
        "classes": [type(module).__name__ for _, module in modules],
        "inputs": {key: run[0] for key, run in runs.items()},
        "outputs": {key: run[1] for key, run in runs.items()},
        "last_map": runs[last_map_module(name)][1],
    }, file)


def relatives(file):
    names = ["vgg16_bn", "vgg13", "vgg19", "resnext50_32x4d", "wide_resnet50_2", "densenet121", "mobilenet_v3_small",
             "googlenet"]
    models = {name: getattr(torchvision.models, name)(**({"init_weights": False} if name[:3] in ("vgg", "goo") else {}))
              for name in names}
    one = torch.zeros(())  # shapes without the bytes
    torch.save({name: {key: one.expand(value.shape) for key, value in model.state_dict().items()}
                for name, model in models.items()}, file)


class Various(nn.Module):
    """One of every kind of weight, each large enough for statistics."""

    def __init__(self):
        super().__init__()
        self.plain = nn.Conv2d(16, 64, 5)
        self.grouped = nn.Conv2d(64, 128, 5, groups=4)
        self.depthwise = nn.Conv2d(128, 1024, 5, groups=128)
        self.up = nn.ConvTranspose2d(1024, 8, 3, groups=2)
        self.norm = nn.GroupNorm(2, 8)
        self.batch = nn.BatchNorm2d(8)
        self.loose = nn.Parameter(torch.rand(8, 60, 60))
        self.linear = nn.Linear(3600, 50)

    def forward(self, x):
        x = self.batch(self.norm(self.up(self.depthwise(self.grouped(self.plain(x))))))
        return self.linear((x[:, :, :60, :60] + self.loose).flatten(2))


def archives(folder):
    torch.manual_seed(7)
    various = Various().eval()
    example = torch.rand(1, 16, 80, 80)
    torch.jit.script(various).save(f"{folder}/scripted.pt")
    torch.jit.trace(various, example).save(f"{folder}/traced.pt")
    torch.jit.freeze(torch.jit.script(various)).save(f"{folder}/frozen.pt")
    torch.jit.script(various.half()).save(f"{folder}/half.pt")
    mobilenet = torchvision.models.mobilenet_v2().eval()
    torch.jit.script(mobilenet).save(f"{folder}/mobilenet_scripted.pt")
    torch.jit.trace(mobilenet, torch.rand(1, 3, 64, 64)).save(f"{folder}/mobilenet_traced.pt")


if __name__ == "__main__":
    {"network": network, "relatives": relatives, "archives": archives}[sys.argv[1]](*sys.argv[2:])
