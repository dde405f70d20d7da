"""Clipping and noise: what a node can have learned is bounded, and hidden in noise whose cost an accountant of Flower adds up."""

import numpy as np
from flwr.supercore.privacy_accounting import (
    GaussianPrivacyEvent,
    NeighboringRelation,
    PrivacyConfig,
    SamplingMethod,
)
from flwr.supercore.privacy_accounting.rdp_accountant import RdpAccountant

from .average import Parameters, as_type


def private_mean(
    model: Parameters, updates: list[Parameters], clip: float, noise: float, random: np.random.Generator
) -> Parameters:
    """The model moved by the mean of what updates changed, each at most `clip` long, and by Gaussian noise.

    Every update counts as much: weights would tell of a node, too. Lengths are over all parameters, of codes in codes.

    :param noise: standard deviation of the noise on the sum of the changes, in clips; 0 for none
    :param random: unforeseeable, where noise is to hide anything
    """
    changes = [clipped(model, update, clip) for update in updates]
    deviation = noise * clip / len(updates)
    exact = {
        name: values
        + sum(change[name] for change in changes) / len(updates)
        + deviation * random.standard_normal(values.shape)
        for name, values in model.items()
    }
    return {name: as_type(values, model[name].dtype, random) for name, values in exact.items()}


def clipped(model: Parameters, update: Parameters, clip: float) -> Parameters:
    change = {name: update[name].astype(np.float64) - values for name, values in model.items()}
    length = np.sqrt(sum(float(np.sum(values**2)) for values in change.values()))
    return {name: values * min(1.0, clip / max(length, 1e-300)) for name, values in change.items()}


def epsilon_of(noises: list[float], nodes: int, delta: float) -> float:
    """What rounds with such noise cost together, by Renyi differential privacy.

    The neighbour of a fleet has one node more or less. All nodes train in every round: nothing is gained by chance.
    """
    accountant = RdpAccountant(
        PrivacyConfig(
            target_delta=delta,
            population_size=nodes,
            neighboring_relation=NeighboringRelation.ADD_OR_REMOVE_ONE,
            sampling_method=SamplingMethod.NO_AMPLIFICATION,
        )
    )
    for noise in noises:
        accountant.compose(GaussianPrivacyEvent(noise, nodes, nodes))
    return accountant.get_epsilon(delta)
