/** Flower's Fleet API as a client has it: protobuf over HTTP, every call signed by the key that a node is known by. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { TinymlError } from '../../diagnostics/errors.ts';
import { sha256Of } from '../../numbers/sha256.ts';
import { type Content, deflateMessage, inflateMessage, namesIn, OBJECT_LIMITS } from './objects.ts';
import { decodeWire, encodeWire, type FleetMessage, type Metadata } from './wire.ts';

/** Seconds within which the server expects a sign of life; the least that it takes. */
const HEARTBEAT_SECONDS = 10;

const CALL_TIMEOUT_MS = 10_000;

/** Objects that are not there yet are asked for again. */
const OBJECT_TRIES = 50;
const OBJECT_WAIT_MS = 100;

/** A task that came from the server, with all of its content. */
export type Task = { readonly metadata: Metadata; readonly content: Content };

export type Reply =
  | { readonly kind: 'content'; readonly content: Content; readonly seconds: number }
  | { readonly kind: 'error'; readonly reason: string; readonly seconds: number };

export type FleetClient = {
  /** Makes the node known and awake. @returns its identifier */
  readonly activate: () => Promise<string>;
  /** @returns whether the server still knows the node */
  readonly heartbeat: () => Promise<boolean>;
  /** @returns null where there is nothing to do */
  readonly pull: () => Promise<Task | null>;
  readonly push: (task: Pick<Task, 'metadata'>, reply: Reply) => Promise<void>;
  readonly deactivate: () => Promise<void>;
};

/** Where nobody listens, or the answer did not come: what a client tries again. */
export class Unreachable extends Error {}

/** An answer that says no. */
export class Refused extends Error {
  readonly status: number;

  constructor(path: string, status: number, text: string) {
    super(`${path}: HTTP ${status} ${text}`);
    this.status = status;
  }
}

export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * All functions throw Unreachable, Refused, or TinymlError E_FLEET for answers that are not understood.
 * @param address `host:port`; @param key private key as PEM
 */
export function fleetClient(address: string, key: string): FleetClient {
  const privateKey = createPrivateKey(key);
  const publicKey = Buffer.from(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
  const call = (path: string, body: Uint8Array): Promise<Uint8Array> =>
    post(`http://${address}/v1/fleet/${path}`, body, signedHeaders(privateKey, publicKey));
  let node_id = '0';
  const node = () => ({ node_id });
  const activate = async (): Promise<string> => {
    await call('register-node', encodeWire('RegisterNodeFleetRequest', { public_key: publicKey })).catch(
      (cause) => {
        // A key that is known already is what a gateway has that came back.
        if (!(cause instanceof Refused)) throw cause;
      },
    );
    const request = { public_key: publicKey, heartbeat_interval: HEARTBEAT_SECONDS };
    const answer = await call('activate-node', encodeWire('ActivateNodeRequest', request));
    node_id = decodeWire('ActivateNodeResponse', answer).node_id;
    return node_id;
  };
  return {
    activate,
    heartbeat: async () => {
      const request = { node: node(), heartbeat_interval: HEARTBEAT_SECONDS };
      const answer = await call('send-node-heartbeat', encodeWire('SendNodeHeartbeatRequest', request));
      return decodeWire('SendNodeHeartbeatResponse', answer).success;
    },
    pull: async () => {
      const answer = await call('pull-messages', encodeWire('PullMessagesRequest', { node: node() }));
      const { messages_list, message_object_trees } = decodeWire('PullMessagesResponse', answer);
      const [message, tree] = [messages_list[0], message_object_trees[0]];
      if (message?.metadata == null || tree === undefined) return null;
      const { run_id, message_id } = message.metadata;
      const objects = new Map<string, Uint8Array>();
      let bytes = 0;
      for (const object_id of namesIn(tree)) {
        const content = await pullObject(call, node_id, run_id, object_id);
        bytes += content.length;
        if (bytes > OBJECT_LIMITS.bytes) throw tooLarge('a message');
        objects.set(object_id, content);
      }
      const request = { node: node(), run_id, message_object_id: message_id };
      await call('confirm-message-received', encodeWire('ConfirmMessageReceivedRequest', request));
      const { content } = inflateMessage(tree.object_id, objects);
      return { metadata: message.metadata, content };
    },
    push: async ({ metadata }, reply) => {
      const message = replyTo(metadata, reply, Date.now() / 1000);
      const { objects, tree } = deflateMessage(message, reply.kind === 'content' ? reply.content : null);
      const sent: FleetMessage = {
        ...message,
        metadata: { ...message.metadata, message_id: tree.object_id },
      };
      const request = {
        ...{ node: node(), message_object_trees: [tree], clientapp_runtime_list: [reply.seconds] },
        messages_list: [reply.kind === 'content' ? { ...sent, content: {} } : sent],
      };
      const answer = await call('push-messages', encodeWire('PushMessagesRequest', request));
      const { objects_to_push, session_id } = decodeWire('PushMessagesResponse', answer);
      const wanted = new Set(objects_to_push);
      for (const [object_id, object_content] of objects) {
        if (!wanted.has(object_id)) continue;
        const object = { node: node(), run_id: metadata.run_id, object_id, object_content, session_id };
        await call('push-object', encodeWire('PushObjectRequest', object));
      }
    },
    deactivate: async () => {
      await call('deactivate-node', encodeWire('DeactivateNodeRequest', { node_id }));
    },
  };
}

type Call = (path: string, body: Uint8Array) => Promise<Uint8Array>;

async function pullObject(
  call: Call,
  node_id: string,
  run_id: string,
  object_id: string,
): Promise<Uint8Array> {
  const request = encodeWire('PullObjectRequest', { node: { node_id }, run_id, object_id });
  for (let tries = 0; tries < OBJECT_TRIES; tries++) {
    const answer = decodeWire('PullObjectResponse', await call('pull-object', request));
    if (!answer.object_found) break;
    if (answer.object_available) {
      if (sha256Of(answer.object_content) === object_id) return answer.object_content;
      throw new TinymlError('E_FLEET', 'a part of a message has not the name that its bytes have', {
        at: object_id,
        hint: 'it was changed on the way, or the server is at fault',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, OBJECT_WAIT_MS));
  }
  throw new Unreachable(`the server has no object ${object_id}`);
}

/** The fields in Flower's order of meaning: who asked becomes who is answered, and the time that is left is the same. */
function replyTo(asked: Metadata, reply: Reply, now: number): FleetMessage {
  const { src_task_id, dst_task_id } = asked;
  const metadata: Metadata = {
    ...{ run_id: asked.run_id, message_id: '', group_id: asked.group_id, message_type: asked.message_type },
    ...{ src_node_id: asked.dst_node_id, dst_node_id: asked.src_node_id },
    ...{ reply_to_message_id: asked.message_id, created_at: now, ttl: asked.created_at + asked.ttl - now },
    ...(dst_task_id === undefined ? {} : { src_task_id: dst_task_id }),
    ...(src_task_id === undefined ? {} : { dst_task_id: src_task_id }),
  };
  return reply.kind === 'content'
    ? { metadata }
    : { metadata, error: { code: RAISED, reason: reply.reason } };
}

/** Flower's number for an exception of a client. */
const RAISED = 2;

/** What a call is signed with: the time, by the key that is sent along. */
function signedHeaders(privateKey: KeyObject, publicKey: Uint8Array): Readonly<Record<string, string>> {
  const timestamp = new Date().toISOString().replace('Z', '+00:00');
  return {
    'content-type': 'application/protobuf',
    'flwr-public-key': Buffer.from(publicKey).toString('base64'),
    'flwr-timestamp': timestamp,
    'flwr-signature': sign('sha256', Buffer.from(timestamp), privateKey).toString('base64'),
  };
}

async function post(
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  try {
    const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body), signal });
    const bytes = await boundedBody(response);
    if (response.status === 200) return bytes;
    if (response.status >= 502 && response.status <= 504) throw new Unreachable(`HTTP ${response.status}`);
    throw new Refused(new URL(url).pathname, response.status, Buffer.from(bytes.subarray(0, 300)).toString());
  } catch (cause) {
    if (cause instanceof Refused || cause instanceof TinymlError) throw cause;
    throw new Unreachable(cause instanceof Error ? cause.message : String(cause));
  }
}

async function boundedBody({ body }: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > OBJECT_LIMITS.bytes) throw tooLarge('an answer');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function tooLarge(what: string): TinymlError {
  return new TinymlError('E_FLEET', `${what} has more than ${OBJECT_LIMITS.bytes} bytes`, {
    at: 'message of the server',
    hint: 'the server must serve the bundle that the gateway was given',
  });
}
