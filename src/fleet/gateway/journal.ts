/** What a gateway must not forget: its key, and what it was asked and has not answered. One small file, whole or as it was before. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { TinymlError } from '../../diagnostics/errors.ts';
import { readRegularFile } from '../../diagnostics/read-file.ts';
import { temporaryName } from '../../diagnostics/temporary-names.ts';
import { newKey, type Reply, type Task } from './client.ts';
import { type Content, deflateMessage, inflateMessage, OBJECT_LIMITS } from './objects.ts';
import type { Metadata } from './wire.ts';

export type Journal = {
  /** Private key, by which the server knows the node. */
  readonly key: string;
  readonly work:
    | { readonly kind: 'none' }
    | { readonly kind: 'task'; readonly task: Task }
    /** Done, and perhaps not told yet. */
    | {
        readonly kind: 'reply';
        readonly metadata: Metadata;
        readonly reply: Reply;
        /** Whether the server said that there will be no more. */
        readonly isLast: boolean;
      };
};

const identifier = z.string().regex(/^[0-9]{1,20}$/);
const metadata = z.object({
  run_id: identifier,
  message_id: z.string().max(64),
  src_node_id: identifier,
  dst_node_id: identifier,
  reply_to_message_id: z.string().max(64),
  group_id: z.string().max(1000),
  ttl: z.number(),
  message_type: z.string().max(1000),
  created_at: z.number(),
  src_task_id: identifier.optional(),
  dst_task_id: identifier.optional(),
});
const content = z.object({ name: z.string(), objects: z.record(z.string(), z.string()) });
const reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('content'), content, seconds: z.number() }),
  z.object({ kind: z.literal('error'), reason: z.string(), seconds: z.number() }),
]);
const schema = z.object({
  version: z.literal(1),
  key: z.string().max(4096),
  work: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('task'), metadata, content }),
    z.object({ kind: z.literal('reply'), metadata, reply, isLast: z.boolean() }),
  ]),
});

type Stored = z.infer<typeof schema>;
type StoredContent = z.infer<typeof content>;

/** @returns a new one with a new key where there is no file. @throws TinymlError E_FILE, E_FLEET for a file that is no journal */
export function readJournal(path: string): Journal {
  if (!existsSync(path)) return { key: newKey(), work: { kind: 'none' } };
  const bytes = readRegularFile(path, 2 * OBJECT_LIMITS.bytes, () => noJournal(path));
  try {
    const { key, work } = schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return { key, work: workOf(work) };
  } catch (cause) {
    throw noJournal(path, cause);
  }
}

/** Only its owner may read it: who has the key is the node. */
export function writeJournal(path: string, { key, work }: Journal): void {
  const stored: Stored = { version: 1, key, work: storedWork(work) };
  const beside = temporaryName(path, 'new');
  try {
    writeFileSync(beside, JSON.stringify(stored), { mode: 0o600, flush: true });
    renameSync(beside, path);
  } catch (cause) {
    throw new TinymlError('E_WRITE', 'the journal of the gateway cannot be written', {
      at: path,
      hint: 'give --journal a place that can be written',
      cause,
    });
  }
}

function workOf(work: Stored['work']): Journal['work'] {
  switch (work.kind) {
    case 'none':
      return work;
    case 'task':
      return {
        kind: 'task',
        task: { metadata: presentOnly(work.metadata), content: contentOf(work.content) },
      };
    case 'reply': {
      const { metadata, reply, isLast } = work;
      const done: Reply = reply.kind === 'content' ? { ...reply, content: contentOf(reply.content) } : reply;
      return { kind: 'reply', metadata: presentOnly(metadata), reply: done, isLast };
    }
  }
}

function presentOnly({ src_task_id, dst_task_id, ...rest }: z.infer<typeof metadata>): Metadata {
  return {
    ...rest,
    ...(src_task_id === undefined ? {} : { src_task_id }),
    ...(dst_task_id === undefined ? {} : { dst_task_id }),
  };
}

function storedWork(work: Journal['work']): Stored['work'] {
  switch (work.kind) {
    case 'none':
      return work;
    case 'task':
      return { kind: 'task', metadata: work.task.metadata, content: storedContent(work.task.content) };
    case 'reply': {
      const { metadata, reply, isLast } = work;
      const stored = reply.kind === 'content' ? { ...reply, content: storedContent(reply.content) } : reply;
      return { kind: 'reply', metadata, reply: stored, isLast };
    }
  }
}

/** No message: a shell for content, which the objects of Flower need. */
const SHELL: Metadata = {
  ...{ run_id: '0', message_id: '', src_node_id: '0', dst_node_id: '0', reply_to_message_id: '' },
  ...{ group_id: '', ttl: 0, message_type: '', created_at: 0 },
};

function storedContent(content: Content): StoredContent {
  const { objects, tree } = deflateMessage({ metadata: SHELL }, content);
  const entries = [...objects].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  return { name: tree.object_id, objects: Object.fromEntries(entries) };
}

function contentOf({ name, objects }: StoredContent): Content {
  const entries = Object.entries(objects).map(([id, text]) => [id, Buffer.from(text, 'base64')] as const);
  return inflateMessage(name, new Map(entries)).content;
}

function noJournal(path: string, cause?: unknown): TinymlError {
  return new TinymlError('E_FLEET', 'the file is no journal of a gateway, or it is damaged', {
    at: path,
    hint: 'remove it: the gateway then joins as another node',
    ...(cause === undefined ? {} : { cause }),
  });
}
