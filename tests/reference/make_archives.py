#!/usr/bin/python3
"""Makes tests/archives: small TorchScript archives that a stranger might send, each with one fault (run with PyTorch 1.13).

    make_archives.py FOLDER

None of them is to be opened with LibTorch alone: some write files. What they would write is named
scalescope-was-here, in the current folder.
"""
import io
import os
import pickletools
import struct
import sys
import zipfile
from typing import List, Tuple

import torch


class Plain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))


class Saves(Plain):
    def forward(self, x):
        torch.save(x, "scalescope-was-here")
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))


class Reads(Plain):
    def forward(self, x):
        secret = torch.from_file("/etc/hostname", False, 4)
        return self.head(torch.relu(self.conv(x)).mean((2, 3))) + secret.sum()


class SavesWhileLoading(Plain):
    @torch.jit.export
    def __getstate__(self) -> Tuple[torch.Tensor, bool]:
        return torch.zeros(1), self.training

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, bool]):
        torch.save(state[0], "scalescope-was-here")
        self.training = state[1]


class Uncalled(Plain):
    """The operation stands in a method that forward does not call."""

    @torch.jit.export
    def clean_up(self, x):
        torch.save(x, "scalescope-was-here")


class Prints(Plain):
    def forward(self, x):
        print("\x1b[2Jscalescope was here", 1)
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))


class Loops(Plain):
    def forward(self, x):
        y = self.head(torch.relu(self.conv(x)).mean((2, 3)))
        while bool(torch.eq(torch.mul(torch.sum(y), 0), 0)):
            y = torch.add(y, 0)
        return y


class LoopsOnColours(Plain):
    """Ends on an empty image, and loops for ever on any other: it can be opened, and hangs when it is used."""

    def forward(self, x):
        y = self.head(torch.relu(self.conv(x)).mean((2, 3)))
        while bool(torch.gt(torch.max(torch.abs(x)), 0)):
            y = torch.add(y, 1)
        return y


class NotFinite(Plain):
    def __init__(self):
        super().__init__()
        with torch.no_grad():
            self.conv.weight[1, 2, 0, 0] = float("nan")


def archive(model):
    torch.manual_seed(0)
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(model.eval()), buffer)
    return buffer.getvalue()


def changed(data, changes):
    """The archive with other contents of its entries: changes[end of the name] = function of the old bytes."""
    old = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    done = set()
    with zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            for end, change in changes.items():
                if info.filename.endswith(end):
                    content = change(content)
                    done.add(end)
            kind = zipfile.ZIP_DEFLATED if len(content) > 4000 or info.filename.endswith(".py") else zipfile.ZIP_STORED
            new.writestr(info.filename, content, compress_type=kind)
    assert done == set(changes), changes.keys() - done
    return buffer.getvalue()


def small(data):
    """Without what only helps error messages."""
    old = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            if not info.filename.endswith(".debug_pkl"):
                new.writestr(info.filename, old.read(info), compress_type=info.compress_type)
    return buffer.getvalue()


def replaced(before, after):
    def change(content):
        assert content.count(before) >= 1, (before, content)
        return content.replace(before, after, 1)
    return change


def tensor_arguments(content, offset=None, elements=None):
    """Another storage offset, or number of elements of its storage, for the first tensor of a pickle."""
    operations = [(op.name, arg, pos) for op, arg, pos in pickletools.genops(content)]
    ends = [pos for _, _, pos in operations[1:]] + [len(content)]
    first = next(i for i, (name, _, _) in enumerate(operations) if name == "BINPERSID")
    if offset is not None:
        at = next(i for i in range(first, len(operations)) if operations[i][0].startswith("BININT"))
    else:  # the last number before the tuple that becomes the id
        at = max(i for i in range(first) if operations[i][0].startswith("BININT"))
    number = offset if offset is not None else elements
    code = b"\x8a\x08" + struct.pack("<q", number) if abs(number) >= 2**31 else b"J" + struct.pack("<i", number)
    return content[: operations[at][2]] + code + content[ends[at]:]


def high_place(content):
    """The first thing that is remembered is remembered under number 2^27."""
    at = next(pos for op, _, pos in pickletools.genops(content) if op.name == "BINPUT")
    return content[:at] + b"r" + struct.pack("<I", 2**27) + content[at + 2:]


def spelt_in_capitals(data):
    """LibTorch finds its code all the same."""
    old = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename.replace("/code/", "/CODE/"), old.read(info), compress_type=info.compress_type)
    return buffer.getvalue()


def built(content):
    """A tensor beyond its storage, made by BUILD, which LibTorch takes for a call."""
    content = tensor_arguments(content, offset=2**28)
    operations = [(op.name, pos) for op, _, pos in pickletools.genops(content)]
    first = next(i for i, (name, _) in enumerate(operations) if name == "BINPERSID")
    rebuild = [pos for name, pos in operations[first:] if name == "REDUCE"][1]  # the first makes an OrderedDict
    return content[:rebuild] + b"b" + content[rebuild + 1:]


def returning(added, before=b"", classes=b""):
    """Adds something to what forward returns."""
    def change(content):
        begin = content.index(b"  return ", content.index(b"def forward(self: __torch__.Plain"))
        end = content.index(b"\n", begin)
        result = content[begin + len(b"  return "):end]
        return (content[:begin] + before + b"  return torch.add(" + result + b", " + added + b")" + content[end:] + b"\n"
                + classes)
    return change


def shared_pairs(content):
    """A pair of a pair of ... the same: 60 small steps, 2^60 values."""
    return b"\x80\x02K\x01K\x02\x86" + b"q\x01h\x01\x86" * 60 + b"\x85."


def main(folder):
    os.makedirs(folder, exist_ok=True)
    plain = small(archive(Plain()))
    forward = b"def forward(self: __torch__.Plain,\n    x: Tensor)"
    default = forward[:-1] + b",\n    y: Optional[Tensor]=torch.from_file(\"/etc/hostname\", False, 4))"
    deep = b"(" * 20000 + b"x" + b")" * 20000
    nested = b"\x80\x02" + b")" + b"\x85" * 1000000 + b"."
    typed = b"List[" * 200000 + b"int" + b"]" * 200000
    two_classes = (b"class AA:\n  a : int\n  def __init__(self: __torch__.AA) -> NoneType:\n    self.a = 1\n    return None\n"
                   b"class BB:\n" + b"".join(b"  a%d : Tensor\n" % i for i in range(3000))
                   + b"  def __init__(self: __torch__.BB) -> NoneType:\n    return None\n")
    files = {
        "plain": plain,
        "capitals": spelt_in_capitals(small(archive(SavesWhileLoading()))),
        "built": changed(plain, {"/data.pkl": built}),
        "cast": changed(plain, {"__torch__.py": returning(
            b"torch.sum(p.a2999)", b"  o = __torch__.AA.__new__(__torch__.AA)\n    _1 = (o).__init__()\n"
            b"    p = unchecked_cast(__torch__.BB, o)\n  ", two_classes)}),
        "alias": changed(plain, {"__torch__.py": returning(b"torch.sum(torch._reshape_alias(x, [1000000000], [7]))")}),
        "blank_in_class": changed(plain, {"/constants.pkl": lambda c: b"\x80\x02c__torch__. torch.classes.quantized\n"
                                          b"LinearPackedParamsBase\n)\x81K\x01b\x85."}),
        "type_in_comment": changed(plain, {"__torch__.py": replaced(
            b"__torch__.Plain,\n    x: Tensor) -> Tensor:\n", b"__torch__.Plain,\n    x: Tensor) -> Tensor:\n    # type: ("
            + b"(" * 20000 + b"Tensor" + b")" * 20000 + b") -> Tensor\n")}),
        "deep_type": changed(plain, {"/constants.pkl": lambda c: b"\x80\x02ctorch.jit._pickle\nrestore_type_tag\n]X"
                                     + struct.pack("<I", len(typed)) + typed + b"\x86R\x85."}),
        "shared_pairs": changed(plain, {"/constants.pkl": shared_pairs}),
        "saves": small(archive(Saves())),
        "reads": small(archive(Reads())),
        "saves_while_loading": small(archive(SavesWhileLoading())),
        "uncalled": small(archive(Uncalled())),
        "prints": small(archive(Prints())),
        "loops": small(archive(Loops())),
        "loops_on_colours": small(archive(LoopsOnColours())),
        "not_finite": small(archive(NotFinite())),
        "default_reads": changed(plain, {"__torch__.py": replaced(forward, default)}),
        "constant_reads": changed(plain, {"__torch__.py": replaced(
            b"  training : bool\n", b"  training : bool\n  extra : Final[int] = len(torch.from_file(\"/etc/hostname\"))\n")}),
        "custom_class": changed(plain, {"__torch__.py": replaced(
            b"    head = self.head\n",
            b"    p = __torch__.torch.classes.profiling._ScriptProfile.__new__(__torch__.torch.classes.profiling._ScriptProfile)\n"
            b"    _9 = (p).__init__()\n    _8 = (p).enable()\n"
            b"    head = self.head\n")}),
        "unknown_operation": changed(plain, {"__torch__.py": replaced(
            b"    head = self.head\n", b"    head = self.head\n" + 2 * b"    y = ops.torchvision.nms(x, x, 0.5)\n")}),
        "brackets": changed(plain, {"__torch__.py": replaced(b"    head = self.head\n", b"    head = self.head\n    y = "
                                                             + deep + b"\n")}),
        "offset_far_below": changed(plain, {"/data.pkl": lambda c: tensor_arguments(c, offset=-(2**31))}),
        "offset_near": changed(plain, {"/data.pkl": lambda c: tensor_arguments(c, offset=1)}),
        "offset_beyond": changed(plain, {"/data.pkl": lambda c: tensor_arguments(c, offset=1000)}),
        "offset_far_beyond": changed(plain, {"/data.pkl": lambda c: tensor_arguments(c, offset=2**20)}),
        "storage_too_large": changed(plain, {"/data.pkl": lambda c: tensor_arguments(c, elements=200)}),
        "high_place": changed(plain, {"/data.pkl": high_place}),
        "nested_values": changed(plain, {"/constants.pkl": lambda c: nested}),
    }
    for name, content in files.items():
        with open(f"{folder}/{name}.pt", "wb") as f:
            f.write(content)
        print(f"{name}: {len(content)} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
