"""The peers of benchmark.py, which starts this in their virtual environment.

    benchmark_peers.py KIND OPTIONS

`versions` and `export` do one thing and end. Every other kind gets ready, says so in a line, and answers each line on
stdin with the seconds that each batch of one pass took, as JSON; so it can be timed in turn with something else, and
waits without computing.
"""
import argparse
import contextlib
import json
import os
import sys
import time
import warnings


def build(a):
    """The network as an nn.Module with the weights of the TorchScript archive, in evaluation."""
    import torch

    state = torch.jit.load(a.archive, map_location="cpu").state_dict()
    if a.architecture == "efficientnet_lite0":
        data = os.environ.get("XDG_DATA_HOME", os.path.expanduser("~/.local/share"))
        sys.path.insert(0, os.environ.get("SCALESCOPE_PYTHON_EXTRA", f"{data}/scalescope/test-python"))
        from efficientnet_lite_pytorch import EfficientNet

        model = EfficientNet.from_name("efficientnet-lite0", num_classes=1000)
    else:
        import torchvision

        model = torchvision.models.inception_v3(weights=None, aux_logits=False, init_weights=False)
        model.fc = torch.nn.Sequential(torch.nn.Linear(2048, 256), torch.nn.ReLU(), torch.nn.Linear(256, 128),
                                       torch.nn.ReLU(), torch.nn.Linear(128, 5))  # the head of the shared InceptionV3
    model.load_state_dict(state)
    return model.eval()


def random_batch(a):
    """Like preprocessed pictures."""
    import numpy as np

    return np.random.default_rng(0).standard_normal((a.batch, 3, a.size, a.size), dtype=np.float32)


def seconds(run, *inputs):
    start = time.perf_counter()
    run(*inputs)
    return time.perf_counter() - start


def passes(a, run):
    """What runs `run`, which takes one batch, over a.images images; a last batch that is not full counts by its share."""
    shares = [min(1, (a.images - i) / a.batch) for i in range(0, a.images, a.batch)]
    return lambda: [share * seconds(run) for share in shares]


def openvino(a):
    import openvino as ov

    core = ov.Core()
    model = core.read_model(a.onnx)
    model.reshape([a.batch, 3, a.size, a.size])  # a fixed shape is what OpenVINO does best with
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": a.threads,
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[a.precision],
        "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    request.set_input_tensor(ov.Tensor(random_batch(a)))
    return passes(a, request.infer)


def onnxruntime(a):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = a.threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it would disturb who is timed in turn
    session = ort.InferenceSession(a.onnx, options, providers=["CPUExecutionProvider"])
    images = {session.get_inputs()[0].name: random_batch(a)}
    return passes(a, lambda: session.run(None, images))


def compiled(a):
    import torch
    import torch._inductor.config

    torch.set_num_threads(a.threads)
    torch._inductor.config.freezing = True
    dtype = getattr(torch, a.precision)
    model = torch.compile(build(a).to(dtype))
    images = torch.from_numpy(random_batch(a)).to(dtype)

    def run():
        with torch.no_grad():
            model(images)

    return passes(a, run)


def eager(a):
    """Forward hooks that pool, on pictures that are decoded already: no part of the pass."""
    import torch

    sys.path.insert(0, os.path.dirname(a.peer_script))
    from peer_layer_r2 import read_voc

    torch.set_num_threads(a.threads)
    model = build(a)
    images, _, _ = read_voc(a.data, a.size)
    if len(images) != a.images:
        sys.exit(f"{a.data} has {len(images)} pictures with one object, not {a.images}.")
    features = []
    modules = dict(model.named_modules())
    for name in a.taps.split(","):
        modules[name].register_forward_hook(lambda _module, _inputs, out: features.append(out.mean((2, 3))))

    def run(batch):
        with torch.no_grad():
            out = model(batch)
            features.extend([out, torch.softmax(out, 1)])

    def timed():
        features.clear()
        return [seconds(run, batch) for batch in images.split(a.batch)]

    return timed


def export(a):
    import torch

    torch.onnx.export(build(a), (torch.zeros(a.batch, 3, a.size, a.size),), a.onnx, dynamo=True, verbose=False)


def versions(_):
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}"
                     for name in ("torch", "torchvision", "openvino", "onnxruntime", "scikit-learn"))


def main():
    answers = sys.stdout
    p = argparse.ArgumentParser()
    p.add_argument("kind", choices=("versions", "export", "openvino", "onnxruntime", "compiled", "eager"))
    p.add_argument("--architecture")
    p.add_argument("--archive")
    p.add_argument("--size", type=int)
    p.add_argument("--onnx")
    p.add_argument("--precision")
    p.add_argument("--data")
    p.add_argument("--peer-script")
    p.add_argument("--taps")
    p.add_argument("--images", type=int)
    p.add_argument("--batch", type=int)
    p.add_argument("--threads", type=int)
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    with contextlib.redirect_stdout(sys.stderr):  # what libraries print is no answer
        timed = globals()[a.kind](a)
        if not callable(timed):
            print(timed or "", file=answers, flush=True)
            return
        timed()
        print("ready", file=answers, flush=True)
        for _ in sys.stdin:
            print(json.dumps(timed()), file=answers, flush=True)


if __name__ == "__main__":
    main()
