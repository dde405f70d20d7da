"""A strategy without a clock: the same state machines that `tinyml fleet simulate` runs (src/fleet/strategies), in a process beside."""

import json
import subprocess
from pathlib import Path

# Of a node that answered at once.
SHORTEST = 1e-3


class Course:
    """What happens goes in, what is to be done comes out: `FleetEvent` and `Action` of src/fleet/strategies/types.ts."""

    def __init__(self, command: list[str], strategy: dict, profiles: list[dict]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.first = self._said({"strategy": strategy, "devices": profiles})

    def next(self, event: dict) -> list[dict]:
        return self._said(event)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()

    def _said(self, value: dict) -> list[dict]:
        self._process.stdin.write(json.dumps(value) + "\n")
        line = self._process.stdout.readline()
        if line == "":
            raise RuntimeError("the process of the strategy has ended")
        return json.loads(line)


def course_of(folder: Path, steps: int, nodes: dict[int, tuple[float, int]]) -> Course:
    """The strategy that `tinyml fleet serve` has put beside the checkpoint.

    :param nodes: of each, seconds of a round of so many steps, and the steps that its devices made together
    """
    told = json.loads((folder / "strategy.json").read_text())
    profiles = [
        {"samples": made, "stepSeconds": max(SHORTEST, seconds / steps), "linkSeconds": 0}
        for seconds, made in nodes.values()
    ]
    return Course(told["command"], told["strategy"], profiles)
