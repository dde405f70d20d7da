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
    means = {}
    for name, like in first.items():
        exact = sum(weight * values[name].astype(np.float64) for values, weight in parts) / total
        if like.dtype == np.int8:
            low = np.floor(exact)
            codes = low + (random.random(exact.shape) < exact - low)
            means[name] = np.clip(codes, -128, 127).astype(np.int8)
        else:
            means[name] = exact.astype(like.dtype)
    return means


def mixed(model: Parameters, update: Parameters, share: float, seed: list[int]) -> Parameters:
    """The model moved towards an update by a share of the way: 0 nothing, 1 all of it."""
    return mean([(model, 1.0 - share), (update, share)], seed)


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
