/** Checks a manifest read from a folder, which may be anybody's. */
import * as z from 'zod';
import { preprocessSchema } from '../../../data/preprocess-schema.ts';
import { parseManifestJson } from '../../bundle-folder.ts';
import { MANIFEST_SCHEMA, type Manifest } from './manifest.ts';

const count = z.int().min(0);
const text = z.string().max(65536);
/** Inside the bundle: relative, forward slashes, no `..`, no leading dot or dash. */
const path = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const precision = z.enum(['int8', 'fp16', 'fp32']);
const portType = z.enum(['float32', 'int8', 'uint8', 'int32', 'int64', 'bool']);
const version = z.string().regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/);

const port = z.object({
  name: text,
  dtype: portType,
  bound: portType,
  shape: z.array(count).max(8),
  tied: text.nullable(),
});

const manifest = z
  .object({
    kind: z.literal('tensorrt'),
    schema: z.literal(MANIFEST_SCHEMA),
    tool: z.object({ name: z.literal('tinyml'), version: text }),
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,30}$/),
    model: z.object({ sha256, bound: z.record(text, z.array(z.number()).max(4096)).optional() }),
    target: z.object({
      profile: text,
      module: text,
      moduleIds: z.array(text).max(100),
      jetpack: text,
      l4t: text,
      tensorrt: z.object({ from: version, below: version }),
      cuda: text,
      powerMode: text,
      dlaCore: count.nullable(),
      workspaceBytes: count,
    }),
    precision,
    typing: z.enum(['weak', 'strong', 'cache']),
    engine: path,
    inputs: z.array(port).min(1).max(1000),
    outputs: z.array(port).min(1).max(1000),
    input: z.object({ preprocess: preprocessSchema.nullable(), labels: z.array(text).max(100_000), sha256 }),
    accuracy: z
      .object({ metric: text, float: z.number(), deployed: z.number().nullable(), samples: count })
      .nullable(),
    layers: z.array(z.object({ node: text, op: text, precision, reason: text.nullable() })).max(100_000),
    calibrated: z.array(text).max(100_000).nullable(),
    golden: z
      .array(
        z.object({
          name: z.string().regex(/^[a-z0-9]{1,40}$/),
          inputs: z.array(path),
          outputs: z.array(path),
          tolerances: z.array(z.number().min(0)),
        }),
      )
      .min(1)
      .max(1000),
    pass: z
      .object({
        networks: z.array(text).max(4),
        patches: count,
        cost: z.number().positive(),
        threshold: z.number().min(0).max(1),
      })
      .nullable(),
    files: z.array(z.object({ path, bytes: count, sha256 })).max(10_000),
  })
  .superRefine((value, context) => {
    const listed = new Set(value.files.map((file) => file.path));
    for (const { name, inputs, outputs, tolerances } of value.golden) {
      for (const missing of [...inputs, ...outputs].filter((file) => !listed.has(file))) {
        context.addIssue({ code: 'custom', path: ['files'], message: `"${missing}" is used but not listed` });
      }
      const fits = inputs.length === value.inputs.length && outputs.length === value.outputs.length;
      if (fits && tolerances.length === outputs.length) continue;
      context.addIssue({ code: 'custom', path: ['golden'], message: `"${name}" does not fit the model` });
    }
  });

/**
 * Parses and checks a manifest.
 * @throws TinymlError E_BUNDLE
 */
export function parseManifest(json: string): Manifest {
  return parseManifestJson(json, manifest);
}
