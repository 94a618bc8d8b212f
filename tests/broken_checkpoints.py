#!/usr/bin/python3
"""Checkpoints of a resnet18 that lack a tensor or have one of another shape: broken_checkpoints.py FOLDER."""
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
