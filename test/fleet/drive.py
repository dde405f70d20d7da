"""Drives nodes that answer on time, late, or not at all, by a strategy that `tinyml fleet serve` would name; prints what became of it as JSON.

python drive.py <folder with strategy.json>
"""

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "src/fleet/flower/app"))
from flwr.app import Array, ArrayRecord, MetricRecord, RecordDict  # noqa: E402

from tinyml_fleet.course import course_of  # noqa: E402
from tinyml_fleet.driven import Driven  # noqa: E402
from tinyml_fleet.rounds import Settings  # noqa: E402

# Seconds of a step; node 4 goes away after its first answer, comes back, and is another one at the end.
SPEEDS = {1: 0.005, 2: 0.005, 3: 0.04, 4: 0.04}
STEPS = 4


class Nodes:
    """Those who are asked, and where they are looked up. Each pulls a number towards 1."""

    def __init__(self) -> None:
        self.there = set(SPEEDS)
        self.open: dict[str, SimpleNamespace] = {}
        self.asked = []

    def get_node_ids(self) -> set[int]:
        return self.there

    def ask(self, nodes, kind, content, group, ttl):
        told = {}
        for node in nodes:
            assert node not in self.owing(), "asked twice"
            config = content["config"]
            told[node] = f"{node}-{len(self.asked)}"
            self.asked.append((node, config["server-round"], config["steps"]))
            self.open[told[node]] = SimpleNamespace(
                node=node, content=content, until=time.time() + config["steps"] * SPEEDS[node]
            )
        return told

    def owing(self) -> set[int]:
        return {one.node for one in self.open.values() if one.node in self.there}

    def answers(self):
        now = time.time()
        done = [id for id, one in self.open.items() if one.until <= now and one.node in self.there]
        return [self.answer(id, self.open.pop(id)) for id in done]

    def answer(self, id, one):
        steps = one.content["config"]["steps"]
        value = one.content["arrays"]["w"].numpy()
        moved = (1 - value) * np.float32(1 - 0.99**steps)
        arrays = ArrayRecord({"w": Array((value + moved).astype(np.float32))})
        counts = {"num-examples": steps, "devices": 1, "tested": 10, "correct": 5, "sent": 100, "received": 50}
        return SimpleNamespace(
            content=RecordDict({"arrays": arrays, "metrics": MetricRecord(counts)}),
            metadata=SimpleNamespace(reply_to_message_id=id, src_node_id=one.node),
            has_error=lambda: False,
        )


def main() -> None:
    nodes, figures, models = Nodes(), [], []
    settings = Settings("petrel", 1000, STEPS, 0.1, 4, 30.0, 1, 0.0, 0.0, 1e-5)

    def keep(model, said) -> bool:
        figures.append(said)
        models.append(float(model["w"][0]))
        if len(figures) == 12:
            nodes.there = nodes.there - {4}
        if len(figures) == 20:
            # What it was asked is forgotten.
            nodes.open = {id: one for id, one in nodes.open.items() if one.node != 4}
            nodes.there = nodes.there | {4}
        if len(figures) == 40:
            nodes.there = nodes.there | {5}
        return False

    first = {"w": np.zeros(1, np.float32)}
    course = course_of(Path(sys.argv[1]), STEPS, {node: (STEPS * SPEEDS[node], STEPS) for node in SPEEDS})
    driven = Driven(nodes, nodes, settings, keep)
    _, made = driven.run(course, sorted(SPEEDS), first, 0)
    course.close()
    print(json.dumps({"asked": nodes.asked, "figures": figures, "models": models, "made": made, "owing": len(nodes.open)}))


main()
