"""Means with clipping and noise, and what noise costs, as JSON."""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "src/fleet/flower/app"))
from tinyml_fleet.privacy import epsilon_of, private_mean  # noqa: E402

random = np.random.default_rng(1)
model = {"codes": np.zeros(20_000, np.int8), "bias": np.zeros(20_000, np.float32)}
far = {"codes": np.full(20_000, 100, np.int8), "bias": np.full(20_000, 3, np.float32)}
near = {"codes": np.zeros(20_000, np.int8), "bias": np.zeros(20_000, np.float32)}
near["bias"][0] = 0.5
length = np.sqrt(20_000 * (100**2 + 3**2))


def mean(updates, clip, noise):
    made = private_mean(model, updates, clip, noise, random)
    return {name: [float(values.mean()), float(values.std()), float(values[0])] for name, values in made.items()}


print(
    json.dumps(
        {
            "half": mean([far], length / 2, 0.0),
            "near": mean([near, model], 10.0, 0.0),
            "noise": mean([model, model], 8.0, 1.5),
            "epsilon": [epsilon_of([1.0] * rounds, 4, 1e-5) for rounds in (1, 10)],
            "less": epsilon_of([4.0] * 10, 4, 1e-5),
        }
    )
)
