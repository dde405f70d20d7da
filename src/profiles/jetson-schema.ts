/** Profiles of Jetson modules, as they are written in JSON. */
import * as z from 'zod';
import { compareVersions } from './jetson.ts';
import { common, source } from './schema-common.ts';
import type { JetsonProfile } from './types.ts';

const version = z.string().regex(/^\d+(\.\d+)*$/, 'a version is numbers with dots between them');

const memoryBytes = z
  .int()
  .min(2 ** 28)
  .max(2 ** 40)
  .multipleOf(2 ** 20);

/** Compute capability times ten, by architecture. */
const SM = { maxwell: 53, pascal: 62, volta: 72, ampere: 87, blackwell: 110 } as const;

const gpu = z.strictObject({
  architecture: z.enum(['maxwell', 'pascal', 'volta', 'ampere', 'blackwell']),
  sm: z.int().describe('Compute capability times ten, e.g. 87.'),
  smCount: z.int().min(1).max(256).describe('Streaming multiprocessors.'),
});

const memory = z.strictObject({
  bytes: memoryBytes.describe('Shared by CPU and GPU.'),
  bandwidth: z.number().min(1e9).max(1e13).describe('Bytes a second.'),
});

const precisions = z.strictObject({
  fp16: z.boolean(),
  bf16: z.boolean(),
  int8: z.boolean(),
  int4: z.boolean(),
  fp8: z.boolean(),
  fp4: z.boolean(),
  sparse: z.boolean().describe('2:4 sparsity of weights.'),
});

const dla = z.strictObject({
  cores: z.int().min(1).max(4),
  version: z.literal([1, 2]),
  sramBytes: z.int().min(1024),
});

const powerMode = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Z0-9_]+$/)
    .describe('As nvpmodel names it; MODE_ in front of it is left out.'),
  watts: z.number().positive().nullable(),
  gpuHz: z
    .number()
    .min(1e7)
    .max(1e10)
    .nullable()
    .describe('Highest clock of the GPU; null where no document was found.'),
  smActive: z.int().min(1).nullable().describe('Streaming multiprocessors that are on; null for all.'),
  since: version.nullable().describe('Lowest JetPack that has it; null for all.'),
});

const software = z.strictObject({
  jetpack: version,
  l4t: z.string().min(2),
  tensorrt: version,
  cuda: version,
  ubuntu: version,
  python: version,
  gcc: version,
  dla: z.boolean().describe('Whether TensorRT of this JetPack builds for the DLA of this module.'),
  deepstream: version.nullable(),
});

const limits = z.strictObject({
  workspaceBytes: memoryBytes.describe('What the builder may use for tactics unless told otherwise.'),
  buildRamBytes: memoryBytes.describe('What a build can have of the memory.'),
});

const sources = z.strictObject({
  gpu: source,
  memory: source,
  precisions: source,
  dla: source,
  powerModes: source,
  software: source,
  limits: source,
});

export const jetson = z
  .strictObject({
    kind: z.literal('jetson'),
    ...common,
    moduleIds: z
      .array(z.string().regex(/^p\d{4}(-\d{4})?$/))
      .min(1)
      .describe('In the device tree or EEPROM.'),
    gpu,
    memory,
    precisions,
    dla: dla.nullable(),
    powerModes: z
      .array(powerMode)
      .min(1)
      .max(32)
      .describe('The first is what --power-mode is unless told otherwise.'),
    software: z
      .array(software)
      .min(1)
      .max(32)
      .describe('From old to new; the last is what --jetpack is unless told otherwise.'),
    limits,
    sources,
  })
  .superRefine((profile, context) =>
    checkJetson(profile, (path, message) => context.addIssue({ code: 'custom', path, message })),
  );

function checkJetson(
  profile: Omit<JetsonProfile, '$schema'>,
  fault: (path: (string | number)[], message: string) => void,
): void {
  const { gpu: has, precisions: can } = profile;
  if (has.sm !== SM[has.architecture]) {
    fault(['gpu', 'sm'], `${has.architecture} of a Jetson is sm_${SM[has.architecture]}`);
  }
  if (can.int8 && has.sm < 70) fault(['precisions', 'int8'], `sm_${has.sm} has no INT8`);
  for (const precision of ['bf16', 'int4', 'sparse'] as const) {
    if (can[precision] && has.sm < 80) fault(['precisions', precision], `sm_${has.sm} has no ${precision}`);
  }
  for (const precision of ['fp8', 'fp4'] as const) {
    if (can[precision] && has.sm < 100) fault(['precisions', precision], `sm_${has.sm} has no ${precision}`);
  }
  for (const [i, mode] of profile.powerModes.entries()) {
    if (profile.powerModes.findIndex(({ name }) => name === mode.name) !== i) {
      fault(['powerModes', i, 'name'], `two power modes are called "${mode.name}"`);
    }
    if (mode.smActive !== null && mode.smActive > has.smCount) {
      fault(['powerModes', i, 'smActive'], `the GPU has ${has.smCount} multiprocessors`);
    }
  }
  if (profile.powerModes[0]?.since !== null) {
    fault(['powerModes', 0, 'since'], 'the first power mode is the default: every JetPack has it');
  }
  for (const [i, one] of profile.software.entries()) {
    const before = profile.software[i - 1];
    if (before !== undefined && compareVersions(before.jetpack, one.jetpack) >= 0) {
      fault(['software', i, 'jetpack'], 'JetPacks go from old to new');
    }
    if (one.dla && profile.dla === null) fault(['software', i, 'dla'], 'the module has no DLA');
  }
  const { workspaceBytes, buildRamBytes } = profile.limits;
  if (workspaceBytes > buildRamBytes) fault(['limits', 'workspaceBytes'], 'more than buildRamBytes');
  if (buildRamBytes > profile.memory.bytes) fault(['limits', 'buildRamBytes'], 'more than the memory');
}
