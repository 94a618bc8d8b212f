"""What PyTorch makes of the built-in architectures, for architectures_test.

architectures_reference.py network NAME SIDE CLASSES TYPE FILE   weights, and the input and output of every module that runs
architectures_reference.py table FILE NAME...                    names and shapes of all weights, as counts and a digest
architectures_reference.py relatives FILE                        names and shapes of networks that are not built in
architectures_reference.py archives FOLDER                       TorchScript archives to draw new weights for

Names are those of ScaleScope: timm's begin with "timm/". If this Python has no timm, the Python that SCALESCOPE_TIMM_PYTHON
names makes those.
"""
import csv
import hashlib
import importlib.util
import os
import subprocess
import sys

import torch
import torchvision
from torch import nn


def make(name, classes):
    if name.startswith("timm/"):
        import timm

        return timm.create_model(name[5:], num_classes=classes)
    if name.startswith("efficientnet_lite"):
        sys.path.insert(0, os.environ["SCALESCOPE_PYTHON_EXTRA"])
        from efficientnet_lite_pytorch import EfficientNet

        # image_size=None makes the package pad by the input instead of for its nominal size.
        size = {"image_size": None} if name.endswith("_any_size") else {}
        return EfficientNet.from_name(name[:18].replace("_lite", "-lite"), num_classes=classes, **size)
    # init_weights=False: torchvision's own start of an InceptionV3 takes a minute
    options = {"init_weights": False} if name in ("inception_v3", "googlenet") else {}
    return getattr(torchvision.models, name)(num_classes=classes, **options)


LAST_MAPS = [("timm/convnext", "norm_pre"), ("timm/regnet", "final_conv"), ("timm/vgg", "features"),
             ("timm/mobilenetv3", "blocks"), ("timm/tf_mobilenetv3", "blocks"), ("timm/resnet", "layer4"),
             ("timm/seresnet", "layer4"), ("timm/densenet", "features"), ("timm/", "bn2"), ("inception", "Mixed_7c"), ("googlenet", "inception5b"),
             ("efficientnet_lite", "_swish"), ("regnet", "trunk_output"), ("shufflenet", "conv5"), ("mnasnet", "layers"),
             ("resn", "layer4"), ("wide", "layer4"), ("", "features")]


def last_map_module(name):
    return next(module for prefix, module in LAST_MAPS if name.startswith(prefix))


def runs_in_evaluation(key):
    return key.split(".")[0] not in ("AuxLogits", "aux1", "aux2")


def table(file, *names):
    for key in dir(nn.init):  # drawing weights takes minutes, and they are not looked at
        if key.endswith("_") and not key.startswith("_"):
            setattr(nn.init, key, lambda tensor, *_, **__: tensor)
    with open(file, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["architecture", "parameters", "tensors", "digest"])
        for name in names:
            model = make(name, 1000)
            parameters = sum(value.numel() for key, value in model.named_parameters() if runs_in_evaluation(key))
            lines = sorted(f"{key} {'x'.join(map(str, value.shape))}\n" for key, value in model.state_dict().items()
                           if runs_in_evaluation(key) and not key.endswith("num_batches_tracked"))
            writer.writerow([name, parameters, len(lines), hashlib.sha256("".join(lines).encode()).hexdigest()[:16]])


def start(model):
    """Weights and statistics that let every one of them change the output (a layer scale begins with 1e-6 or so), and
    keep values in a range where rounding does not grow from block to block, as with some packages' own start."""
    for key, value in model.named_parameters():
        if value.dim() > 1 and not key.endswith("layer_scale"):
            nn.init.normal_(value, 0, (2 / value[0].numel()) ** 0.5)
        elif key.endswith(("gamma", "layer_scale")) or key.endswith("weight"):
            nn.init.uniform_(value, 0.5, 1.5)
        else:
            nn.init.normal_(value, 0, 0.1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)


def drawn(name, classes, dtype, images):
    """The network with weights of that type, in float64: in float32, rounding grows from block to block to a thousandth
    in deep networks. With some weights (timm/efficientnet_b5 with seed 7) it grows to 1e-8 even so, in PyTorch alone as
    the last bit of the images shows; then others are drawn."""
    for seed in range(7, 27):
        torch.manual_seed(seed)
        model = make(name, classes).eval()
        start(model)
        state = {key: value.to(getattr(torch, dtype)) if value.is_floating_point() else value
                 for key, value in model.state_dict().items()}
        rounded = model.state_dict()  # with the versions of its modules, which MNASNet asks for
        rounded.update(state)
        model.load_state_dict(rounded)  # so that both sides have the rounded weights
        model.double()
        with torch.no_grad():
            output, beside = model(images), model(torch.nextafter(images, torch.zeros_like(images)))
        if (output - beside).abs().max() < 1e-10 * output.abs().max():
            return model, state
    sys.exit(f"rounding grows in {name} whatever weights are drawn")


def network(name, side, classes, dtype, file):
    torch.manual_seed(7)
    images = (torch.rand(2, 3, int(side), int(side)) * 2 - 1).double()
    model, state = drawn(name, int(classes), dtype, images)
    runs = {}

    # Clones, because the module behind may work in place. DenseNet's layers get a list, ours what they make of it.
    def before(key):
        return lambda module, inputs: runs.__setitem__(
            key, [torch.cat(inputs[0], 1) if isinstance(inputs[0], list) else inputs[0].clone(), None])

    def after(key):
        return lambda module, inputs, output: runs[key].__setitem__(1, output.clone())

    modules = [(key, module) for key, module in model.named_modules() if runs_in_evaluation(key)]
    for key, module in modules:
        module.register_forward_pre_hook(before(key))
        module.register_forward_hook(after(key))
    with torch.no_grad():
        model(images)
    torch.save({
        "name": name,
        "state": state,
        "modules": [key for key, _ in modules],
        "classes": [type(module).__name__ for _, module in modules],
        "inputs": {key: run[0] for key, run in runs.items()},
        "outputs": {key: run[1] for key, run in runs.items()},
        "last_map": runs[last_map_module(name)][1],
    }, file)


def relatives(file):
    models = torchvision.models
    made = {
        "resnet50 of half the width": models.resnet.ResNet(models.resnet.Bottleneck, [3, 4, 6, 3], width_per_group=32),
        "vgg with other widths": models.VGG(models.vgg.make_layers([32, "M", 64, "M", 128, 128, "M"]), init_weights=False),
        "densenet with growth 24": models.DenseNet(24, (6, 12, 24, 16), 48),
        "mobilenet_v2 of half the width": models.mobilenet_v2(width_mult=0.5),
        "mnasnet0_35": models.MNASNet(0.35),
        "shufflenet with other widths": models.ShuffleNetV2([4, 8, 4], [24, 64, 128, 256, 1024]),
    }
    one = torch.zeros(())  # shapes without the bytes
    torch.save({name: {key: one.expand(value.shape) for key, value in model.state_dict().items()}
                for name, model in made.items()}, file)


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


def main(what, *arguments):
    python = os.environ.get("SCALESCOPE_TIMM_PYTHON")
    if what == "network" and arguments[0].startswith("timm/") and not importlib.util.find_spec("timm") and python:
        sys.exit(subprocess.run([python, __file__, what, *arguments], check=False).returncode)
    {"network": network, "table": table, "relatives": relatives, "archives": archives}[what](*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
