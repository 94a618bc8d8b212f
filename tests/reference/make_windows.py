#!/usr/bin/env python3
"""Small Swin transformers of timm and torchvision as TorchScript and torch.export archives, and their attention in windows
put back into the map by timm's own window_partition, for tokens_test. Made with PyTorch 2.15 and timm.

    make_windows.py FOLDER      writes the archives of tests/support/windows, with reference.json
"""
import json
import os
import sys
import warnings

import timm.models.swin_transformer as timm_swin
import torch
import torch.nn.functional as functional
import torchvision.models.swin_transformer as torchvision_swin
from make_exported import noise, numbers, pack
from torch.export import Dim, export, save

warnings.filterwarnings("ignore")
SIDE = 40  # a map of 10 x 10, then 5 x 5: no multiples of the window
WINDOW = 4
PATCHES = [(0, 0), (1, 3), (4, 2)]


def timm_network():
    return timm_swin.SwinTransformer(img_size=SIDE, window_size=WINDOW, embed_dim=8, depths=(2, 2), num_heads=(2, 4),
                                     num_classes=3)


def torchvision_network():
    return torchvision_swin.SwinTransformer([4, 4], 8, [2, 2], [2, 4], [WINDOW, WINDOW], num_classes=3)


def padded(numbered):
    height, width = numbered.shape[1:3]
    return functional.pad(numbered, (0, 0, 0, -width % WINDOW, 0, -height % WINDOW), value=-1)


def places(side, shift, pads_first):
    """The patch at each position of each window, from the numbers of the patches; -1: padding."""
    numbered = torch.arange(side * side, dtype=torch.float32).reshape(1, side, side, 1)
    if pads_first:
        numbered = padded(numbered)
    numbered = torch.roll(numbered, (-shift, -shift), (1, 2))
    if not pads_first:
        numbered = padded(numbered)
    return timm_swin.window_partition(numbered, (WINDOW, WINDOW)).reshape(-1, WINDOW * WINDOW).long()


def seen_softmax(model, images):
    """The weights of attention of each block, by catching what the softmax returns."""
    seen = []
    original, original_method = functional.softmax, torch.Tensor.softmax

    def caught(tensor, dim=None, **more):
        seen.append(original(tensor, dim=dim, **more))
        return seen[-1]

    for module in model.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = False
        if isinstance(module, torch.nn.Softmax):
            module.forward = lambda x: caught(x, -1)
    functional.softmax = caught
    model(images)
    functional.softmax = original
    return seen[:4]


def maps(weights, side, shift, pads_first):
    """What each patch attends to: heads x patches x patches."""
    whole = torch.zeros(weights.shape[1], side * side, side * side)
    for window, at in zip(weights, places(side, shift, pads_first)):
        real = at >= 0
        whole[:, at[real].unsqueeze(1), at[real]] = window[:, real][:, :, real]
    return whole


def mean_by_window(weights, side, shift, pads_first):
    """How much each patch is attended to, on average over the patches of its window: heads x patches."""
    means = torch.zeros(weights.shape[1], side * side)
    for window, at in zip(weights, places(side, shift, pads_first)):
        real = at >= 0
        if real.any():
            means[:, at[real]] = window[:, real][:, :, real].mean(1)
    return means


if __name__ == "__main__":
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(1)
    reference = {}
    for name, make, pads_first in (("timm", timm_network, False), ("torchvision", torchvision_network, True)):
        model = make().eval()
        for parameter in model.parameters():
            parameter.data.add_(torch.randn_like(parameter) * 0.2)
        images = noise(2, SIDE)
        save(export(model, (images,), dynamic_shapes=({0: Dim("batch", max=64)},)), f"{folder}/{name}.pt2")
        pack(f"{folder}/{name}.pt2")
        torch.jit.trace(model, images, check_trace=False).save(f"{folder}/{name}.pt")
        pack(f"{folder}/{name}.pt")
        with torch.no_grad():
            seen = seen_softmax(model, images[:1])
        layers = []
        for i, weights in enumerate(seen):
            side, shift = (10, 5)[i // 2], (0, WINDOW // 2)[i % 2]
            whole = maps(weights, side, shift, pads_first)
            layers.append({"side": side, "heads": weights.shape[1],
                           "image": numbers(mean_by_window(weights, side, shift, pads_first)),
                           "patches": [{"row": row, "column": column, "map": numbers(whole[:, row * side + column])}
                                       for row, column in PATCHES]})
        reference[name] = layers
    with open(f"{folder}/reference.json", "w") as file:
        json.dump(reference, file)
