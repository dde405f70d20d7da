"""The strategies: what a round is, and what becomes of its answers."""

import time
from dataclasses import dataclass

import numpy as np
from flwr.app import Message

from .average import Parameters, mean, unlike
from .privacy import private_mean
from .nodes import Asked, content_of, online, parameters_of


@dataclass(frozen=True)
class Settings:
    strategy: str
    rounds: int
    steps: int
    lr: float
    nodes: int
    timeout: float
    seed: int
    # Length that an update is clipped to, 0 for none; noise on the sum of updates in clips, and the delta of its epsilon.
    clip: float
    noise: float
    delta: float


def first_parameters(asked: Asked, grid, settings: Settings) -> Parameters:
    """The parameters that devices have: those of the first node that says."""
    while True:
        nodes = online(grid, settings.nodes)
        told = asked.ask(nodes[:1], "query", content_of(None, {}), "query", settings.timeout)
        for message in asked.wait(told, "query", settings.timeout):
            return parameters_of(message)


def fedavg_round(
    asked: Asked, grid, settings: Settings, number: int, model: Parameters
) -> tuple[Parameters, dict, dict[int, int]]:
    """All nodes train the same model, the mean of what they learned is the next: McMahan et al. 2017, by steps made.

    :return: the next model, figures of the round, and the steps that each node made
    """
    start = time.time()
    group = str(number)
    config = {"server-round": number, "steps": settings.steps, "lr": settings.lr}
    while True:
        nodes = online(grid, settings.nodes if number == 1 else 1)
        told = asked.ask(nodes, "train", content_of(model, config), group, settings.timeout)
        answers = [one for one in asked.wait(told, group, settings.timeout) if fits(model, one)]
        if answers:
            break
        time.sleep(0.5)
    updates = [parameters_of(one) for one in answers]
    figures = {"round": number, "nodes": len(answers), "staleness": 0}
    figures |= {"seconds": round(time.time() - start, 3)}
    made = {one.metadata.src_node_id: int(one.content["metrics"]["num-examples"]) for one in answers}
    figures |= figures_of(answers)
    if settings.clip > 0:
        # A seed that somebody knows would take the noise away again.
        random = np.random.default_rng() if settings.noise > 0 else np.random.default_rng([settings.seed, number])
        figures["noise"] = settings.noise
        return private_mean(model, updates, settings.clip, settings.noise, random), figures, made
    weights = [float(one.content["metrics"]["num-examples"]) for one in answers]
    return mean(list(zip(updates, weights, strict=True)), [settings.seed, number]), figures, made


def evaluation(asked: Asked, grid, settings: Settings, model: Parameters, last: bool) -> dict:
    """What the devices say of a model on tests of their own. The last lets gateways go."""
    nodes = online(grid, 1)
    told = asked.ask(nodes, "evaluate", content_of(model, {"last": last}), "evaluate", settings.timeout)
    return figures_of(asked.wait(told, "evaluate", settings.timeout))


def fits(model: Parameters, message: Message) -> bool:
    """Whether an answer can be averaged; says why not."""
    why = unlike(model, parameters_of(message)) if "arrays" in message.content else "it has no parameters"
    if why is None and float(message.content["metrics"]["num-examples"]) <= 0:
        why = "nothing was learned"
    if why is not None:
        print(f"node {message.metadata.src_node_id} is left out: {why}", flush=True)
    return why is None


def figures_of(answers: list[Message]) -> dict:
    """Sums of all answers. The tests are of the model as it was sent, before a step was made."""
    sums = {"devices": 0, "tested": 0, "correct": 0, "sent": 0, "received": 0}
    for message in answers:
        metrics = message.content["metrics"]
        for key in sums:
            sums[key] += int(metrics[key])
    accuracy = sums["correct"] / sums["tested"] if sums["tested"] > 0 else None
    return sums | {"accuracy": accuracy}
