"""Trains each network for a moment and writes it with its data.

usage: python export.py --data ../../../shared/data --out FOLDER [NAME ...]

Writes NAME.EXPORTER.onnx, NAME.calibration.npz and NAME.evaluation.npz (arrays by the names of the inputs).
"""

import argparse
import os
import sys
import time
import warnings

import numpy as np
import torch

from networks import NETWORKS


def listed(value):
    return value if isinstance(value, (tuple, list)) else (value,)


def pick(value, rows):
    return tuple(v[rows] for v in value) if isinstance(value, (tuple, list)) else value[rows]


def train(network, data):
    torch.manual_seed(1)
    model = network.build()
    inputs, targets = network.task(data, network.size)
    count = len(listed(inputs)[0])
    held = 256
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=network.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, network.rate, total_steps=network.steps + 1)
    model.train()
    losses = []
    for _ in range(network.steps):
        rows = torch.randint(held, count, (16,))
        loss = network.loss(model(*listed(pick(inputs, rows))), pick(targets, rows))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    model.eval()
    print(f"  loss {np.mean(losses[:10]):.3f} -> {np.mean(losses[-10:]):.3f}", end="")
    return model, [v.numpy() for v in listed(pick(inputs, slice(held, held + 128)))], [
        v.numpy() for v in listed(pick(inputs, slice(0, 64)))
    ]


def export(network, model, exporter, sample, path):
    args = tuple(torch.from_numpy(v[:1]) for v in sample)
    options = {"input_names": list(network.inputs)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "torchscript":
            torch.onnx.export(model, args, path, dynamo=False, opset_version=17, **options)
        else:
            opset = 23 if exporter == "dynamo23" else network.opset
            torch.onnx.export(model, args, path, dynamo=True, opset_version=opset, external_data=False, verbose=False, **options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=os.path.join(os.path.dirname(__file__), "../../../shared/data"))
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("names", nargs="*")
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    os.makedirs(flags.out, exist_ok=True)
    for name in flags.names or NETWORKS:
        network, start = NETWORKS[name], time.time()
        print(name, end="", flush=True)
        try:
            model, calibration, evaluation = train(network, flags.data)
        except Exception as error:
            print(f"\n  {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
            continue
        for part, arrays in (("calibration", calibration), ("evaluation", evaluation)):
            np.savez(os.path.join(flags.out, f"{name}.{part}.npz"), **dict(zip(network.inputs, arrays)))
        for exporter in network.exporters:
            path = os.path.join(flags.out, f"{name}.{exporter}.onnx")
            try:
                export(network, model, exporter, evaluation, path)
            except Exception as error:  # one exporter that cannot must not keep the others
                print(f"\n  {exporter}: {type(error).__name__}: {str(error)[-300:]}", file=sys.stderr)
        print(f", {sum(p.numel() for p in model.parameters())} parameters, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
