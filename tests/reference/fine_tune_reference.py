"""Fine-tuning by PyTorch, for fine_tune_test.

    fine_tune_reference.py make FOLDER             writes small.pt, traced.pt, frozen.pt and small.pth
    fine_tune_reference.py train FOLDER SETTINGS   trains small.pth as SETTINGS (JSON) say on the images of
                                                   FOLDER/images.f32, prints what came out as JSON, and how far the state of
                                                   the archive named there is from its own
"""
import json
import sys

import numpy as np
import torch

torch.set_num_threads(2)


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, stride=2, bias=False), torch.nn.BatchNorm2d(8),
                                         torch.nn.ReLU(inplace=True))
        self.drop = torch.nn.Dropout(0.25)
        self.second = torch.nn.Sequential(torch.nn.Conv2d(8, 16, 3, stride=2, bias=False), torch.nn.BatchNorm2d(16),
                                          torch.nn.ReLU(inplace=True))
        self.head = torch.nn.Linear(16, 7)

    def body(self, x):
        return self.second(self.drop(self.first(x)))

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))


class Cut(torch.nn.Module):
    """What is trained: the body of the network, pooled, and a new linear layer."""

    def __init__(self, folder, generator):
        super().__init__()
        small = Small()
        small.load_state_dict(torch.load(f"{folder}/small.pth"))
        self.small = small
        bound = 1 / 16**0.5
        self.scale = torch.nn.Linear(16, 1)
        with torch.no_grad():
            self.scale.weight.copy_(torch.empty(16).uniform_(-bound, bound, generator=generator))
            self.scale.bias.copy_(torch.empty(1).uniform_(-bound, bound, generator=generator))

    def forward(self, x):
        return self.scale(self.small.body(x).mean((2, 3)))[:, 0]


def make(folder):
    torch.manual_seed(0)
    model = Small().eval()
    torch.save(model.state_dict(), f"{folder}/small.pth")
    torch.jit.script(model).save(f"{folder}/small.pt")
    torch.jit.trace(model, torch.randn(2, 3, 32, 32)).save(f"{folder}/traced.pt")
    torch.jit.freeze(torch.jit.script(model)).save(f"{folder}/frozen.pt")


def train(folder, settings):
    s = json.loads(settings)
    generator = torch.Generator().manual_seed(s["seed"])
    model = Cut(folder, generator)
    targets = np.array(s["targets"])
    images = torch.from_numpy(np.fromfile(f"{folder}/images.f32", np.float32).reshape(len(targets), 3, s["side"], -1))
    training, validation, test = s["training"], s["validation"], s["test"]
    mean, deviation = targets[training].mean(), targets[training].std()
    standard = torch.tensor((targets - mean) / deviation, dtype=torch.float32)
    optimiser = torch.optim.Adam(model.parameters(), s["learning_rate"])
    epochs, best = [], None
    torch.manual_seed(s["seed"])
    for _ in range(s["epochs"]):
        model.train()
        order = [training[i] for i in torch.randperm(len(training), generator=generator)]
        losses = []
        for rows in (order[i:i + s["batch"]] for i in range(0, len(order), s["batch"])):
            loss = torch.nn.functional.mse_loss(model(images[rows]), standard[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses += [loss.item()] * len(rows)
        model.eval()
        with torch.no_grad():
            off = model(images[validation]).double().numpy() - (targets[validation] - mean) / deviation
        epochs.append([np.mean(losses), np.mean(off**2), np.mean(np.abs(off)) * deviation])
        if best is None or epochs[-1][1] < best[0]:
            best = epochs[-1][1], len(epochs), {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(best[2])
    with torch.no_grad():
        model.scale.weight *= deviation
        model.scale.bias *= deviation
        model.scale.bias += mean
        predictions = model(images[test]).tolist()
    archive = torch.jit.load(s["archive"])
    own = {k.replace("small.", ""): v for k, v in model.state_dict().items() if not k.startswith("small.head")}
    theirs = archive.state_dict()
    counters = {k for k in own if k.endswith("num_batches_tracked")}  # a trace has no use for them
    assert set(own) - counters == set(theirs) - counters, (list(own), list(theirs))
    difference = max(((own[k] - theirs[k]).abs() / (deviation if "scale" in k else 1)).max().item()
                     for k in set(own) - counters)
    with torch.no_grad():
        loaded = archive(images[test])[:, 0].tolist()
    print(json.dumps({"epochs": epochs, "best_epoch": best[1], "predictions": predictions, "difference": difference,
                      "loaded": loaded, "training": archive.training}))


if __name__ == "__main__":
    {"make": make, "train": train}[sys.argv[1]](*sys.argv[2:])
