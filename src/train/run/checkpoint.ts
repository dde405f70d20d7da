import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { TinymlError } from '../../diagnostics/errors.ts';
import { type OpenFile, openRegularFile } from '../../diagnostics/read-file.ts';
import type { TypedArray } from '../../graph/types.ts';
import type { Position } from './batches.ts';
import type { History, Score } from './history.ts';

/** What a run must share with the checkpoint that it continues, by the name of the setting. */
export type Identity = Readonly<Record<string, string>>;

/** The weights and everything else that stays from step to step, by name. */
type TrainerState = ReadonlyMap<string, TypedArray>;

export type Best = { readonly epoch: number; readonly score: Score };

/** How far a run is. */
export type Progress = {
  /** Steps done. */
  readonly step: number;
  readonly position: Position;
  /** Sums over the batches of the epoch so far. */
  readonly sums: { readonly loss: number; readonly correct: number };
  /** Of the model that training goes on from; null without. */
  readonly before: Score | null;
  /** Of the epochs. */
  readonly best: Best | null;
  /** Epochs since the best one. */
  readonly sinceBest: number;
  readonly history: History;
};

export type Checkpoint = {
  readonly identity: Identity;
  /** Settings that may change from one part of a run to the next. */
  readonly settings: Identity;
  readonly progress: Progress;
  readonly last: TrainerState;
  /** Null where the last state is the best. */
  readonly best: TrainerState | null;
};

/**
 * The file: magic, version and length of the header (uint32, little-endian), the header (JSON), every array, in the byte
 * order of the machine, from the next multiple of 8 on, and the SHA-256 of all that. Format and limits are checked before
 * anything is allocated: the file may come from anywhere.
 */
const MAGIC = Buffer.from('TINYMLCK', 'latin1');
const VERSION = 2;
const PREFIX = MAGIC.length + 8;
const DIGEST = 32;
const MAX_HEADER = 2 ** 26;
const MAX_FILE = 2 ** 31 - 1;
const MAX_ARRAYS = 2 ** 17;

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

type ElementName = keyof typeof ARRAYS;

const count = z.int().min(0);
const number = z.number();
const score = z.strictObject({
  kind: z.enum(['accuracy', 'mean-squared-error']),
  value: number,
  samples: count,
});
const point = { step: count, loss: number, accuracy: number, learningRate: number };
const texts = z.record(z.string().max(256), z.string().max(65536));

const header = z.strictObject({
  identity: texts,
  settings: texts,
  progress: z.strictObject({
    step: count,
    position: z.strictObject({ epoch: count, batch: count }),
    sums: z.strictObject({ loss: number, correct: count }),
    before: score.nullable(),
    best: z.strictObject({ epoch: count, score }).nullable(),
    sinceBest: count,
    history: z.strictObject({
      epochs: z.array(
        z.strictObject({
          epoch: count,
          loss: number,
          accuracy: number.nullable(),
          validation: score.nullable(),
          learningRate: number,
          samplesPerSecond: number.nullable(),
        }),
      ),
      curve: z.strictObject({
        stride: z.int().min(1),
        points: z.array(z.strictObject(point)).max(4096),
        open: z.strictObject({ ...point, steps: count }),
      }),
      health: z.array(
        z.strictObject({
          step: count,
          layer: z.string(),
          saturation: number,
          zeros: number,
          cosine: number,
          lac: number.nullable(),
        }),
      ),
    }),
  }),
  arrays: z
    .array(
      z.strictObject({
        set: z.enum(['last', 'best']),
        name: z.string().max(4096),
        type: z.enum(Object.keys(ARRAYS) as [ElementName, ...ElementName[]]),
        length: z.int().min(0).max(MAX_FILE),
      }),
    )
    .max(MAX_ARRAYS),
});

type Header = z.infer<typeof header>;

/** The bytes of a checkpoint: the same for the same run at the same step, but for measured speeds. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { identity, settings, progress, last, best } = checkpoint;
  const listed = [...entriesOf('last', last), ...entriesOf('best', best ?? new Map())];
  const head: Header = {
    identity: { ...identity },
    settings: { ...settings },
    progress: structuredClone(progress) as Header['progress'],
    arrays: listed.map(({ set, name, values }) => ({
      set,
      name,
      type: typeOf(values),
      length: values.length,
    })),
  };
  const text = Buffer.from(JSON.stringify(head));
  const sizes = listed.map(({ values }) => values.byteLength);
  const offsets = offsetsOf(PREFIX + text.length, sizes);
  const bytes = new Uint8Array(offsets.end + DIGEST);
  if (text.length > MAX_HEADER || bytes.length > MAX_FILE) {
    throw new TinymlError('E_WRITE', `a checkpoint of ${bytes.length} bytes is too large`, {
      hint: 'Checkpoints have up to 2 GiB. Train without --checkpoint.',
    });
  }
  bytes.set(MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint32(MAGIC.length, VERSION, true);
  view.setUint32(MAGIC.length + 4, text.length, true);
  bytes.set(text, PREFIX);
  listed.forEach(({ values }, i) => {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offsets.starts[i]!);
  });
  bytes.set(digestOf(bytes.subarray(0, offsets.end)), offsets.end);
  return bytes;
}

/**
 * Reads a checkpoint.
 * @throws TinymlError E_FILE, E_CHECKPOINT for a file that is none, is damaged or truncated, or of another version
 */
export function readCheckpoint(path: string): Checkpoint {
  const file = openRegularFile(path);
  try {
    return decode(path, file);
  } finally {
    file.close();
  }
}

function decode(path: string, file: OpenFile): Checkpoint {
  const { size } = file;
  const prefix = readAt(path, file, 0, Math.min(size, PREFIX));
  if (prefix.length < PREFIX || !MAGIC.equals(prefix.subarray(0, MAGIC.length))) {
    throw fault(path, 'this is not a checkpoint', 'Give the file that --checkpoint wrote.');
  }
  const version = prefix.readUInt32LE(MAGIC.length);
  const headerBytes = prefix.readUInt32LE(MAGIC.length + 4);
  if (version !== VERSION) {
    throw fault(
      path,
      `a checkpoint of version ${version} is not read`,
      `This tinyml reads version ${VERSION}.`,
    );
  }
  if (headerBytes > MAX_HEADER || PREFIX + headerBytes + DIGEST > size || size > MAX_FILE)
    throw damaged(path);
  const head = parseHeader(path, readAt(path, file, PREFIX, headerBytes));
  const sizes = head.arrays.map(({ type, length }) => length * ARRAYS[type].BYTES_PER_ELEMENT);
  const { starts, end } = offsetsOf(PREFIX + headerBytes, sizes);
  if (end + DIGEST !== size) throw damaged(path);
  const bytes = readAt(path, file, 0, size);
  if (!digestOf(bytes.subarray(0, end)).equals(bytes.subarray(end))) throw damaged(path);

  const arrays = head.arrays.map(({ set, name, type }, i) => {
    const own = bytes.buffer.slice(bytes.byteOffset + starts[i]!, bytes.byteOffset + starts[i]! + sizes[i]!);
    return { set, name, values: new ARRAYS[type](own as ArrayBuffer) as TypedArray };
  });
  const setOf = (wanted: 'last' | 'best'): TrainerState =>
    new Map(arrays.filter(({ set }) => set === wanted).map(({ name, values }) => [name, values]));
  const best = setOf('best');
  return {
    identity: head.identity,
    settings: head.settings,
    progress: head.progress,
    last: setOf('last'),
    best: best.size === 0 ? null : best,
  };
}

/**
 * Reads the checkpoint that a run continues.
 * @returns also a warning for every setting that changed
 * @throws TinymlError E_FILE, E_CHECKPOINT
 */
export function continueFrom(
  path: string,
  identity: Identity,
  settings: Identity,
): { readonly saved: Checkpoint; readonly warnings: readonly string[] } {
  if (!existsSync(path)) {
    throw new TinymlError('E_FILE', 'there is no checkpoint to go on from', {
      at: path,
      hint: 'to begin, leave out --resume: the run then keeps its state in this file; to go on, give the file of the earlier run',
    });
  }
  const saved = readCheckpoint(path);
  checkIdentity(saved, identity, path);
  const changes = differences(saved.settings, settings);
  return {
    saved,
    warnings: changes.map((change) => `${change}: the result is not that of a run without interruption`),
  };
}

/**
 * Makes sure that a checkpoint is of this run.
 * @throws TinymlError E_CHECKPOINT naming everything that differs
 */
export function checkIdentity(checkpoint: Checkpoint, identity: Identity, path: string): void {
  const differing = differences(checkpoint.identity, identity);
  if (differing.length === 0) return;
  throw new TinymlError('E_CHECKPOINT', 'the checkpoint is of another run', {
    at: [path, ...differing],
    hint: 'Continue with the same model, data and settings, or start anew without --resume.',
  });
}

/** `lr: 0.1 there, 0.01 here` for every setting that differs. */
export function differences(there: Identity, here: Identity): readonly string[] {
  return [...new Set([...Object.keys(there), ...Object.keys(here)])]
    .filter((key) => there[key] !== here[key])
    .map((key) => `${key}: ${shown(there[key])} there, ${shown(here[key])} here`);
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  return value.length <= 60 ? value : `${value.slice(0, 57)}...`;
}

function entriesOf(
  set: 'last' | 'best',
  state: TrainerState,
): readonly { readonly set: 'last' | 'best'; readonly name: string; readonly values: TypedArray }[] {
  return [...state].map(([name, values]) => ({ set, name, values }));
}

function typeOf(values: TypedArray): ElementName {
  const found = (Object.keys(ARRAYS) as ElementName[]).find((name) => values instanceof ARRAYS[name]);
  if (found === undefined) throw new TinymlError('E_INTERNAL', 'an array of unknown type in the state');
  return found;
}

function offsetsOf(
  headerEnd: number,
  sizes: readonly number[],
): { readonly starts: readonly number[]; readonly end: number } {
  let end = headerEnd;
  const starts = sizes.map((size) => {
    const start = Math.ceil(end / 8) * 8;
    end = start + size;
    return start;
  });
  return { starts, end };
}

function parseHeader(path: string, bytes: Buffer): Header {
  try {
    return header.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw damaged(path);
  }
}

function readAt(path: string, file: OpenFile, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (file.readInto(bytes, offset) < length) throw damaged(path);
  return bytes;
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function damaged(path: string): TinymlError {
  return fault(path, 'the checkpoint is damaged or truncated', 'Start anew without --resume.');
}

function fault(path: string, message: string, hint: string): TinymlError {
  return new TinymlError('E_CHECKPOINT', message, { at: path, hint });
}
