/**
 * Messages of Flower's Fleet API as protobuf, those parts that a gateway needs, with the field numbers of flwr 1.42 (Apache-2.0,
 * flwr/proto/*.proto). The only file of a fleet that knows protobufjs. Identifiers of 64 bits are decimal text.
 */
import protobuf from 'protobufjs';
import { TinymlError } from '../../diagnostics/errors.ts';

const PROTO = `
syntax = "proto3";
message Node { uint64 node_id = 1; }
message RegisterNodeFleetRequest { bytes public_key = 1; }
message RegisterNodeFleetResponse { uint64 node_id = 1; }
message ActivateNodeRequest { bytes public_key = 1; double heartbeat_interval = 2; }
message ActivateNodeResponse { uint64 node_id = 1; }
message DeactivateNodeRequest { uint64 node_id = 1; }
message DeactivateNodeResponse { }
message SendNodeHeartbeatRequest { Node node = 1; double heartbeat_interval = 2; }
message SendNodeHeartbeatResponse { bool success = 1; }
message PullMessagesRequest { Node node = 1; repeated string message_ids = 2; }
message PullMessagesResponse { repeated Message messages_list = 2; repeated ObjectTree message_object_trees = 3; }
message PushMessagesRequest {
  Node node = 1;
  repeated Message messages_list = 2;
  repeated ObjectTree message_object_trees = 3;
  repeated double clientapp_runtime_list = 4;
}
message PushMessagesResponse { map<string, uint32> results = 2; repeated string objects_to_push = 3; string session_id = 4; }
message PullObjectRequest { Node node = 1; uint64 run_id = 2; string object_id = 3; }
message PullObjectResponse { bool object_found = 1; bool object_available = 2; bytes object_content = 3; }
message PushObjectRequest { Node node = 1; uint64 run_id = 2; string object_id = 3; bytes object_content = 4; string session_id = 5; }
message PushObjectResponse { bool stored = 1; }
message ConfirmMessageReceivedRequest { Node node = 1; uint64 run_id = 2; string message_object_id = 3; }
message ConfirmMessageReceivedResponse { }
message ObjectTree { string object_id = 1; repeated ObjectTree children = 2; }
message Metadata {
  uint64 run_id = 1;
  string message_id = 2;
  uint64 src_node_id = 3;
  uint64 dst_node_id = 4;
  string reply_to_message_id = 5;
  string group_id = 6;
  double ttl = 7;
  string message_type = 8;
  double created_at = 9;
  optional uint64 src_task_id = 10;
  optional uint64 dst_task_id = 11;
}
message Error { sint64 code = 1; string reason = 2; }
message RecordDict { }
message Message { Metadata metadata = 1; RecordDict content = 2; Error error = 3; }
message MetricRecordValue { oneof value { double double = 1; sint64 sint64 = 2; } }
message MetricItem { string key = 1; MetricRecordValue value = 2; }
message MetricRecord { repeated MetricItem items = 1; }
message ConfigRecordValue {
  oneof value { double double = 1; sint64 sint64 = 2; uint64 uint64 = 3; bool bool = 4; string string = 5; bytes bytes = 6; }
}
message ConfigItem { string key = 1; ConfigRecordValue value = 2; }
message ConfigRecord { repeated ConfigItem items = 1; }
`;

export type Metadata = {
  readonly run_id: string;
  readonly message_id: string;
  readonly src_node_id: string;
  readonly dst_node_id: string;
  readonly reply_to_message_id: string;
  readonly group_id: string;
  /** Seconds, from `created_at` on, which is in seconds since 1970. */
  readonly ttl: number;
  readonly message_type: string;
  readonly created_at: number;
  readonly src_task_id?: string;
  readonly dst_task_id?: string;
};

export type ObjectTree = { readonly object_id: string; readonly children: readonly ObjectTree[] };

type MessageError = { readonly code: string | number; readonly reason: string };

/** What each kind of message holds. */
type Messages = {
  readonly RegisterNodeFleetRequest: { readonly public_key: Uint8Array };
  readonly RegisterNodeFleetResponse: { readonly node_id: string };
  readonly ActivateNodeRequest: { readonly public_key: Uint8Array; readonly heartbeat_interval: number };
  readonly ActivateNodeResponse: { readonly node_id: string };
  readonly DeactivateNodeRequest: { readonly node_id: string };
  readonly DeactivateNodeResponse: object;
  readonly SendNodeHeartbeatRequest: { readonly node: Node; readonly heartbeat_interval: number };
  readonly SendNodeHeartbeatResponse: { readonly success: boolean };
  readonly PullMessagesRequest: { readonly node: Node };
  readonly PullMessagesResponse: {
    readonly messages_list: readonly FleetMessage[];
    readonly message_object_trees: readonly ObjectTree[];
  };
  readonly PushMessagesRequest: {
    readonly node: Node;
    readonly messages_list: readonly FleetMessage[];
    readonly message_object_trees: readonly ObjectTree[];
    /** Seconds. */
    readonly clientapp_runtime_list: readonly number[];
  };
  readonly PushMessagesResponse: { readonly objects_to_push: readonly string[]; readonly session_id: string };
  readonly PullObjectRequest: { readonly node: Node; readonly run_id: string; readonly object_id: string };
  readonly PullObjectResponse: {
    readonly object_found: boolean;
    readonly object_available: boolean;
    readonly object_content: Uint8Array;
  };
  readonly PushObjectRequest: {
    readonly node: Node;
    readonly run_id: string;
    readonly object_id: string;
    readonly object_content: Uint8Array;
    readonly session_id: string;
  };
  readonly PushObjectResponse: { readonly stored: boolean };
  readonly ConfirmMessageReceivedRequest: {
    readonly node: Node;
    readonly run_id: string;
    readonly message_object_id: string;
  };
  readonly ConfirmMessageReceivedResponse: object;
  readonly Message: FleetMessage;
  readonly MetricRecord: { readonly items: readonly { readonly key: string; readonly value: MetricValue }[] };
  readonly ConfigRecord: { readonly items: readonly { readonly key: string; readonly value: ConfigValue }[] };
};

type Node = { readonly node_id: string };
export type FleetMessage = {
  readonly metadata: Metadata;
  readonly content?: object;
  readonly error?: MessageError;
};
export type MetricValue = { readonly double: number } | { readonly sint64: string | number };
export type ConfigValue = {
  readonly double?: number;
  readonly sint64?: string;
  readonly uint64?: string;
  readonly bool?: boolean;
  readonly string?: string;
  readonly bytes?: Uint8Array;
};

const { root } = protobuf.parse(PROTO, { keepCase: true });

export function encodeWire<K extends keyof Messages>(kind: K, message: Messages[K]): Uint8Array {
  const type = root.lookupType(kind);
  return type.encode(type.fromObject(message as Record<string, unknown>)).finish();
}

/**
 * Absent lists are empty, absent messages stay absent, absent numbers and texts are 0 and ''.
 * @throws TinymlError E_FLEET for bytes that are no such message
 */
export function decodeWire<K extends keyof Messages>(kind: K, bytes: Uint8Array): Messages[K] {
  const type = root.lookupType(kind);
  try {
    return withDefaults(type, type.decode(bytes)) as Messages[K];
  } catch (cause) {
    throw new TinymlError('E_FLEET', `the bytes are no ${kind}`, {
      at: 'message of the server',
      hint: 'the server must be a SuperLink of flwr 1.42',
      cause,
    });
  }
}

function withDefaults(type: protobuf.Type, message: protobuf.Message): Record<string, unknown> {
  return type.toObject(message, { longs: String, arrays: true, defaults: true, oneofs: false });
}
