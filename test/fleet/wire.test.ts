/** The gateway against bytes of flwr itself (flwr-1.42.json), without flwr. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { arrayOf, numbersOf } from '../../src/fleet/gateway/npy.ts';
import { deflateMessage, inflateMessage, namesIn } from '../../src/fleet/gateway/objects.ts';
import { decodeWire, encodeWire, type ObjectTree } from '../../src/fleet/gateway/wire.ts';
import { packageRoot } from '../../src/package-root.ts';
import { failure } from '../failure.ts';

const golden = JSON.parse(readFileSync(join(packageRoot(), 'test/fleet/flwr-1.42.json'), 'utf8')) as {
  readonly message: string;
  readonly objects: Readonly<Record<string, string>>;
} & Readonly<Record<string, string>>;
const bytesOf = (kind: string): Uint8Array => Buffer.from(golden[kind]!, 'base64');
const objects = new Map(
  Object.entries(golden.objects).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const),
);
const NODE = '18211778955307833803';
const RUN = '2616187081856308381';

test('a message of flwr is read, and written again it has the same bytes and the same name', () => {
  const { messages_list, message_object_trees } = decodeWire(
    'PullMessagesResponse',
    bytesOf('PullMessagesResponse'),
  );
  const [tree] = message_object_trees;
  const { metadata } = messages_list[0]!;
  assert.deepEqual(metadata, {
    ...{ run_id: RUN, message_id: golden.message, src_node_id: '1', dst_node_id: NODE },
    ...{ reply_to_message_id: '', group_id: '3', ttl: 60, message_type: 'train', created_at: 1764594000.5 },
    src_task_id: '5',
  });
  assert.deepEqual([...namesIn(tree!)].sort(), [...objects.keys()].sort());
  const { message, content } = inflateMessage(tree!.object_id, objects);
  const again = deflateMessage(message, content);
  assert.deepEqual(again.tree, tree);
  assert.deepEqual(new Map(again.objects), objects);
});

test('arrays of flwr are numbers, and numbers become the same arrays', () => {
  const record = inflateMessage(golden.message, objects).content.get('arrays');
  assert.ok(record?.kind === 'arrays');
  const weights = record.arrays.get('dense/weights')!;
  assert.deepEqual([...numbersOf('weights', weights, 5)], [-128, -1, 0, 1, 127]);
  assert.deepEqual({ ...arrayOf(Int8Array.of(-128, -1, 0, 1, 127)), data: null }, { ...weights, data: null });
  assert.deepEqual(Buffer.from(arrayOf(Int8Array.of(-128, -1, 0, 1, 127)).data), Buffer.from(weights.data));
  const bias = record.arrays.get('dense/bias')!;
  assert.deepEqual([...numbersOf('bias', bias, 2)], [0.5, -2.25]);
  assert.deepEqual(Buffer.from(arrayOf(Float32Array.of(0.5, -2.25)).data), Buffer.from(bias.data));
  assert.equal(failure(() => numbersOf('bias', bias, 3)).code, 'E_FLEET');
  assert.equal(failure(() => numbersOf('bias', { ...bias, stype: 'pickle' }, 2)).code, 'E_FLEET');
});

test('calls have the bytes that flwr gives them', () => {
  const { messages_list, message_object_trees } = decodeWire(
    'PullMessagesResponse',
    bytesOf('PullMessagesResponse'),
  );
  const node = { node_id: NODE };
  const push = { node, messages_list, message_object_trees, clientapp_runtime_list: [1.5] };
  const sent = {
    PushMessagesRequest: encodeWire('PushMessagesRequest', push),
    PullObjectRequest: encodeWire('PullObjectRequest', { node, run_id: RUN, object_id: golden.message }),
    ActivateNodeRequest: encodeWire('ActivateNodeRequest', {
      public_key: Buffer.from('key'),
      heartbeat_interval: 10,
    }),
    SendNodeHeartbeatRequest: encodeWire('SendNodeHeartbeatRequest', { node, heartbeat_interval: 10 }),
  };
  for (const [kind, bytes] of Object.entries(sent))
    assert.equal(Buffer.from(bytes).toString('hex'), Buffer.from(bytesOf(kind)).toString('hex'), kind);
});

test('answers of flwr are understood', () => {
  assert.equal(decodeWire('ActivateNodeResponse', bytesOf('ActivateNodeResponse')).node_id, NODE);
  const pushed = decodeWire('PushMessagesResponse', bytesOf('PushMessagesResponse'));
  assert.deepEqual(pushed.objects_to_push, [...objects.keys()]);
  assert.equal(pushed.session_id, 'abc');
  const pulled = decodeWire('PullObjectResponse', bytesOf('PullObjectResponse'));
  assert.ok(pulled.object_found && pulled.object_available);
  assert.deepEqual(Buffer.from(pulled.object_content), objects.get(golden.message));
});

test('damaged content is refused with one error, whatever byte is wrong', () => {
  const name = golden.message;
  for (const [id, bytes] of objects) {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x55;
      try {
        inflateMessage(name, new Map([...objects, [id, damaged]]));
      } catch (cause) {
        assert.equal((cause as { code?: string }).code, 'E_FLEET', `${id} at ${at}: ${String(cause)}`);
      }
    }
  }
  assert.equal(failure(() => inflateMessage(name, new Map())).code, 'E_FLEET');
  assert.equal(failure(() => decodeWire('PullMessagesResponse', Buffer.from('ff', 'hex'))).code, 'E_FLEET');
});

test('trees of content are bounded in depth, number and names', () => {
  const id = '0'.repeat(64);
  const deep = (levels: number): ObjectTree => ({
    object_id: id,
    children: levels === 0 ? [] : [deep(levels - 1)],
  });
  assert.equal(failure(() => namesIn(deep(6))).code, 'E_FLEET');
  const wide = { object_id: id, children: Array.from({ length: 5000 }, () => deep(0)) };
  assert.equal(failure(() => namesIn(wide)).code, 'E_FLEET');
  assert.equal(failure(() => namesIn({ object_id: '../x', children: [] })).code, 'E_FLEET');
});
