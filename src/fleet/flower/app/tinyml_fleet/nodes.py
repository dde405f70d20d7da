"""Messages to the nodes of a fleet and back, without waiting for all of them."""

import time
from collections.abc import Iterable

from flwr.app import Array, ArrayRecord, ConfigRecord, Message, RecordDict
from flwr.serverapp import Grid

from .average import Parameters

# Replies are looked for so often, in seconds.
POLL = 0.1


def online(grid: Grid, at_least: int) -> list[int]:
    """The nodes that are there, as soon as there are enough of them."""
    while len(nodes := sorted(grid.get_node_ids())) < at_least:
        time.sleep(POLL)
    return nodes


def content_of(parameters: Parameters | None, config: dict) -> RecordDict:
    content = RecordDict({"config": ConfigRecord(config)})
    if parameters is not None:
        content["arrays"] = ArrayRecord({name: Array(values) for name, values in parameters.items()})
    return content


def parameters_of(message: Message) -> Parameters:
    return {name: array.numpy() for name, array in message.content["arrays"].items()}


class Asked:
    """What nodes were asked and have not answered. A node that is silent is left out until it answers or its time is over."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._open: dict[str, tuple[int, float, float]] = {}
        # Of each node, how long its last answer took.
        self.seconds: dict[int, float] = {}

    def ask(
        self, nodes: Iterable[int], kind: str, content: RecordDict, group: str, ttl: float
    ) -> dict[int, str | None]:
        """Asks all nodes that owe no answer. Returns those, and the identifiers of their messages; None where there is none."""
        now = time.time()
        owing = self.owing()
        free = [node for node in nodes if node not in owing]
        messages = [Message(content, node, kind, ttl=ttl, group_id=group) for node in free]
        asked = dict(zip(free, self._grid.push_messages(messages), strict=True))
        for node, id in asked.items():
            if id is not None:
                self._open[id] = (node, now, now + ttl)
        return asked

    def owing(self) -> set[int]:
        """Nodes that were asked and whose time is not over."""
        now = time.time()
        self._open = {id: own for id, own in self._open.items() if own[2] > now}
        return {node for node, _, _ in self._open.values()}

    def settle(self) -> None:
        """Waits until nobody that is there owes an answer."""
        while self.owing() & set(self._grid.get_node_ids()):
            self.answers()
            time.sleep(POLL)

    def answers(self) -> list[Message]:
        """What came since, errors included; late ones, too."""
        if not self._open:
            return []
        messages = list(self._grid.pull_messages(list(self._open)))
        for message in messages:
            own = self._open.pop(message.metadata.reply_to_message_id, None)
            if own is not None:
                self.seconds[own[0]] = time.time() - own[1]
        return messages

    def wait(self, asked: Iterable[int], group: str, timeout: float) -> list[Message]:
        """Good answers of this group, until all that were asked answered or the time is over."""
        end = time.time() + timeout
        good: list[Message] = []
        missing = set(asked)
        while missing and time.time() < end:
            # Looked up before: what a node said before it left is among the answers.
            there = set(self._grid.get_node_ids())
            for message in self.answers():
                missing.discard(message.metadata.src_node_id)
                if message.has_content() and message.metadata.group_id == group:
                    good.append(message)
                elif message.has_error():
                    print(f"node {message.metadata.src_node_id}: {message.error.reason}", flush=True)
            missing &= there
            if missing:
                time.sleep(POLL)
        return good
