"""Derivatives of classes by PyTorch's autograd, for direction_test.

    direction_reference.py FOLDER   writes small.pt, soft.pt (the same behind a softmax) and images.f32 (5 x 3 x 24 x 24), and
                                    prints the classes and, by layer, the derivatives by a constant added to each channel
"""
import json
import sys

import torch

torch.set_num_threads(2)


class Small(torch.nn.Module):
    def __init__(self, softmax):
        super().__init__()
        self.first = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, stride=2), torch.nn.BatchNorm2d(8),
                                         torch.nn.ReLU(inplace=True))
        self.second = torch.nn.Conv2d(8, 8, 3, padding=1)
        self.relu = torch.nn.ReLU(inplace=True)
        self.head = torch.nn.Linear(8, 5)
        self.softmax = softmax

    def forward(self, x):
        x = self.first(x)
        x = self.relu(x + self.second(x))
        x = self.head(x.mean((2, 3)))
        return torch.softmax(x, 1) if self.softmax else x


folder = sys.argv[1]
torch.manual_seed(3)
drawn = Small(False)
drawn.first[1].running_mean.uniform_(-0.5, 0.5)
drawn.first[1].running_var.uniform_(0.5, 2)
images = torch.randn(5, 3, 24, 24)
images.numpy().tofile(f"{folder}/images.f32")
for name in ("small", "soft"):
    network = Small(name == "soft").eval()
    network.load_state_dict(drawn.state_dict())
    torch.jit.trace(network, images[:1]).save(f"{folder}/{name}.pt")

network = Small(False).eval()
network.load_state_dict(torch.jit.load(f"{folder}/small.pt").state_dict())
changes = {}


def add_change(name):
    def hook(module, inputs, output):
        changes[name] = torch.zeros(*output.shape[:2], 1, 1, requires_grad=True)
        return output + changes[name]
    return hook


layers = ["first.0", "first", "second"]
for name, module in network.named_modules():
    if name in layers:
        module.register_forward_hook(add_change(name))
chosen, classes = network(images).max(1)
derivatives = torch.autograd.grad(chosen.sum(), [changes[name] for name in layers])
print(json.dumps({"classes": classes.tolist(), "outputs": chosen.tolist(), "layers": layers,
                  "derivatives": [d.flatten().tolist() for d in derivatives]}))
