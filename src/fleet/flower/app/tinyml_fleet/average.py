"""Weighted means of parameters: int8 codes stay codes, floats stay floats. Knows nothing of Flower."""

import numpy as np

Parameters = dict[str, np.ndarray]


def mean(parts: list[tuple[Parameters, float]], seed: list[int]) -> Parameters:
    """The mean of parameters of equal names and shapes, by positive weights.

    Codes are rounded to a neighbour at random, by how near it is: over rounds, changes of less than half a code are not lost.
    """
    random = np.random.default_rng(seed)
    first = parts[0][0]
    total = sum(weight for _, weight in parts)
    exact = {
        name: sum(weight * values[name].astype(np.float64) for values, weight in parts) / total
        for name in first
    }
    return {name: as_type(values, first[name].dtype, random) for name, values in exact.items()}


def moved(model: Parameters, changes: list[tuple[Parameters, Parameters, float]], seed: list[int]) -> Parameters:
    """The model moved by the sum of changes: parameters before, behind, and by how much of the difference. Codes as in `mean`."""
    random = np.random.default_rng(seed)
    exact = {
        name: values + sum(weight * (after[name].astype(np.float64) - before[name]) for before, after, weight in changes)
        for name, values in model.items()
    }
    return {name: as_type(values, model[name].dtype, random) for name, values in exact.items()}


def as_type(exact: np.ndarray, dtype: np.dtype, random: np.random.Generator) -> np.ndarray:
    if dtype != np.int8:
        return exact.astype(dtype)
    low = np.floor(exact)
    codes = low + (random.random(exact.shape) < exact - low)
    return np.clip(codes, -128, 127).astype(np.int8)


def unlike(model: Parameters, update: Parameters) -> str | None:
    """Why an update is none of this model; None where it is one."""
    if model.keys() != update.keys():
        return "it has other tensors"
    for name, values in model.items():
        other = update[name]
        if other.dtype != values.dtype or other.shape != values.shape:
            return f"{name} is {other.dtype} of {other.shape}"
        if not np.all(np.isfinite(other)):
            return f"{name} has a value that is not finite"
    return None
