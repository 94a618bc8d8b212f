#!/usr/bin/env python3
"""Small transformers as TorchScript and torch.export archives, and what PyTorch says of them, for transformers_test.
Made with PyTorch 2.15.

    make_transformers.py FOLDER      writes the archives of tests/support/transformers, with reference.json
    make_transformers.py FOLDER NAME...   the same of networks of timm, for SCALESCOPE_TRANSFORMERS
"""
import json
import os
import sys
import warnings

import torch
from make_exported import noise, numbers, pack
from torch.export import Dim, export, save

warnings.filterwarnings("ignore")
nn = torch.nn
functional = nn.functional
SIDE = 24


class Attention(nn.Module):
    """As timm's: attention of PyTorch, or the same written out."""

    fused = True

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.attn_drop = nn.Dropout(0.0)

    def forward(self, x):
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        if Attention.fused:
            x = functional.scaled_dot_product_attention(q, k, v)
        else:
            weights = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(dim=-1)
            x = self.attn_drop(weights) @ v
        return self.proj(x.transpose(1, 2).reshape(n, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.norm2, self.mlp = nn.LayerNorm(width), Mlp(width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """As timm's. Patches of 8 x 6 pixels: a grid of 3 rows and 4 columns."""

    def __init__(self, classes=1, registers=0, mean=False, width=12):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, width, (8, 6), (8, 6))
        self.cls_token = nn.Parameter(torch.randn(1, 1, width)) if classes else None
        self.reg_token = nn.Parameter(torch.randn(1, registers, width)) if registers else None
        self.pos_embed = nn.Parameter(torch.randn(1, classes + registers + 12, width))
        self.blocks = nn.Sequential(*(Block(width, 3) for _ in range(3)))
        self.norm, self.head, self.mean = nn.LayerNorm(width), nn.Linear(width, 5), mean
        self.prefix = classes + registers

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        front = [t.expand(x.shape[0], -1, -1) for t in (self.cls_token, self.reg_token) if t is not None]
        x = torch.cat(front + [x], dim=1) + self.pos_embed if front else x + self.pos_embed
        x = self.norm(self.blocks(x))
        return self.head(x[:, self.prefix :].mean(1) if self.mean else x[:, 0])


class RegistersBehind(Transformer):
    """As DINOv2 of Hugging Face: registers are put between the class token and the patches later on."""

    def __init__(self):
        super().__init__()
        self.register_tokens, self.prefix = nn.Parameter(torch.randn(1, 2, 12)), 3

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1) + self.pos_embed
        x = torch.cat([x[:, :1], self.register_tokens.expand(x.shape[0], -1, -1), x[:, 1:]], dim=1)
        return self.head(self.norm(self.blocks(x))[:, 0])


class MultiHead(nn.Module):
    """As torchvision's: nn.MultiheadAttention, which has an operation of its own for evaluation."""

    def __init__(self, width=12):
        super().__init__()
        self.ln_1, self.self_attention = nn.LayerNorm(width), nn.MultiheadAttention(width, 3, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class OfTorchvision(Transformer):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(MultiHead(), MultiHead(), MultiHead())


class Forms(nn.Module):
    """Every way to call the attention of PyTorch, and RMS norm."""

    def __init__(self):
        super().__init__()
        self.stem, self.rms, self.plain = nn.Conv2d(3, 24, 6, 6), nn.RMSNorm(24), nn.RMSNorm((16, 24), eps=1e-3)
        self.plain.weight = None
        self.register_buffer("allowed", torch.rand(16, 16) > 0.3)
        self.allowed[3] = False  # nothing is seen there
        self.register_buffer("bias", torch.randn(4, 16, 16))
        self.head = nn.Linear(24 * 6, 3)

    def forward(self, x):
        attention = functional.scaled_dot_product_attention
        tokens = self.stem(x).flatten(2).transpose(1, 2)
        y = self.rms(tokens).reshape(x.shape[0], 16, 4, 6).transpose(1, 2)
        few = y[:, :2]
        computed = (y.mean((1, 3)) > 0)[:, None, None, :]
        all_of_them = [
            attention(y, y, y, scale=0.7),
            attention(y, y, y, is_causal=True),
            attention(y, y, y, attn_mask=self.allowed),
            attention(y, y, y, attn_mask=self.bias),
            attention(y, y, y, attn_mask=computed),
            attention(y, few, few, enable_gqa=True),
        ]
        z = torch.cat([one.transpose(1, 2).reshape(x.shape[0], 16, 24) for one in all_of_them], 2)
        return self.head(z.mean(1)) + self.plain(tokens).amax((1, 2))[:, None]


def networks():
    return {
        "plain": Transformer(),
        "registers": Transformer(classes=1, registers=4),
        "only_registers": Transformer(classes=0, registers=3, mean=True),
        "patches": Transformer(classes=0, mean=True),
        "registers_behind": RegistersBehind(),
        "torchvision": OfTorchvision(),
        "forms": Forms(),
    }


def rollout(weights):
    """Abnar and Zuidema 2020."""
    total = None
    for one in weights:
        flow = one.mean(1) + torch.eye(one.shape[-1])
        flow = flow / flow.sum(-1, keepdim=True)
        total = flow if total is None else flow @ total
    return total


def attention_weights(model, images):
    """Of each block, from its own forward written out."""
    seen = []
    def keep(_module, given):
        seen.append(given[0])
    drops = [module for name, module in model.named_modules() if name.endswith("attn_drop")]
    handles = [drop.register_forward_pre_hook(keep) for drop in drops]
    fused = [module for module in model.modules() if getattr(module, "fused_attn", False)]
    Attention.fused = False
    for module in fused:
        module.fused_attn = False
    model(images)
    Attention.fused = True
    for module in fused:
        module.fused_attn = True
    for handle in handles:
        handle.remove()
    return seen


def multi_head_weights(model, images):
    seen = []
    for block in model.blocks:
        block.ln_1.register_forward_hook(lambda _m, _i, y, block=block: seen.append(
            block.self_attention(y, y, y, need_weights=True, average_attn_weights=False)[1]))
    model(images)
    for block in model.blocks:
        block.ln_1._forward_hooks.clear()
    return seen


def tokens_of(model):
    return getattr(model, "prefix", getattr(model, "num_prefix_tokens", None))


def write(folder, name, model, side):
    model.eval()
    images = noise(2, side)
    save(export(model, (images,), dynamic_shapes=({0: Dim("batch", max=64)},)), f"{folder}/{name}.pt2")
    with torch.no_grad():
        pack(f"{folder}/{name}.pt2")
        if name in ("plain", "torchvision", "forms"):
            torch.jit.trace(model, images, check_trace=False).save(f"{folder}/{name}.pt")
            pack(f"{folder}/{name}.pt")
        said = {"side": side, "output": numbers(model(images)), "blocks": {}}
        if tokens_of(model) is None:
            return said
        said["first"] = tokens_of(model)
        blocks = list(model.blocks)
        values = {}
        for i, block in enumerate(blocks):
            block.register_forward_hook(lambda _m, _i, y, i=i: values.__setitem__(f"blocks.{i}", y))
        model(images)
        for path, tokens in values.items():
            said["blocks"][path] = {"class": numbers(tokens[:, 0]), "all": numbers(tokens.mean(1)),
                                    "mean": numbers(tokens[:, tokens_of(model) :].mean(1))}
        weights = (multi_head_weights if name == "torchvision" else attention_weights)(model, images)
        said["attention"] = [numbers(one[:1]) for one in weights]
        said["rollout"] = numbers(rollout(weights)[:1])
    return said


if __name__ == "__main__":
    folder, *names = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(1)
    reference = {}
    for name, model in networks().items() if not names else ():
        reference[name] = write(folder, name, model, SIDE)
    for name in names:
        import timm
        model = timm.create_model(name)
        for parameter in model.parameters():
            if parameter.dim() < 2 or parameter.abs().max() < 0.3:
                parameter.data.add_(torch.randn_like(parameter) * 0.02)
        reference[name] = write(folder, name, model, model.pretrained_cfg["input_size"][1])
    with open(f"{folder}/reference.json", "w") as file:
        json.dump(reference, file)
