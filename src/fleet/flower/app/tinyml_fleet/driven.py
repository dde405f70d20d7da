"""Models that nobody waits for: nodes train, and updates move the model, as a strategy says, event by event."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from flwr.app import Message

from .average import Parameters, moved
from .course import Course
from .nodes import POLL, Asked, content_of, parameters_of
from .rounds import Settings, figures_of, fits

# A node that failed is tried again after so many seconds.
RETRY = 1.0


@dataclass(frozen=True)
class Task:
    """What a node is at: the model that it was sent, how many were made before, and since when."""

    message: str
    model: Parameters
    version: int
    since: float


class Driven:
    """A course of a strategy with the nodes that it knows.

    `keep` gets every model and its figures, and says whether that was the last.
    """

    def __init__(
        self, asked: Asked, grid, settings: Settings, keep: Callable[[Parameters, dict], bool]
    ) -> None:
        self._asked, self._grid, self._settings, self._keep = asked, grid, settings, keep

    def run(self, course: Course, nodes: list[int], model: Parameters, made: int) -> tuple[Parameters, int]:
        """Until enough models are made, or until a node has come that the course does not know.

        :param made: models until now
        :return: the last model, and how many there are
        """
        self._nodes, self._model, self._made = nodes, model, made
        self._asks = [made] * len(nodes)
        self._tasks: dict[int, Task] = {}
        self._came: dict[int, tuple[Task, Message]] = {}
        self._absent: dict[int, float] = {}
        self._updates, self._last = 0, time.time()
        # Those who are new are let in by a round of all: until then nobody begins anything.
        self._strangers = False
        over = self._do(course.first)
        while not over and not (self._strangers and not self._tasks):
            events = self._events()
            for event in events:
                over = over or self._do(course.next(event))
            if not events:
                time.sleep(POLL)
        return self._model, self._made

    def _do(self, actions: list[dict]) -> bool:
        for action in actions:
            if action["kind"] == "train":
                if not self._strangers:
                    self._train(action["device"], action["steps"])
            elif self._apply(action["updates"]):
                return True
        return False

    def _train(self, at: int, steps: int) -> None:
        settings, node = self._settings, self._nodes[at]
        self._asks[at] += 1
        content = content_of(
            self._model, {"server-round": self._asks[at], "steps": steps, "lr": settings.lr}
        )
        told = self._asked.ask([node], "train", content, str(self._made + 1), settings.timeout)
        # One that cannot be asked is lost with the next look.
        self._tasks[at] = Task(told.get(node) or "", self._model, self._made, time.time())

    def _apply(self, updates: list[dict]) -> bool:
        parts = [(*self._came.pop(one["update"]), one["weight"]) for one in updates]
        changes = [(task.model, parameters_of(answer), weight) for task, answer, weight in parts]
        staleness = max(self._made - task.version for task, _, _ in parts)
        self._made += 1
        self._model = moved(self._model, changes, [self._settings.seed, self._made])
        now = time.time()
        figures = {"round": self._made, "nodes": len(parts), "staleness": staleness}
        figures |= {"seconds": round(now - self._last, 3)} | figures_of([answer for _, answer, _ in parts])
        self._last = now
        return self._keep(self._model, figures)

    def _events(self) -> list[dict]:
        # Looked up before: what a node said before it left is among the answers.
        there = set(self._grid.get_node_ids())
        self._strangers = self._strangers or not there <= set(self._nodes)
        now = time.time()
        at_of = {task.message: at for at, task in self._tasks.items()}
        events = [
            self._answer(at_of[answer.metadata.reply_to_message_id], answer)
            for answer in self._asked.answers()
            if answer.metadata.reply_to_message_id in at_of
        ]
        for at, task in list(self._tasks.items()):
            if self._nodes[at] in there and task.message and now < task.since + self._settings.timeout:
                continue
            events.append(self._lost(at))
        owing = self._asked.owing()
        for at, since in list(self._absent.items()):
            if self._nodes[at] in there and self._nodes[at] not in owing and now > since + RETRY:
                del self._absent[at]
                events.append({"kind": "back", "device": at})
        return events

    def _answer(self, at: int, answer: Message) -> dict:
        if answer.has_error():
            print(f"node {self._nodes[at]}: {answer.error.reason}", flush=True)
        if answer.has_error() or not fits(self._model, answer):
            return self._lost(at)
        task = self._tasks.pop(at)
        self._updates += 1
        self._came[self._updates] = (task, answer)
        return {
            "kind": "update",
            "device": at,
            "update": self._updates,
            "seconds": time.time() - task.since,
        }

    def _lost(self, at: int) -> dict:
        del self._tasks[at]
        self._absent[at] = time.time()
        return {"kind": "lost", "device": at}
