/** Checks a manifest read from a folder, which may be anybody's. */
import * as z from 'zod';
import { preprocessSchema } from '../../data/preprocess-schema.ts';
import { CORE_NAMES } from '../../profiles/schema.ts';
import { parseManifestJson } from '../bundle-folder.ts';
import { MANIFEST_SCHEMA, type Manifest } from './manifest.ts';

const count = z.int().min(0);
const text = z.string().max(4096);
const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,30}$/);
const symbol = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/);
/** Inside the bundle: relative, forward slashes, no `..`, no leading dot or dash. */
const path = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Of an image, in pixels, as preprocessing bounds it; 0 for what is none. */
const side = z.int().min(0).max(16384);
const shape = z.array(count).max(8);

const dtype = z.enum(['int8', 'uint8', 'int16', 'int32', 'float32']);

const port = z.object({
  name: text,
  dtype,
  shape,
  onnxShape: shape,
  layout: shape,
  scale: z.number().nullable(),
  zeroPoint: z.int().nullable(),
  bytes: count,
  streamed: z
    .object({ rows: count, rowBytes: count, mostRows: count, rowsRead: count })
    .nullable()
    .default(null),
});

const raw = z.object({
  kind: z.enum(['rgb888', 'rgb565', 'gray8', 'pcm16', 'float', 'signal']),
  width: side,
  height: side,
  files: z.array(path).nullable(),
});

const input = z.object({
  preprocess: preprocessSchema.nullable(),
  labels: z.array(text),
  sha256,
  functions: z.array(symbol),
  scratchBytes: count.default(0),
  tableBytes: count.default(0),
});

const training = z.object({
  classes: z.int().min(1).nullable(),
  learningRate: z.number().min(0),
  macs: count,
  state: z
    .array(z.object({ name: text, dtype, offset: count, bytes: count, shared: z.boolean() }))
    .default([]),
  first: count,
  steps: z.array(z.object({ state: count, results: count })).min(1),
});

const memory = z.preprocess(
  renamed('lowerBoundBytes', 'livePeakBytes'),
  z.object({
    arenaBytes: count,
    stateBytes: count.default(0),
    tensorBytes: count,
    scratchBytes: count,
    livePeakBytes: count,
    peakStep: z.int().min(-1),
  }),
);

/** What older versions called something else, as it is called now. */
function renamed(old: string, name: string): (value: unknown) => unknown {
  return (value) => {
    if (typeof value !== 'object' || value === null || Object.hasOwn(value, name)) return value;
    const named = Object.entries(value).map(([key, own]) => [key === old ? name : key, own]);
    return Object.fromEntries(named);
  };
}

const manifest = z
  .object({
    schema: z.literal(MANIFEST_SCHEMA),
    tool: z.object({ name: z.literal('tinyml'), version: text }),
    name,
    model: z.object({ sha256, bound: z.record(text, z.array(z.number()).max(4096)).optional() }),
    profile: text,
    core: z.enum(CORE_NAMES),
    features: z.object({ dsp: z.boolean(), mve: z.boolean() }),
    clockHz: z.number().positive().nullable().default(null),
    waitStates: count.nullable().default(null),
    limits: z
      .object({ arenaIn: text, arenaBytes: count, ramBytes: count, flashBytes: count })
      .nullable()
      .default(null),
    library: z.enum(['builtin', 'cmsis-nn']),
    memory,
    flash: z.object({ weightsBytes: count }),
    input: input.nullable().default(null),
    inputs: z.array(port),
    outputs: z.array(port),
    steps: z.array(
      z.object({
        name: text,
        kernel: text,
        macs: count,
        instructions: count.nullable().default(null),
        loop: count.nullable().default(null),
      }),
    ),
    vectors: z
      .array(
        z.object({
          name: z.string().regex(/^[a-z0-9]{1,40}$/),
          pattern: z.enum(['zeros', 'ramp', 'noise', 'recorded']),
          starts: z.boolean().default(true),
          raw: raw.nullable().default(null),
          inputs: z.array(path),
          outputs: z.array(path),
          layers: z.array(count.nullable()),
        }),
      )
      .min(1),
    training: training.nullable().default(null),
    sources: z.array(path).min(1),
    files: z.array(z.object({ path, bytes: count, sha256 })),
  })
  .superRefine((value, context) => {
    const listed = new Set(value.files.map((file) => file.path));
    const used = [
      ...value.sources,
      ...value.vectors.flatMap(({ raw, inputs, outputs }) => [...(raw?.files ?? []), ...inputs, ...outputs]),
    ];
    for (const missing of used.filter((file) => !listed.has(file))) {
      context.addIssue({ code: 'custom', path: ['files'], message: `"${missing}" is used but not listed` });
    }
    for (const vector of value.vectors) {
      if (vector.outputs.length === value.outputs.length && vector.layers.length === value.steps.length)
        continue;
      context.addIssue({
        code: 'custom',
        path: ['vectors'],
        message: `"${vector.name}" does not fit the model`,
      });
    }
  });

/**
 * Parses and checks a manifest.
 * @throws TinymlError E_BUNDLE
 */
export function parseManifest(json: string): Manifest {
  return parseManifestJson(json, manifest);
}
