#!/usr/bin/python3
"""Networks that are folders, as timm and Hugging Face write them: for model_folder_test.

    make_folders.py good FOLDER     writes a resnet18 as folders of all kinds, in.f32 (an image), out.f32 (its output), and
                                    FOLDER/pictures of squares; prints what config.json says as JSON
    make_folders.py broken FOLDER   writes folders that are damaged, contradict themselves or are harmful, beside those of
                                    `good`; prints {NAME: words that the refusal has}
    make_folders.py joined FILE     writes a resnet18 as ONNX, with its batch norms joined with its convolutions
"""
import copy
import json
import os
import pathlib
import struct
import sys

try:
    import torch
    import torchvision
except ImportError as e:
    print(e)
    sys.exit(77)

CLASSES = 5
NAMES = ["ant", "bee", "cow", "dog", "eel"]
TIMM = {
    "architecture": "resnet18",
    "num_classes": CLASSES,
    "num_features": 512,
    "label_names": [f"n{i}" for i in range(CLASSES)],
    "label_descriptions": {f"n{i}": name for i, name in enumerate(NAMES)},
    "model_args": {"num_classes": CLASSES, "in_chans": 3, "global_pool": "avg"},
    "pretrained_cfg": {
        "tag": "a1_in1k", "input_size": [3, 96, 96], "test_input_size": [3, 128, 128], "interpolation": "bicubic",
        "crop_pct": 0.95, "test_crop_pct": 1.0, "crop_mode": "center", "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3],
        "num_classes": CLASSES, "pool_size": [7, 7], "classifier": "fc", "first_conv": "conv1"},
}
WRAPPED = {"architectures": ["TimmWrapperForImageClassification"], "model_type": "timm_wrapper",
           **{k: v for k, v in TIMM.items() if k != "label_descriptions"}}
KINDS = {torch.float32: "F32", torch.int64: "I64", torch.float16: "F16"}


def safetensors(tensors, file):
    header, place, parts = {}, 0, []
    for name, tensor in tensors.items():
        data = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": KINDS[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [place, place + len(data)]}
        place += len(data)
        parts.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def sharded(tensors, folder, name, suffix, save):
    """Two files and their index."""
    names = list(tensors)
    where = {}
    for i, part in enumerate((names[:40], names[40:])):
        file = f"{name}-0000{i + 1}-of-00002.{suffix}"
        save({key: tensors[key] for key in part}, folder / file)
        where |= {key: file for key in part}
    (folder / f"{name}.{suffix}.index.json").write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": where}))


def make(folder, config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


# A ResNetForImageClassification of transformers with one block.
HUGGING_FACE = {"model_type": "resnet", "architectures": ["ResNetForImageClassification"], "embedding_size": 8,
                "hidden_sizes": [16], "depths": [1], "layer_type": "basic"}


def hugging_face():
    tensors = {}

    def convolution(name, out, channels, side):
        tensors[f"{name}.convolution.weight"] = torch.randn(out, channels, side, side) / 10
        for one in ("weight", "bias", "running_mean", "running_var"):
            tensors[f"{name}.normalization.{one}"] = torch.rand(out) + 0.5
        tensors[f"{name}.normalization.num_batches_tracked"] = torch.tensor(1)

    convolution("resnet.embedder.embedder", 8, 3, 7)
    block = "resnet.encoder.stages.0.layers.0"
    convolution(f"{block}.shortcut", 16, 8, 1)
    convolution(f"{block}.layer.0", 16, 8, 3)
    convolution(f"{block}.layer.1", 16, 16, 3)
    tensors["classifier.1.weight"] = torch.randn(CLASSES, 16)
    tensors["classifier.1.bias"] = torch.randn(CLASSES)
    return tensors


def good(folder):
    torch.manual_seed(4)
    network = torchvision.models.resnet18(num_classes=CLASSES).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    weights = {name: tensor.half().float() if tensor.is_floating_point() else tensor
               for name, tensor in network.state_dict().items()}
    network.load_state_dict(weights)
    halves = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
    image = torch.randn(1, 3, 96, 96)
    (folder / "in.f32").write_bytes(image.numpy().tobytes())
    with torch.no_grad():
        (folder / "out.f32").write_bytes(network(image).numpy().tobytes())

    def save_bin(tensors, file):
        torch.save(tensors, file)

    safetensors(halves, make(folder / "timm", TIMM) / "model.safetensors")
    save_bin(halves, make(folder / "bin", TIMM) / "pytorch_model.bin")
    sharded(halves, make(folder / "sharded", TIMM), "model", "safetensors", safetensors)
    sharded(halves, make(folder / "sharded_bin", TIMM), "pytorch_model", "bin", save_bin)
    safetensors(hugging_face(), make(folder / "hugging_face", HUGGING_FACE) / "model.safetensors")
    old = {"architecture": "resnet18", **TIMM["pretrained_cfg"], "labels": NAMES}
    (make(folder / "old", old) / "model.safetensors").symlink_to("../timm/model.safetensors")
    wrapped = {"timm_model." + name: tensor for name, tensor in halves.items()}
    safetensors(wrapped, make(folder / "wrapped", WRAPPED) / "model.safetensors")
    cache = folder / "models--someone--a-resnet"
    snapshot = cache / "snapshots" / "0123abcd"
    (cache / "blobs").mkdir(parents=True)
    snapshot.mkdir(parents=True)
    (cache / "snapshots" / "older").mkdir()
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("0123abcd")
    for name in ("config.json", "model.safetensors"):
        os.link(folder / "timm" / name, cache / "blobs" / name[:3])
        (snapshot / name).symlink_to(f"../../blobs/{name[:3]}")


def joined(file):
    torch.onnx.export(torchvision.models.resnet18().eval(), torch.zeros(1, 3, 64, 64), str(file))


def broken(folder):
    said = {}
    whole = (folder / "timm" / "config.json").read_bytes()
    weights = folder / "timm" / "model.safetensors"

    def raw(name, words, content, with_weights=True):
        new = folder / "broken" / name
        new.mkdir(parents=True)
        if content is not None:
            (new / "config.json").write_bytes(content)
        if with_weights:
            (new / "model.safetensors").symlink_to(weights)
        said[name] = words
        return new

    def config(name, words, change):
        changed = copy.deepcopy(TIMM)
        changed = change(changed) or changed
        return raw(name, words, json.dumps(changed).encode())

    def pretrained(name, words, **entries):
        return config(name, words, lambda c: c["pretrained_cfg"].update(entries))

    raw("no_config", "without a config.json", None)
    raw("empty", "is not JSON", b"")
    for cut in (1, len(whole) // 2, len(whole) - 1):
        raw(f"cut_{cut}", "is not JSON", whole[:cut])
    raw("utf8", "is not JSON", whole.replace(b"ant", b"\xff\xfe\xc3"))
    raw("utf16", "is not JSON", whole.decode().encode("utf-16"))
    raw("binary", "is not JSON", bytes(range(256)) * 10)
    raw("list", "holds no names with values", b"[1, 2]")
    raw("number", "holds no names with values", b"7")
    raw("null", "holds no names with values", b"null")
    raw("deep", "nested deeper than", b'{"architecture": ' + b"[" * 1000000)
    raw("deep_objects", "nested deeper than", b'{"a":' * 100000)
    raw("huge_exponent", "is too large to be read", whole.replace(b"0.95", b"1e999"))
    raw("nothing", "names no network", b"{}")
    raw("folder_config", "config.json is not a file", None).joinpath("config.json").mkdir()
    loop = raw("cyclic_config", "is a link that leads to no file", None)
    (loop / "config.json").symlink_to("config.json")
    dangling = raw("dangling_config", "is a link that leads to no file", None)
    (dangling / "config.json").symlink_to("../nowhere.json")
    big = raw("big", "is larger than 64 MiB", None)
    with open(big / "config.json", "wb") as file:
        file.truncate(65 << 20)

    config("architecture_number", "'architecture' is not a text", lambda c: c.update(architecture=18))
    config("architecture_empty", "names no network", lambda c: c.update(architecture=""))
    config("unknown", "'resnet19', which is not built in (the nearest that are: resnet", lambda c:
           c.update(architecture="resnet19"))
    config("escapes", "not built in", lambda c: c.update(architecture="\x1b[31m\n\u202e"))
    config("long_name", "not built in", lambda c: c.update(architecture="x" * 2000))
    config("traversal", "names no network", lambda c: c.update(architecture="../../../etc/passwd"))
    config("other_architecture", "is a resnet50, says its config.json, but", lambda c: c.update(architecture="resnet50"))
    config("classes", "says that the network has 7 classes, but its weights are those of 5", lambda c: (
        c.update(num_classes=7), c.pop("label_names"))[0])
    config("classes_text", "'num_classes' is not a whole number", lambda c: c.update(num_classes="5"))
    config("classes_negative", "'num_classes' is not a whole number", lambda c: c.update(num_classes=-5))
    config("classes_huge", "'num_classes' is not a whole number", lambda c: c.update(num_classes=10**18))
    config("classes_huger", "'num_classes' is not a whole number", lambda c: c.update(num_classes=2**64 - 1))
    config("classes_broken", "'num_classes' is not a whole number", lambda c: c.update(num_classes=4.5))
    config("label_count", "has 3 names, but the network has 5 classes", lambda c: c.update(label_names=NAMES[:3]))
    config("label_numbers", "'label_names' is not a list of texts", lambda c: c.update(label_names=[1, 2, 3, 4, 5]))
    config("label_text", "'label_names' is not a list of names", lambda c: c.update(label_names="ant"))
    config("label_gap", "'label_names' is not a list of names for the classes", lambda c: c.update(
        label_names={"0": "a", "1": "b", "2": "c", "3": "d", "9": "e"}))
    config("descriptions", "'label_descriptions' is not an object", lambda c: c.update(label_descriptions=[]))
    config("description_number", "'label_descriptions.n2' is not a text", lambda c:
           c["label_descriptions"].update(n2=7))
    config("arguments", "sets act_layer to \"silu\"", lambda c:
           c["model_args"].update(act_layer="silu"))
    config("arguments_list", "'model_args' is not an object", lambda c: c.update(model_args=[1]))
    config("pretrained_text", "'pretrained_cfg' is not an object", lambda c: c.update(pretrained_cfg="x"))

    pretrained("size_text", "'pretrained_cfg.input_size' is not a list", input_size="224")
    pretrained("size_two", "'pretrained_cfg.input_size' is not a list", input_size=[224, 224])
    pretrained("size_zero", "'pretrained_cfg.input_size' is not a whole number from 8 to 4096", input_size=[3, 0, 0])
    pretrained("size_huge", "'pretrained_cfg.input_size' is not a whole number", input_size=[3, 10**12, 10**12])
    pretrained("size_broken", "'pretrained_cfg.input_size' is not a whole number", input_size=[3, 224.5, 224.5])
    pretrained("oblong", "takes images of 128 x 96 pixels, but ScaleScope gives a network squares", input_size=[3, 96, 128])
    pretrained("mean_two", "'pretrained_cfg.mean' is not three numbers", mean=[0.5, 0.5])
    pretrained("mean_text", "'pretrained_cfg.mean' is not three numbers", mean="0.5")
    pretrained("mean_huge", "'pretrained_cfg.mean' is not three numbers", mean=[1e30, 0, 0])
    pretrained("mean_nan", "is not JSON", mean=[float("nan"), 0.5, 0.5])
    pretrained("std_zero", "'pretrained_cfg.std' is not three numbers above 0", std=[0.2, 0, 0.2])
    pretrained("std_negative", "'pretrained_cfg.std' is not three numbers above 0", std=[0.2, -0.2, 0.2])
    pretrained("std_tiny", "'pretrained_cfg.std' is not three numbers above 0", std=[1e-300, 0.2, 0.2])
    pretrained("std_infinite", "is not JSON", std=[float("inf"), 0.2, 0.2])
    pretrained("crop_zero", "'pretrained_cfg.crop_pct' is not a number from 0.1 to 1", crop_pct=0)
    pretrained("crop_negative", "'pretrained_cfg.crop_pct' is not a number from 0.1 to 1", crop_pct=-0.875)
    pretrained("crop_large", "'pretrained_cfg.crop_pct' is not a number from 0.1 to 1", crop_pct=1.5)
    pretrained("crop_tiny", "'pretrained_cfg.crop_pct' is not a number from 0.1 to 1", crop_pct=1e-9)
    pretrained("crop_text", "'pretrained_cfg.crop_pct' is not a number", crop_pct="0.875")
    pretrained("crop_mode", "'pretrained_cfg.crop_mode' is not one of center, squash, border", crop_mode="zoom")
    pretrained("interpolation", "'pretrained_cfg.interpolation' is not one of bilinear, bicubic", interpolation="random")
    pretrained("interpolation_number", "'pretrained_cfg.interpolation' is not a text", interpolation=3)

    def index(name, words, content, suffix="safetensors"):
        new = raw(name, words, whole, with_weights=False)
        base = "model" if suffix == "safetensors" else "pytorch_model"
        (new / f"{base}.{suffix}.index.json").write_bytes(content)
        return new

    def shards(name, words, change):
        content = json.loads((folder / "sharded" / "model.safetensors.index.json").read_text())
        change(content)
        new = index(name, words, json.dumps(content).encode())
        for file in (folder / "sharded").glob("model-*"):
            (new / file.name).symlink_to(file)
        return new

    raw("no_weights", "no weights (model.safetensors", whole, with_weights=False)
    cut = raw("cut_weights", "is damaged or incomplete", whole, with_weights=False)
    (cut / "model.safetensors").write_bytes(weights.read_bytes()[:100000])
    text = raw("text_weights", "is a text file, not a checkpoint", whole, with_weights=False)
    (text / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n" * 9)
    (raw("cyclic_weights", "does not exist", whole, with_weights=False) / "model.safetensors").symlink_to("model.safetensors")
    (raw("folder_weights", "is not a file but a folder", whole, with_weights=False) / "model.safetensors").mkdir()
    index("index_empty", "is not JSON", b"")
    index("index_no_map", "has no weight_map", b"{}")
    index("index_list", "has no weight_map", b'{"weight_map": []}')
    index("index_number", "has no file's name", b'{"weight_map": {"conv1.weight": 3}}')
    index("index_bin", "is not JSON", b"{", "bin")
    for i, path in enumerate(("../timm/model.safetensors", "/etc/passwd", "..", ".", "", "a\\b", "sub/model.safetensors",
                              "a\0b")):
        shards(f"path_{i}", "is not a file beside it", lambda c, path=path: c["weight_map"].update({"bn1.weight": path}))
    shards("missing_shard", "names the file 'model-3.safetensors', which is missing", lambda c: c["weight_map"].update(
        {"bn1.weight": "model-3.safetensors"}))
    shards("lost_shard", "which is missing", lambda c: None).joinpath("model-00002-of-00002.safetensors").unlink()
    shards("half", "its tensor", lambda c: c.update(weight_map={
        k: v for k, v in c["weight_map"].items() if v == "model-00001-of-00002.safetensors"}))
    twice = shards("twice", "which another file of the folder holds as well", lambda c: c["weight_map"].update(
        {"x": "model-x.safetensors"}))
    (twice / "model-x.safetensors").symlink_to(folder / "sharded" / "model-00001-of-00002.safetensors")

    def transformers(name, words, processor=None, **entries):
        new = raw(name, words, json.dumps({**HUGGING_FACE, **entries}).encode(), with_weights=False)
        (new / "model.safetensors").symlink_to(folder / "hugging_face" / "model.safetensors")
        usual = {"size": {"height": 96, "width": 96}, "resample": 3, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
        (new / "preprocessor_config.json").write_bytes(
            processor if isinstance(processor, bytes) else json.dumps({**usual, **(processor or {})}).encode())

    transformers("hf_unknown", "is of the model_type 'kangaroo'", model_type="kangaroo")
    transformers("hf_type_number", "'model_type' is not a text", model_type=3)
    transformers("hf_labels", "says that the network has 2 classes", id2label={"0": "a", "1": "b"})
    transformers("hf_labels_gap", "'id2label' is not a list of names for the classes 0 to 1", id2label={"0": "a", "7": "b"})
    transformers("hf_labels_list", "'id2label' is not a list of texts", id2label=[1])
    transformers("hf_architectures", "'architectures' is not a list", architectures="x")
    transformers("hf_cut", "preprocessor_config.json is damaged: it is not JSON", b'{"size": ')
    transformers("hf_size", "'size' has a form that ScaleScope does not know", {"size": {"max_height": 3}})
    transformers("hf_size_huge", "'size.height' is not a whole number", {"size": {"height": 10**9, "width": 10**9}})
    transformers("hf_oblong", "takes images of 96 x 128 pixels", {"size": {"height": 128, "width": 96}})
    transformers("hf_resample", "'resample' is not a whole number from 0 to 5", {"resample": 9})
    transformers("hf_std", "'image_std' is not three numbers above 0", {"image_std": [0, 0, 0]})
    transformers("hf_no_std", "'image_std' is not there", {"image_std": None})
    transformers("hf_rescale", "'rescale_factor' is not a number", {"rescale_factor": 0})
    transformers("hf_flag", "'do_resize' is not true or false", {"do_resize": "yes"})
    transformers("hf_pad", "'do_pad' asks for something that ScaleScope does not do", {"do_pad": True})
    transformers("hf_crop", "is larger than the size before the crop", {"do_center_crop": True, "crop_size": 224})
    transformers("hf_no_crop_size", "'crop_size' is not there", {"do_center_crop": True})
    print(json.dumps(said))


if __name__ == "__main__":
    {"good": good, "joined": joined, "broken": broken}[sys.argv[1]](pathlib.Path(sys.argv[2]))
