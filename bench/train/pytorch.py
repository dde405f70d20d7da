"""Training speed of PyTorch on the networks of networks.ts, as one JSON object on standard output.

A step is forward, cross-entropy, backward and Adam, on one synthetic batch. Modes: fp32 (contiguous), channels_last, and
qat (fake quantisation by torch.ao.quantization.prepare_qat_fx with its default mapping for x86: int8 weights per channel,
uint8 activations, moving ranges).

    python pytorch.py [--threads 1] [--networks lenet,resnet8,mobilenet] [--modes fp32,channels_last,qat]
                      [--batch N] [--seconds 3] [--clock wall|cpu]

Each row: images per second at the median step, and at the 10th and 90th percentile of the steps' speed. `--clock cpu` takes
the processor time of the process instead, for machines that others use too; it means something with one thread only.
"""

import argparse
import json
import platform
import statistics
import time
import warnings

import torch
from torch import nn


def conv(inputs, outputs, kernel=3, stride=1, groups=1, bias=True):
    return nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=bias)


def lenet():
    return nn.Sequential(
        conv(1, 8), nn.ReLU(), nn.MaxPool2d(2), conv(8, 16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10),
    )


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        stride = 1 if inputs == outputs else 2
        self.first = nn.Sequential(conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs), nn.ReLU())
        self.second = nn.Sequential(conv(outputs, outputs), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity() if inputs == outputs else conv(inputs, outputs, 1, 2)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.second(self.first(x)) + self.shortcut(x))


def resnet8():
    return nn.Sequential(
        conv(3, 16), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16), Block(16, 32), Block(32, 64),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


def mobilenet():
    blocks = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)]
    layers = [conv(3, 8, 3, 2, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
    inputs = 8
    for outputs, stride in blocks:
        layers += [conv(inputs, inputs, 3, stride, inputs, bias=False), nn.BatchNorm2d(inputs), nn.ReLU()]
        layers += [conv(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 2))


# Maker, shape of a sample, classes, batch, trained parameters.
NETWORKS = {
    "lenet": (lenet, (1, 28, 28), 10, 64, 52138),
    "resnet8": (resnet8, (3, 32, 32), 10, 32, 78186),
    "mobilenet": (mobilenet, (3, 96, 96), 2, 32, 213586),
}
MODES = ("fp32", "channels_last", "qat")


def with_fake_quantisation(model, inputs):
    from torch.ao.quantization import get_default_qat_qconfig_mapping
    from torch.ao.quantization.quantize_fx import prepare_qat_fx

    return prepare_qat_fx(model, get_default_qat_qconfig_mapping("x86"), (inputs,))


def measure(name, mode, batch, seconds, clock):
    make, shape, classes, default_batch, parameters = NETWORKS[name]
    batch = batch or default_batch
    torch.manual_seed(1)
    model = make().train()
    counted = sum(p.numel() for p in model.parameters())
    if counted != parameters:
        raise SystemExit(f"{name} has {counted} parameters, not {parameters}")
    inputs, labels = torch.randn(batch, *shape), torch.randint(classes, (batch,))
    if mode == "channels_last":
        model, inputs = model.to(memory_format=torch.channels_last), inputs.to(memory_format=torch.channels_last)
    if mode == "qat":
        model = with_fake_quantisation(model, inputs)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        loss_of(model(inputs), labels).backward()
        optimizer.step()

    for _ in range(5):
        step()
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end or len(times) < 20:
        start = clock()
        step()
        times.append(clock() - start)
    deciles = statistics.quantiles(times, n=10)
    rate = lambda duration: round(batch / duration, 1)
    return {
        "network": name,
        "mode": mode,
        "batch": batch,
        "steps": len(times),
        "median": rate(statistics.median(times)),
        "p10": rate(deciles[8]),
        "p90": rate(deciles[0]),
    }


def chosen(text, known):
    names = text.split(",")
    for name in names:
        if name not in known:
            raise SystemExit(f'there is no "{name}"; one of {", ".join(known)}')
    return names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--batch", type=int, default=0, help="default: 64 for lenet, else 32")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    flags = parser.parse_args()
    if flags.clock == "cpu" and flags.threads != 1:
        raise SystemExit("--clock cpu needs --threads 1")
    warnings.filterwarnings("ignore")
    torch.set_num_threads(flags.threads)
    torch.set_num_interop_threads(1)
    clock = time.process_time if flags.clock == "cpu" else time.perf_counter
    rows = [
        measure(name, mode, flags.batch, flags.seconds, clock)
        for name in chosen(flags.networks, NETWORKS)
        for mode in chosen(flags.modes, MODES)
    ]
    print(json.dumps({
        "torch": torch.__version__,
        "python": platform.python_version(),
        "threads": flags.threads,
        "clock": flags.clock,
        "unit": "images per second",
        "rows": rows,
    }))


main()
