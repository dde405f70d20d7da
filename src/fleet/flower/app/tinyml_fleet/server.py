"""The ServerApp: rounds from the last checkpoint on, to the end."""

import os
from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from . import checkpoint
from .average import Parameters
from .course import course_of
from .driven import Driven
from .nodes import Asked
from .privacy import epsilon_of
from .rounds import Settings, evaluation, fedavg_round, first_parameters

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    config = context.run_config
    folder = Path(str(config["folder"]))
    settings = Settings(**{name: config[name] for name in Settings.__dataclass_fields__})
    generation = int(config["generation"])

    def tell(state: str, rounds: list[dict], final: dict | None = None) -> None:
        # One that was thought dead, and was replaced, must not write over what its successor does.
        if (folder / "generation").read_text().strip() != str(generation):
            raise SystemExit("another server app has taken over")
        nodes = len(list(grid.get_node_ids()))
        checkpoint.tell(
            folder,
            {"state": state, "pid": os.getpid(), "generation": generation, "of": settings.rounds}
            | {"nodes": nodes, "rounds": rounds, "final": final},
        )

    model, rounds = checkpoint.load(folder)
    asked = Asked(grid)
    tell("waiting", rounds)
    if model is None:
        model = first_parameters(asked, grid, settings)
        checkpoint.save(folder, model, rounds)
    tell("training", rounds)

    def keep(made: Parameters, figures: dict) -> bool:
        nonlocal rounds
        rounds = [*rounds, figures | spent([*rounds, figures], settings)]
        tell("training", rounds)
        checkpoint.save(folder, made, rounds)
        return len(rounds) >= settings.rounds

    while len(rounds) < settings.rounds:
        model, figures, made = fedavg_round(asked, grid, settings, len(rounds) + 1, model)
        if not keep(model, figures) and settings.strategy != "fedavg":
            # That round of all has said how long each node takes.
            course = course_of(folder, settings.steps, {node: (asked.seconds[node], made[node]) for node in sorted(made)})
            model, _ = Driven(asked, grid, settings, keep).run(course, sorted(made), model, len(rounds))
            course.close()
            asked.settle()
    asked.settle()
    tell("finished", rounds, evaluation(asked, grid, settings, model, True))


def spent(rounds: list[dict], settings: Settings) -> dict:
    """The epsilon of all rounds so far; null where any of them was without noise."""
    if settings.clip == 0:
        return {}
    noises = [one.get("noise", 0.0) for one in rounds]
    return {"epsilon": None if min(noises) == 0 else epsilon_of(noises, settings.nodes, settings.delta)}
