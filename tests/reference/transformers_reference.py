"""What timm, torchvision and transformers make of their vision transformers, for transformers_test. It needs current
versions of all three.

transformers_reference.py network KIND NAME ARGUMENTS CLASSES SIDE FILE   weights, and the output of every module
    KIND is timm, torchvision or transformers; ARGUMENTS is JSON: timm's model_args, or a config.json. SIDE may be
    another one than the network's own: then positions and windows are adapted as the package does it.
transformers_reference.py digests FILE                                    names and shapes of all tensors, by architecture
"""
import copy
import hashlib
import json
import re
import sys
import tempfile

import timm
import timm.layers
import torch
import torchvision
import transformers
from safetensors.torch import load_file

VITS = """vit_{tiny,small,base,large}_patch16_224 vit_{tiny,small,base,large}_patch16_384
vit_{small,base,large}_patch32_224 vit_{small,base,large}_patch32_384 vit_{small,base}_patch8_224
vit_{large,huge,giant,gigantic}_patch14_224 vit_base_patch16_clip_224 vit_base_patch32_clip_224
vit_{large,huge}_patch14_clip_224 vit_{small,base,large,giant}_patch14_dinov2
vit_{small,base,large,giant}_patch14_reg4_dinov2 deit_{tiny,small,base}_patch16_224 deit_base_patch16_384
deit_{tiny,small,base}_distilled_patch16_224 deit_base_distilled_patch16_384
deit3_{small,medium,base,large}_patch16_224 deit3_{small,base,large}_patch16_384 deit3_huge_patch14_224
swin_{tiny,small,base,large}_patch4_window7_224 swin_{base,large}_patch4_window12_384"""
TORCHVISION = "vit_b_16 vit_b_32 vit_l_16 vit_l_32 vit_h_14 swin_t swin_s swin_b swin_v2_t swin_v2_s swin_v2_b"


def names(patterns):
    for pattern in patterns.split():
        choice = re.search(r"{(.*)}", pattern)
        for one in choice.group(1).split(",") if choice else [""]:
            yield re.sub(r"{.*}", one, pattern)


def timm_model(name, arguments, classes, **size):
    arguments = dict(arguments)
    if arguments.get("mlp_layer"):
        arguments["mlp_layer"] = getattr(timm.layers, arguments["mlp_layer"])
    if arguments.get("act_layer"):
        arguments["act_layer"] = timm.layers.get_act_layer(arguments["act_layer"])
    return timm.create_model(name, num_classes=classes, **{**arguments, **size})


def randomise(model):
    """Such that every part makes a difference."""
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            parameter.normal_(0, 0.1)
        elif name.endswith("logit_scale"):
            parameter.uniform_(1, 3)
        elif parameter.dim() == 1:
            parameter.uniform_(0.5, 1.5)
        elif "token" in name or "pos" in name:
            parameter.normal_(0, 0.5)
        else:
            parameter.normal_(0, parameter[0].numel() ** -0.5)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)


# What version 5 of transformers calls modules that had other names before, and have them in files.
RENAMED = [
    (r"^(vit\.|deit\.|)layers\.", r"\1encoder.layer."),
    (r"(layer\.\d+)\.attention\.([qkv])_proj$", r"\1.attention.attention.\2"),
    (r"(blocks\.\d+)\.attention\.([qkv])_proj$", r"\1.attention.self.\2"),
    (r"\.q$", ".query"), (r"\.k$", ".key"), (r"\.v$", ".value"),
    (r"attention\.o_proj$", "attention.output.dense"),
]
RENAMED_MLP = {
    "dinov2": [(r"mlp\.activation_fn$", "mlp.activation"), (r"mlp\.down_proj$", "mlp.weights_out")],
    "": [(r"mlp\.fc1$", "intermediate.dense"), (r"mlp\.activation_fn$", "intermediate.intermediate_act_fn"),
         (r"mlp\.fc2$", "output.dense")],
}
# Those that stand in the place of others, or are called for what the output leaves out.
GONE = {
    "dinov2": r"mlp\.(gate_proj|up_proj|act_fn)$",
    "": r"(^|\.)(mlp|pooler|relative_position_bias|pooler\.dense|pooler\.activation|downsampling_layer)$"
        r"|(layers|blocks)\.\d+\.dropout$",
}


def old_name(name, model_type):
    """None for a module that has no counterpart."""
    family = "dinov2" if model_type.startswith("dinov2") else ""
    if re.search(GONE[family], name):
        return None
    for new, old in RENAMED + RENAMED_MLP[family]:
        name = re.sub(new, old, name)
    return name


def make(kind, name, arguments, classes, side):
    """The network, its state_dict as in files, and the network for images of that side."""
    if kind == "timm":
        model = timm_model(name, arguments, classes).eval()
        randomise(model)
        state = model.state_dict()
        own = model.patch_embed.img_size[0]
        if side != own:
            model = timm_model(name, arguments, classes,
                               **({"img_size": side} if "swin" in name else {"dynamic_img_size": True}))
            model.load_state_dict(state)
        return model.eval(), state
    if kind == "torchvision":
        model = getattr(torchvision.models, name)(num_classes=classes).eval()
        randomise(model)
        state = model.state_dict()
        if name.startswith("vit") and side != model.image_size:
            adapted = torchvision.models.vision_transformer.interpolate_embeddings(side, model.patch_size, dict(state))
            model = getattr(torchvision.models, name)(num_classes=classes, image_size=side)
            model.load_state_dict(adapted)
        return model.eval(), state
    config = transformers.AutoConfig.for_model(**arguments)
    config.num_labels = classes
    config._attn_implementation = "eager"
    model = getattr(transformers, arguments["architectures"][0])(config).eval()
    randomise(model)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        state = load_file(f"{folder}/model.safetensors")
    return model, {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}


def network(kind, name, arguments, classes, side, file):
    torch.manual_seed(7)
    timm.layers.set_fused_attn(False)
    transformers.logging.disable_progress_bar()
    classes, side, arguments = int(classes), int(side), json.loads(arguments)
    outputs = {}

    def note(key):
        def hook(module, inputs, output):
            if isinstance(output, tuple):
                output = output[0]
            if isinstance(output, torch.Tensor):
                outputs[key] = output.clone()
        return hook

    with torch.no_grad():
        model, state = make(kind, name, arguments, classes, side)
        for key, module in model.named_modules():
            if kind == "transformers":
                key = old_name(key, arguments["model_type"])
            if key is not None:
                module.register_forward_hook(note(key))
        images = torch.rand(2, 3, side, side) * 2 - 1
        positions = arguments.get("model_type") in ("vit", "deit")
        result = model(images, **({"interpolate_pos_encoding": True} if positions else {}))
    if not isinstance(result, torch.Tensor):
        result = result.logits if "logits" in result else result.last_hidden_state
    outputs[""] = result
    torch.save({"kind": kind, "name": name, "arguments": json.dumps(arguments), "classes": classes,
                "state": copy.copy(dict(state)), "images": images, "outputs": outputs}, file)


def digests(file):
    with open(file, "w", encoding="utf-8") as out:
        for prefix, all_names in (("", TORCHVISION), ("timm/", VITS)):
            for name in names(all_names):
                with torch.device("meta"):
                    model = timm.create_model(name, num_classes=1000) if prefix else getattr(torchvision.models, name)()
                state = model.state_dict()
                lines = sorted(" ".join([key, *map(str, value.shape)]) for key, value in state.items())
                digest = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
                out.write(f"{prefix}{name} {len(state)} {sum(p.numel() for p in model.parameters())} {digest}\n")


if __name__ == "__main__":
    {"network": network, "digests": digests}[sys.argv[1]](*sys.argv[2:])
