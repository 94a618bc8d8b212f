"""Checkpoints for state_dict_test.

    make_checkpoints.py write FOLDER     writes checkpoints, good.json (what PyTorch says is in each of the readable ones)
                                         and bad.json (words that must be in the message about each of the others)
    make_checkpoints.py describe FILE    prints what PyTorch says is in a file
"""
import argparse
import collections
import hashlib
import io
import json
import os
import pickle
import struct
import sys
import zipfile

import numpy
import torch

folder = ""
good = {}
bad = {}


def path(name):
    return os.path.join(folder, name)


def describe(tensors):
    """[name, type, sizes, SHA-256 of the bytes] of each tensor."""
    rows = []
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        kind = tensor.type().split(".")[-1][: -len("Tensor")]
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.view(torch.int16)
        rows.append([name, kind, list(tensor.shape), hashlib.sha256(tensor.numpy().tobytes()).hexdigest()])
    return rows


def save(name, content, tensors, **options):
    torch.save(content, path(name), **options)
    good[name] = describe(tensors)


def save_all_forms(name, content, tensors):
    for protocol in (2, 3, 4, 5):
        save(f"{name}_zip{protocol}.pth", content, tensors, pickle_protocol=protocol)
        save(f"{name}_stream{protocol}.pth", content, tensors, pickle_protocol=protocol,
             _use_new_zipfile_serialization=False)


def refuse(name, content, *words):
    with open(path(name), "wb") as file:
        file.write(content)
    bad[name] = list(words)


def refuse_saved(name, content, *words, **options):
    torch.save(content, path(name), **options)
    bad[name] = list(words)


def zip_of(data_pkl, storages=None, extra=None, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("archive/data.pkl", data_pkl)
        for key, content in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", content)
        for name, content in (extra or {}).items():
            archive.writestr(f"archive/{name}", content)
    return buffer.getvalue()


def all_types():
    generator = torch.Generator().manual_seed(1)
    base = torch.randn(4, 6, generator=generator)
    tensors = collections.OrderedDict()
    tensors["float"] = base
    for kind in (torch.float64, torch.float16, torch.bfloat16):
        tensors[str(kind)] = torch.randn(3, 5, generator=generator).to(kind)
    for kind in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
        tensors[str(kind)] = torch.randint(0, 100, (2, 3, 4), generator=generator).to(kind)
    tensors["signed"] = torch.tensor([-1, -(2**62), 5])
    tensors["bool"] = torch.tensor([True, False, True])
    tensors["scalar"] = torch.tensor(7)
    tensors["empty"] = torch.zeros(0, 3)
    return tensors


def views():
    base = torch.arange(60, dtype=torch.float32)
    tensors = collections.OrderedDict()
    tensors["tail"] = base[17:]
    tensors["every_third"] = base[1::3]
    tensors["transposed"] = base.view(6, 10).t()
    tensors["expanded"] = torch.tensor([1.5, 2.5]).view(2, 1).expand(2, 4)
    tensors["channels_last"] = torch.arange(48.0).view(2, 3, 2, 4).contiguous(memory_format=torch.channels_last)
    tensors["no_rows"] = base[60:]
    tied = torch.arange(3.0)
    tensors["tied_a"] = tied
    tensors["tied_b"] = tied
    return tensors


def small_network():
    torch.manual_seed(2)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(),
                               torch.nn.Linear(4, 2))


def write_readable():
    save_all_forms("types", all_types(), all_types())
    save_all_forms("views", views(), views())

    network = small_network()
    weights = network.state_dict()
    save_all_forms("network", weights, weights)  # an OrderedDict with the attribute _metadata
    save_all_forms("parameters", dict(network.named_parameters()), dict(network.named_parameters()))

    optimiser = torch.optim.Adam(network.parameters())
    network(torch.randn(2, 3, 3, 3)).sum().backward()
    optimiser.step()
    weights = network.state_dict()
    for entry in ("state_dict", "model_state_dict", "model"):
        save_all_forms(f"nested_{entry}", {
            "epoch": 3, "best": 0.25, "big": 2**70, "negative": -(2**40), "arch": "tiny", "nothing": None,
            "flags": [True, False], "tags": {"a", "b"}, "frozen": frozenset([1]), "bytes": b"\x00\xff", "raw": bytearray(3),
            "milestones": collections.Counter([5, 10]), "device": torch.device("cpu"), "dtype": torch.float16,
            "size": torch.Size([1, 2]), "rng": torch.get_rng_state(), "optimiser": optimiser.state_dict(), entry: weights,
        }, weights)

    save_all_forms("module", {"module." + name: value for name, value in weights.items()}, weights)
    some = {"module.a": torch.ones(2), "b": torch.zeros(1)}
    save_all_forms("module_not_all", some, some)
    mixed = {"a": torch.ones(2), "epoch": 1, "note": "text", 5: torch.zeros(1), "model": {"epoch": 1}}
    save_all_forms("beside", mixed, {"a": torch.ones(2)})

    save("größe.pth", weights, weights)
    write_unusual()
    write_old_forms()
    write_safetensors()


class Part:
    """A storage as it stands in a pickle: described by a persistent id."""

    def __init__(self, kind=torch.FloatStorage, key="0", elements=10, view=(None,)):
        self.id = ("storage", kind, key, "cpu", elements, *view)


class Rebuilt:
    """A tensor as it stands in a pickle, with any values."""

    def __init__(self, storage, *arguments, function=torch._utils._rebuild_tensor):
        self.function, self.arguments = function, (storage, *arguments)

    def __reduce__(self):
        return self.function, self.arguments


def pickled(content, view=True, protocol=2):
    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            if not isinstance(item, Part):
                return None
            return item.id if view else item.id[:5]

    buffer = io.BytesIO()
    Pickler(buffer, protocol=protocol).dump(content)
    return buffer.getvalue()


def stream_of(content, storages, little_endian=True):
    head = [pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2),
            pickle.dumps({"protocol_version": 1001, "little_endian": little_endian}, 2)]
    keys = pickle.dumps(list(storages), 2)
    data = [struct.pack("<q", values.size) + values.tobytes() for values in storages.values()]
    return b"".join([*head, pickled(content), keys, *data])


def write_unusual():
    """Bytes of bools that are neither 0 nor 1; a tensor beside the weights whose bytes are not there."""
    flags = bytes([0, 1, 2, 255])
    content = {"a": Rebuilt(Part(torch.BoolStorage, elements=4), 0, (4,), (1,))}
    with open(path("bools.pth"), "wb") as file:
        file.write(zip_of(pickled(content), {"0": flags}))
    with open(path("bools.safetensors"), "wb") as file:
        file.write(safetensors_of({"a": {"dtype": "BOOL", "shape": [4], "data_offsets": [0, 4]}}, flags))
    good["bools.pth"] = good["bools.safetensors"] = describe({"a": torch.tensor([False, True, True, True])})

    content = {"optimiser": {"moment": Rebuilt(Part(key="1"), 0, (10,), (1,))},
               "model": {"a": Rebuilt(Part(), 0, (10,), (1,))}}
    with open(path("half_there.pth"), "wb") as file:
        file.write(zip_of(pickled(content), {"0": numpy.arange(10, dtype=numpy.float32).tobytes()}))
    good["half_there.pth"] = describe({"a": torch.arange(10.0)})


def write_old_forms():
    """Two storages that are parts of one, as before PyTorch 0.4; items in the constructor, as Python 2 pickled them."""
    root = numpy.arange(10, dtype=numpy.float32)

    class Python2Dict:
        def __reduce__(self):
            return collections.OrderedDict, ([["a", Rebuilt(Part(key="11", view=(("21", 4, 3),)), 0, (3,), (1,))],
                                              ["b", Rebuilt(Part(key="11", view=(("22", 2, 8),)), 1, (2, 2), (3, 1))]],)

    for name, content in [("old_views.pth", dict(Python2Dict().__reduce__()[1][0])), ("old_dict.pth", Python2Dict())]:
        with open(path(name), "wb") as file:
            file.write(stream_of(content, {"11": root}))
        good[name] = describe(torch.load(path(name)))


def safetensors_of(header, data, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def write_safetensors():
    names = {"torch.float64": "F64", "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16",
             "torch.int64": "I64", "torch.int32": "I32", "torch.int16": "I16", "torch.int8": "I8",
             "torch.uint8": "U8", "torch.bool": "BOOL"}
    for name, prefix in (("types", ""), ("module", "module.")):
        header, data = {"__metadata__": {"format": "pt"}}, b""
        for key, tensor in all_types().items():
            raw = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
            content = raw.numpy().tobytes()
            header[prefix + key] = {"dtype": names[str(tensor.dtype)], "shape": list(tensor.shape),
                                    "data_offsets": [len(data), len(data) + len(content)]}
            data += content
        with open(path(name + ".safetensors"), "wb") as file:
            file.write(safetensors_of(header, data))
        good[name + ".safetensors"] = describe(all_types())


class Runs:
    """Unpickled, it calls a function."""

    def __init__(self, function, argument):
        self.call = function, (argument,)

    def __reduce__(self):
        return self.call


def write_forbidden():
    """What would run something, or needs a class: each is named."""
    remedy = ["nothing of it was run", "torch.save(model.state_dict()"]
    touch = "touch " + path("it_ran")
    objects = {
        "system": (Runs(os.system, touch), "posix.system"),
        "eval": (Runs(eval, f"open({path('it_ran')!r}, 'w')"), "eval"),
        "whole_module": (small_network(), "torch.nn.modules.container.Sequential"),
        "numpy": (numpy.float64(0.5), "numpy.core.multiarray.scalar"),
        "namespace": (argparse.Namespace(lr=0.1), "argparse.Namespace"),
        "defaultdict": (collections.defaultdict(list), "collections.defaultdict"),
        "complex": (torch.zeros(2, dtype=torch.complex64), "torch.ComplexFloatStorage"),
    }
    for name, (item, called) in objects.items():
        for protocol in (2, 4):
            for form in (True, False):
                refuse_saved(f"{name}_{'zip' if form else 'stream'}{protocol}.pth", {"a": torch.ones(2), "item": item},
                             called, *remedy, pickle_protocol=protocol, _use_new_zipfile_serialization=form)
    bare = b"cos\nsystem\n(X" + struct.pack("<I", len(touch)) + touch.encode() + b"tR."
    refuse("bare.pth", zip_of(bare), "os.system", *remedy)
    refuse("bare.pkl", b"\x80\x02" + bare, "os.system", *remedy)
    refuse("escapes.pth", zip_of(b"c\x1b[31mos\nx\x07\n."), "asks for ?[31mos.x?")


def write_not_checkpoints():
    refuse("empty.pth", b"", "is empty")
    refuse("text.pth", b"version https://git-lfs.github.com/spec/v1\n", "is a text file")
    refuse("json.safetensors", b'{"abcd":{}}\n', "is a text file")
    refuse("noise.pth", bytes(range(1, 200)), "is not a checkpoint")
    refuse("one_byte.pth", b"\x80", "is damaged or incomplete")
    refuse("pickle.pth", pickle.dumps({"a": 1}, 2), "is a pickle, but not one of torch.save")
    refuse("zip.zip", zip_of(b"").replace(b"data.pkl", b"data.txt"), "has no data.pkl")
    refuse("deflated.pth", zip_of(b"\x80\x02}." * 100, method=zipfile.ZIP_DEFLATED), "is a compressed zip")
    torch.jit.save(torch.jit.script(small_network()), path("script.pt"))
    bad["script.pt"] = ["is a TorchScript archive"]
    for form in (True, False):
        options = {"_use_new_zipfile_serialization": form}
        refuse_saved(f"no_tensors_{form}.pth", {"epoch": 1, "state_dict": {"a": 1}}, "holds no named tensors", **options)
        refuse_saved(f"tensor_{form}.pth", torch.ones(3), "holds no named tensors", **options)
        refuse_saved(f"list_{form}.pth", [torch.ones(3)], "holds no named tensors", **options)


def write_impossible():
    """Tensors that do not fit their storages, and storages that do not fit the file."""
    data = numpy.arange(10, dtype=numpy.float32)
    two_types = [Rebuilt(Part(), 0, (1,), (1,)), Rebuilt(Part(torch.IntStorage), 0, (1,), (1,))]
    tensors = {
        "too_long": (Rebuilt(Part(), 0, (11,), (1,)), "reaches beyond its storage"),
        "offset": (Rebuilt(Part(), 8, (3,), (1,)), "reaches beyond its storage"),
        "offset_huge": (Rebuilt(Part(), 2**63 - 1, (3,), (1,)), "lies outside its storage"),
        "offset_negative": (Rebuilt(Part(), -1, (3,), (1,)), "lies outside its storage"),
        "stride": (Rebuilt(Part(), 0, (3,), (5,)), "reaches beyond its storage"),
        "stride_huge": (Rebuilt(Part(), 0, (3,), (2**63 - 1,)), "lies outside its storage"),
        "stride_negative": (Rebuilt(Part(), 9, (3,), (-1,)), "lies outside its storage"),
        "strides_missing": (Rebuilt(Part(), 0, (3, 1), (1,)), "2 sizes but 1 strides"),
        "size_negative": (Rebuilt(Part(), 0, (-3, -1), (1, 1)), "impossible sizes"),
        "size_huge": (Rebuilt(Part(), 0, (2**32, 2**32), (0, 0)), "impossible sizes"),
        "size_hidden": (Rebuilt(Part(), 0, (2**40, 2**40, 0), (1, 1, 1)), "impossible sizes"),
        "size_text": (Rebuilt(Part(), 0, ("a",), (1,)), "wrong type"),
        "repeated": (Rebuilt(Part(), 0, (2**40,), (0,)), "more elements than the file has bytes"),
        "empty_beyond": (Rebuilt(Part(), 11, (0,), (1,)), "begins beyond its storage"),
        "dimensions": (Rebuilt(Part(), 0, (1,) * 40, (1,) * 40), "40 dimensions"),
        "few_values": (Rebuilt(Part(), 0), "fewer than four values"),
        "storage_text": (Rebuilt("0", 0, (1,), (1,)), "wrong type"),
        "view_negative": (Rebuilt(Part(view=(("1", -2, 1),)), 0, (1,), (1,)), "lies outside its storage"),
        "storage_huge": (Rebuilt(Part(elements=2**62), 0, (1,), (1,)), "is larger than the file"),
        "storage_negative": (Rebuilt(Part(elements=-1), 0, (0,), (1,)), "impossible key or size"),
        "two_types": (two_types, "is described in two ways"),
    }
    for name, (tensor, words) in tensors.items():
        refuse(f"{name}.pth", zip_of(pickled({"a": tensor}), {"0": data.tobytes()}), words)
    refuse("storage_missing.pth", zip_of(pickled({"a": Rebuilt(Part(), 0, (3,), (1,))})), "data/0 is missing")
    refuse("storage_short.pth", zip_of(pickled({"a": Rebuilt(Part(), 0, (3,), (1,))}), {"0": b"1234"}),
           "data/0 has 4 bytes instead of 40")
    refuse("storage_unlisted.pth", stream_of({"a": Rebuilt(Part(), 0, (3,), (1,))}, {}), "storage 0 is missing")
    refuse("storage_unused.pth", stream_of({"a": 1}, {"0": data}), "no tensor uses")
    refuse("storage_resized.pth", stream_of({"a": Rebuilt(Part(), 0, (3,), (1,))}, {"0": data[:5]}), "another size")

    whole = zip_of(pickled({"a": Rebuilt(Part(), 0, (3,), (1,))}), {"0": data.tobytes()})
    refuse("checksum.pth", whole.replace(data.tobytes(), data[::-1].tobytes()), "damaged or incomplete (the checksum (CRC) of data/0")
    refuse("overlapping.pth", overlapping_zip(), "is larger than the file")
    refuse("big_endian.pth", zip_of(pickle.dumps({}, 2), extra={"byteorder": "big"}), "big-endian")
    refuse("big_endian_stream.pth", stream_of({}, {}, little_endian=False), "big-endian")

    twice = pickled({"a": Rebuilt(Part(), 0, (3,), (1,)), "b": Rebuilt(Part(), 0, (3,), (1,))})
    one, other = (b"X\x01\x00\x00\x00" + letter for letter in (b"a", b"b"))
    refuse("twice.pth", zip_of(twice.replace(other, one), {"0": data.tobytes()}), "tensor a is there twice")


def overlapping_zip():
    """1000 storages of 4000 bytes, all of them the same bytes of the file."""
    tensors = {f"tensor{i}": Rebuilt(Part(key=str(i), elements=1000), 0, (1,), (1,)) for i in range(1000)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(tensors))
        archive.writestr("archive/data/0", bytes(4000))
        first = archive.infolist()[-1]
        for i in range(1, 1000):
            copy = zipfile.ZipInfo(f"archive/data/{i}")
            for field in ("compress_type", "header_offset", "CRC", "compress_size", "file_size"):
                setattr(copy, field, getattr(first, field))
            archive.filelist.append(copy)
    return buffer.getvalue()


def write_bombs():
    """Pickles that are small and ask for much."""
    nothing = "holds no named tensors"
    refuse("deep.pth", zip_of(b"\x80\x02" + b"]" * 10**6 + b"a" * (10**6 - 1) + b"."), nothing)
    refuse("deep_tuple.pth", zip_of(b"\x80\x02)" + b"\x85" * 10**6 + b"."), nothing)
    loop = {}
    loop["model"] = loop
    loop["state_dict"] = [loop]
    many = {"epoch": 1}  # the same dict many times, in one that is there many times, ...
    for _ in range(3):
        many = {str(number): many for number in range(3000)}
    refuse_saved("many_times_the_same.pth", many, "holds no named tensors")
    refuse("loop.pth", zip_of(pickle.dumps(loop, 2)), nothing)
    lists = [0]
    for _ in range(100):
        lists = [lists] * 10
    refuse("laughs.pth", zip_of(pickle.dumps({"model": lists}, 2)), nothing)

    much = "contains too much besides its tensors"
    refuse("text_huge.pth", zip_of(b"\x80\x04\x8d" + struct.pack("<Q", 2**60) + b"a."), much)
    refuse("number_huge.pth", zip_of(b"\x80\x02\x8b" + struct.pack("<I", 2**32 - 1) + b"a."), much)
    refuse("many.pth", zip_of(b"\x80\x02" + b"}" * (5 * 10**6) + b"."), much)
    refuse("large.pth", zip_of(b"\x80\x02" + b"N0" * (17 * 2**20) + b"."), much)
    refuse("memo.pth", zip_of(b"\x80\x04}" + b"\x94" * (5 * 10**6) + b"."), much)
    pairs = b"\x80\x02](" + b"](K\x01K\x02e" * 10**4 + b"e\x85q\x00" + b"ccollections\nOrderedDict\nq\x01"
    refuse("copies.pth", zip_of(pairs + b"h\x01h\x00R" * 10**5 + b"."), much)

    stack = "damaged or incomplete"
    for number, code in enumerate([b".", b"a.", b"(a.", b"]a.", b"K\x01K\x02s.", b"}K\x01K\x02a.", b"t.", b"h\x05.", b"R.",
                                   b"K\x01)R.", b"(K\x01u.", b"}(K\x01u.", b"b.", b"}b.", b"q\x00.", b"\x93.", b"Q.", b"K\x01Q.",
                                   b"(K\x01b.", b"]K\x01\x93.", b"P0\n.", b"\xff.", b"ccollections\n",
                                   b"ctorch\nSize\n)R.", b"ccollections\nOrderedDict\n]\x85K\x01a."]):
        refuse(f"stack{number}.pth", zip_of(b"\x80\x02" + code), stack)


def write_bad_safetensors():
    def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
        return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}

    data = bytes(8)
    cut = "damaged or incomplete"
    refuse("length.safetensors", safetensors_of({"a": entry()}, data, 2**60), cut, "header")
    refuse("length_beyond.safetensors", safetensors_of({"a": entry()}, data, 1000), cut, "header")
    headers = {
        "not_json": (b'{"a": ', "not JSON"),
        "not_utf8": (b'{"\xff\xfe": 1}', "not JSON"),
        "deep": (b'{"a": ' + b"[" * 10**6 + b"]" * 10**6 + b"}", "has no dtype"),
        "deep_open": (b'{"a": ' + b"[" * 10**6, "not JSON"),
        "no_entry": ({"a": 5}, "has no dtype"),
        "no_shape": ({"a": {"dtype": "F32", "data_offsets": [0, 8]}}, "has no shape"),
        "dtype": ({"a": entry("F8_E4M3", (8,))}, "of type F8_E4M3"),
        "negative": ({"a": entry(offsets=(-8, 0))}, "not a number from 0 on"),
        "negative_shape": ({"a": entry(shape=(-2,))}, "not a number from 0 on"),
        "fraction": ({"a": entry(shape=(2.0,))}, "not a number from 0 on"),
        "backwards": ({"a": entry(offsets=(8, 0))}, "does not begin where"),
        "overlapping": ({"a": entry(), "b": entry(shape=(1,), offsets=(4, 8))}, "tensor b does not begin where"),
        "hole": ({"a": entry(shape=(1,), offsets=(4, 8))}, "does not begin where"),
        "beyond": ({"a": entry(shape=(4,), offsets=(0, 16))}, "ends behind the end"),
        "shape": ({"a": entry(shape=(3,))}, "another number of bytes"),
        "shape_huge": ({"a": entry(shape=(2**32, 2**32, 2))}, "impossible sizes"),
        "rest": ({"a": entry(shape=(1,), offsets=(0, 4))}, "bytes of no tensor"),
        "three_offsets": ({"a": entry(offsets=(0, 8, 8))}, "not two offsets"),
        "one_offset": ({"a": entry(offsets=(0,))}, "not two offsets"),
        "no_offsets": ({"a": {"dtype": "F32", "shape": [2]}}, "has no data_offsets"),
        "offsets_number": ({"a": {"dtype": "F32", "shape": [2], "data_offsets": 8}}, "has no data_offsets"),
        "offsets_text": ({"a": entry(offsets=("0", "8"))}, "not a number from 0 on"),
        "offsets_largest": ({"a": entry(offsets=(0, 2**64 - 1))}, "ends behind the end"),
        "offsets_larger": ({"a": entry(offsets=(0, 2**64))}, "not a number from 0 on"),
        "begins_at_largest": ({"a": entry(offsets=(2**64 - 1, 2**64 - 1))}, "does not begin where"),
        "shape_number": ({"a": {"dtype": "F32", "shape": 2, "data_offsets": [0, 8]}}, "has no shape"),
        "shape_null": ({"a": {"dtype": "F32", "shape": None, "data_offsets": [0, 8]}}, "has no shape"),
        "shape_text": ({"a": entry(shape=("2",))}, "not a number from 0 on"),
        "shape_flag": ({"a": entry(shape=(True, 2))}, "not a number from 0 on"),
        "shape_nested": ({"a": entry(shape=([2],))}, "not a number from 0 on"),
        "shape_of_10_12": ({"a": entry(shape=(10**12,))}, "another number of bytes"),
        "shape_largest": ({"a": entry(shape=(2**64 - 1,))}, "impossible sizes"),
        "shape_hidden": ({"a": entry(shape=(2**40, 2**40, 0))}, "impossible sizes"),
        "shape_empty": ({"a": entry(shape=(0,))}, "another number of bytes"),
        "scalar": ({"a": entry(shape=())}, "another number of bytes"),
        "dimensions": ({"a": entry(shape=(1,) * 33)}, "too many dimensions"),
        "half_a_number": ({"a": entry("F64", (1,), (0, 4)), "b": entry("F32", (1,), (4, 8))}, "another number of bytes"),
        "dtype_number": ({"a": {"dtype": 1, "shape": [2], "data_offsets": [0, 8]}}, "has no dtype"),
        "dtype_small": ({"a": entry("f32")}, "of type f32, which is not supported"),
        "dtype_escapes": ({"a": entry("F\x1b[31m\n")}, "of type F?[31m?, which is not supported"),
        "dtype_long": ({"a": entry("F" * 10**6)}, "FFF..., which is not supported"),
        "name_long": ({"a" * 10**6: entry(shape=(3,))}, "aaa... has another number of bytes"),
        "name_escapes": ({"\x1b]0;x\x07\u202e": entry(shape=(3,))}, "tensor ?]0;x?? has another number of bytes"),
        "nan": (b'{"a": {"dtype": "F32", "shape": [NaN], "data_offsets": [0, 8]}}', "not JSON"),
        "exponent": (b'{"a": {"dtype": "F32", "shape": [1e999], "data_offsets": [0, 8]}}', "not JSON"),
        "behind_header": (json.dumps({"a": entry()}).encode() + b"x", "not JSON"),
        "utf16": ("{\"a\": 1}".encode("utf-16-le"), "not JSON"),
        "deep_objects": (b'{"a":' * 100000, "not JSON"),
        "nul": (b'{"a": \0}', "not JSON"),
    }
    for name, (header, words) in headers.items():
        refuse(f"bad_{name}.safetensors", safetensors_of(header, data), words)
    refuse("bad_none.safetensors", safetensors_of({"__metadata__": {}}, b""), "holds no named tensors")


def write_small():
    """Small files to cut and to damage."""
    weights = {"state_dict": small_network().state_dict(), "epoch": 1}
    save("small_zip.pth", weights, weights["state_dict"])
    save("small_stream.pth", weights, weights["state_dict"], _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    if sys.argv[1] == "describe":
        content = torch.load(sys.argv[2], map_location="cpu")
        json.dump(describe(content), sys.stdout)
    else:
        folder = sys.argv[2]
        write_readable()
        write_small()
        write_forbidden()
        write_not_checkpoints()
        write_impossible()
        write_bombs()
        write_bad_safetensors()
        for name, content in (("good.json", good), ("bad.json", bad)):
            with open(path(name), "w") as file:
                json.dump(content, file)
