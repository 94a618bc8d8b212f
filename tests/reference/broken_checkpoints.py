#!/usr/bin/python3
"""Checkpoints of a resnet18 that lack a tensor, have one of another shape or one that is not finite: broken_checkpoints.py
FOLDER."""
import sys

try:
    import torch
    import torchvision
except ImportError as e:
    print(e)
    sys.exit(77)

folder = sys.argv[1]
weights = torchvision.models.resnet18().state_dict()
missing = dict(weights)
del missing["layer3.1.conv2.weight"]
torch.save(missing, f"{folder}/missing.pth")
misshapen = dict(weights)
misshapen["layer2.0.bn1.bias"] = torch.zeros(7)
torch.save(misshapen, f"{folder}/misshapen.pth", _use_new_zipfile_serialization=False)
not_finite = dict(weights)
not_finite["layer3.0.conv1.weight"] = weights["layer3.0.conv1.weight"].clone()
not_finite["layer3.0.conv1.weight"][5, 7, 1, 2] = float("nan")
torch.save(not_finite, f"{folder}/not_finite.pth")
