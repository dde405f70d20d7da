/** What is simulated, as a JSON file says it: model, data, devices, strategies, limits. */
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { TinymlError } from '../../diagnostics/errors.ts';
import { checkJson, readJsonFile } from '../../diagnostics/json-file.ts';
import { PETREL } from '../strategies/petrel.ts';

const MAX_DEVICES = 10_000;

const file = z.string().min(1).max(4096);
const steps = z.int().min(1).max(100_000).describe('Training steps of a round.');
const rate = z.number().gt(0).max(100);
const bound = z.int().min(0).max(1_000_000);
const coding = z.enum(['float32', 'int8']);
const share = z.number().min(0).max(1);
const seconds = z.number().gt(0).max(1e9);
const bytesPerSecond = z.number().min(1).max(1e12);

const strategy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bsp'), steps }),
  z.strictObject({
    kind: z.literal('asp'),
    steps,
    rate: rate.default(1).describe('1: as many updates as there are devices move the model by their mean.'),
  }),
  z.strictObject({
    kind: z.literal('ssp'),
    steps,
    rate: rate.default(1),
    bound: bound.default(3).describe('Rounds that a device may be ahead of the slowest.'),
  }),
  z.strictObject({
    kind: z.literal('fedbuff'),
    steps,
    rate: rate.default(1),
    buffer: z.int().min(1).max(MAX_DEVICES).describe('Updates that make a model.'),
  }),
  z.strictObject({
    kind: z.literal('petrel'),
    steps,
    stretch: z
      .int()
      .min(1)
      .max(1000)
      .default(PETREL.stretch)
      .describe('So many times the steps of the slowest faster devices do at most, instead of waiting.'),
    bound: bound.default(PETREL.bound).describe('Models that may be made while a community is at a round.'),
    fading: share
      .default(PETREL.fading)
      .describe('An update that is s models behind counts 1 / (1 + s) ^ fading.'),
    reviewEvery: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(PETREL.reviewEvery)
      .describe('Rounds of communities after which the division is looked at again.'),
    hysteresis: z
      .number()
      .min(1)
      .max(100)
      .default(PETREL.hysteresis)
      .describe('A new division must make so many times the progress of the old one.'),
  }),
]);

const devices = z.strictObject({
  count: z.int().min(1).max(MAX_DEVICES).default(1),
  stepSeconds: seconds.describe('Of one training step.'),
  jitter: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe('Share by which the steps of a round take longer or shorter at most.'),
  up: bytesPerSecond.describe('Bytes a second to the server.'),
  down: bytesPerSecond.describe('Bytes a second from the server.'),
  latency: z.number().min(0).max(1e6).default(0).describe('Seconds of a message beside its bytes.'),
});

const schema = z.strictObject({
  $schema: z.string().optional(),
  model: file.describe('ONNX model.'),
  data: file.describe('Data set that is divided among the devices.'),
  eval: file.describe('Data set that models are measured on.'),
  split: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('iid') }),
      z.strictObject({ kind: z.literal('dirichlet'), alpha: z.number().min(0.001).max(1e6) }),
    ])
    .default({ kind: 'iid' }),
  training: z.strictObject({
    method: z.enum(['octo', 'float']).default('octo'),
    init: z.enum(['model', 'random']).default('model'),
    scheme: z
      .string()
      .regex(/^(full|bias|last:[1-9]\d{0,5})$/, 'no scheme: full, bias or last:<layers>')
      .default('full')
      .describe('Which parameters learn, and cross the links.'),
    classes: z
      .int()
      .min(2)
      .max(100_000)
      .nullable()
      .default(null)
      .describe('Classes of a new last layer; null keeps that of the model.'),
    batchSize: z.int().min(1).max(4096).default(16),
    rate: z.number().gt(0).max(1e6).describe('Learning rate of the devices.'),
  }),
  wire: z.strictObject({ up: coding.default('int8'), down: coding.default('float32') }).prefault({}),
  devices: z.array(devices).min(1).max(1000),
  strategies: z.array(strategy).min(1).max(32),
  target: share.nullable().default(null).describe('Accuracy that ends a run.'),
  limits: z.strictObject({
    seconds: seconds.describe('Virtual seconds.'),
    updates: z.int().min(1).max(10_000_000).default(100_000).describe('Of devices, all together.'),
    every: z.number().min(0).max(1e9).default(0).describe('Virtual seconds between two measurements.'),
  }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
});

export type FleetConfig = Readonly<Omit<z.infer<typeof schema>, '$schema'>>;

/**
 * Paths in it are relative to the file.
 * @throws TinymlError E_FILE; E_FLEET with places for what is no such file
 */
export function readFleet(path: string): FleetConfig {
  const { $schema: _, ...fleet } = checkJson(schema, readJsonFile(path, 'E_FLEET'), path, 'E_FLEET');
  const count = fleet.devices.reduce((sum, one) => sum + one.count, 0);
  if (count > MAX_DEVICES) {
    throw new TinymlError('E_FLEET', `a fleet of ${count} devices is too large`, {
      at: `${path}: devices`,
      hint: `At most ${MAX_DEVICES} are simulated.`,
    });
  }
  const at = (name: string): string => resolve(dirname(path), name);
  return { ...fleet, model: at(fleet.model), data: at(fleet.data), eval: at(fleet.eval) };
}
