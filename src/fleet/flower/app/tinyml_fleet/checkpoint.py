"""What outlives a server that is killed: the model after its last whole round, and the figures of all rounds."""

import json
import os
from pathlib import Path

import numpy as np

from .average import Parameters


def load(folder: Path) -> tuple[Parameters | None, list[dict]]:
    """The model and the rounds so far; None and [] before the first."""
    path = folder / "checkpoint.npz"
    if not path.exists():
        return None, []
    with np.load(path, allow_pickle=False) as file:
        arrays = {name[len("tensor:") :]: file[name] for name in file.files if name.startswith("tensor:")}
        return arrays, json.loads(bytes(file["rounds"]).decode())


def save(folder: Path, parameters: Parameters, rounds: list[dict]) -> None:
    """Model and figures in one file, which is there whole or as it was before."""
    text = np.frombuffer(json.dumps(rounds).encode(), np.uint8)
    beside = folder / f"checkpoint.{os.getpid()}.new"
    with open(beside, "wb") as file:
        np.savez(file, rounds=text, **{f"tensor:{name}": values for name, values in parameters.items()})
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, folder / "checkpoint.npz")


def tell(folder: Path, status: dict) -> None:
    """Status for `tinyml fleet status` and `serve`, as JSON."""
    beside = folder / f"status.{os.getpid()}.new"
    beside.write_text(json.dumps(status))
    os.replace(beside, folder / "status.json")
