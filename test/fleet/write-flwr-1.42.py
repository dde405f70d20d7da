"""Writes flwr-1.42.json: messages as flwr itself has them, which wire.test.ts holds the gateway against.

    python test/fleet/write-flwr-1.42.py      with flwr 1.42.0 (src/fleet/flower/requirements.txt)
"""

import base64
import json
from pathlib import Path

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Metadata, MetricRecord, RecordDict
from flwr.app.message import make_message, remove_content_from_message
from flwr.common.serde import message_to_proto
from flwr.proto.fleet_pb2 import (
    ActivateNodeRequest,
    ActivateNodeResponse,
    PullMessagesResponse,
    PushMessagesRequest,
    PushMessagesResponse,
)
from flwr.proto.heartbeat_pb2 import SendNodeHeartbeatRequest
from flwr.proto.message_pb2 import PullObjectRequest, PullObjectResponse
from flwr.proto.node_pb2 import Node
from flwr.supercore.inflatable.inflatable_object import get_all_nested_objects, get_object_tree

RUN = 2616187081856308381
NODE = 18211778955307833803

content = RecordDict(
    {
        "arrays": ArrayRecord(
            {
                "dense/weights": Array(np.array([-128, -1, 0, 1, 127], np.int8)),
                "dense/bias": Array(np.array([0.5, -2.25], np.float32)),
            }
        ),
        "config": ConfigRecord({"server-round": 3, "steps": 25, "lr": 0.003, "last": False}),
        "metrics": MetricRecord({"num-examples": 50, "correct": 43}),
    }
)
metadata = Metadata(
    run_id=RUN,
    message_id="",
    src_node_id=1,
    dst_node_id=NODE,
    reply_to_message_id="",
    group_id="3",
    created_at=1764594000.5,
    ttl=60.0,
    message_type="train",
    src_task_id=5,
    dst_task_id=None,
)
message = make_message(metadata=metadata, content=content)
objects = {name: one.deflate() for name, one in get_all_nested_objects(message).items()}
name = message.object_id
message.metadata.__dict__["_message_id"] = name
bare = message_to_proto(remove_content_from_message(message))
tree = get_object_tree(message)
node = Node(node_id=NODE)
messages = [
    PullMessagesResponse(messages_list=[bare], message_object_trees=[tree]),
    PushMessagesRequest(
        node=node, messages_list=[bare], message_object_trees=[tree], clientapp_runtime_list=[1.5]
    ),
    PushMessagesResponse(results={name: 0}, objects_to_push=list(objects), session_id="abc"),
    PullObjectRequest(node=node, run_id=RUN, object_id=name),
    PullObjectResponse(object_found=True, object_available=True, object_content=objects[name]),
    ActivateNodeRequest(public_key=b"key", heartbeat_interval=10),
    ActivateNodeResponse(node_id=NODE),
    SendNodeHeartbeatRequest(node=node, heartbeat_interval=10),
]


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


document = {"madeWith": "flwr 1.42.0", "message": name}
document["objects"] = {name: text(data) for name, data in objects.items()}
for one in messages:
    document[type(one).__name__] = text(one.SerializeToString(deterministic=True))
path = Path(__file__).parent / "flwr-1.42.json"
path.write_text(json.dumps(document, indent=2) + "\n")
