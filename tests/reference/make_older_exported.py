#!/usr/bin/python3
"""Writes the torch.export archives of older versions of PyTorch in tests/support/exported, without example inputs.

    make_older_exported.py FOLDER NAME   writes FOLDER/NAME.pt2 and FOLDER/NAME_decomposed.pt2 with the PyTorch that runs it, and
                                         prints the outputs for three images, sin(0.37 i)
"""
import json
import sys

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(x + self.bn(self.conv(x)))


class Attention(nn.Module):
    def __init__(self, channels, heads=2):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x):
        n, tokens, channels = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(x.transpose(1, 2).reshape(n, tokens, channels))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(8), Block(8))
        self.attn = Attention(8)
        self.norm = nn.LayerNorm(8)
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(8, 5)
        self.register_buffer("scale", torch.tensor([2.0]))

    def forward(self, x):
        x = self.layer1(self.stem(x)) * self.scale
        x = x.flatten(2).transpose(1, 2)
        return self.fc(self.drop((x + self.attn(self.norm(x))).mean(1)))


if __name__ == "__main__":
    folder, name = sys.argv[1:]
    torch.manual_seed(0)
    net = Net().eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    program = torch.export.export(net, (torch.zeros(2, 3, 32, 32),),
                                  dynamic_shapes=({0: torch.export.Dim("batch", max=1024)},))
    torch.export.save(program, f"{folder}/{name}.pt2")
    torch.export.save(program.run_decompositions({}), f"{folder}/{name}_decomposed.pt2")
    images = (torch.arange(3 * 3 * 32 * 32).float() * 0.37).sin().reshape(3, 3, 32, 32)
    print(json.dumps(net(images).flatten().tolist()))
