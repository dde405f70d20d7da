import * as z from 'zod';
import { jetson } from './jetson-schema.ts';
import { common, source } from './schema-common.ts';

/**
 * Profiles: what a target has, and where each number comes from. One JSON file per microcontroller, host runtime or
 * Jetson module in `profiles/`; `profiles/schema.json` is made from this file.
 */

const bytes = z
  .int()
  .min(1024, { abort: true })
  .max(2 ** 32, { abort: true })
  .multipleOf(256)
  .describe('Size in bytes.');

const regionFields = {
  name: z.string().min(2).describe("Name in the vendor's documents, e.g. DTCM, AXI SRAM."),
  address: z
    .union(
      [
        z
          .string()
          .regex(/^0x[0-9A-Fa-f]{8}$/)
          .transform(Number),
        z
          .int()
          .min(0)
          .max(2 ** 32 - 1),
      ],
      'an address is written as 0x and eight hexadecimal digits',
    )
    .describe('First address, e.g. "0x20000000"; as a number where a program wrote it.'),
  bytes,
  note: z.string().min(4).optional().describe('What a user of the region must know.'),
  source,
};

const region = z.strictObject(regionFields).describe('One contiguous range of addresses.');

const flashRegion = z
  .strictObject({
    ...regionFields,
    waitStates: z
      .strictObject({
        count: z
          .int()
          .min(0)
          .max(31)
          .describe('Cycles of the core that a read which no buffer holds waits for.'),
        source,
      })
      .optional()
      .describe('At the highest clock of the core, where a document says so: times are estimated with them.'),
  })
  .describe('One contiguous range of addresses.');

export const CORE_NAMES = [
  'cortex-m0plus',
  'cortex-m3',
  'cortex-m4',
  'cortex-m7',
  'cortex-m23',
  'cortex-m33',
  'cortex-m55',
  'cortex-m85',
] as const;

const features = z.strictObject({
  dsp: z.boolean().describe('DSP extension (SMLAD and the like).'),
  mve: z.enum(['none', 'integer', 'float']).describe('Helium vector extension.'),
  fpu: z.enum(['none', 'single', 'double']).describe('Scalar floating point unit.'),
});

const FPU: Readonly<Record<(typeof CORE_NAMES)[number], readonly string[]>> = {
  'cortex-m0plus': ['none'],
  'cortex-m3': ['none'],
  'cortex-m4': ['none', 'single'],
  'cortex-m7': ['none', 'single', 'double'],
  'cortex-m23': ['none'],
  'cortex-m33': ['none', 'single'],
  'cortex-m55': ['none', 'double'],
  'cortex-m85': ['none', 'double'],
};

const cortexM = z
  .strictObject({
    kind: z.literal('cortex-m'),
    ...common,
    core: z.enum(CORE_NAMES).describe('The core that runs the model.'),
    features,
    clockHz: z.int().min(1_000_000).max(2_000_000_000).describe('Highest clock of the core, in Hz.'),
    ram: z.array(region).min(1).max(16),
    arena: z.string().describe('Name of the RAM region that holds the tensor arena unless told otherwise.'),
    flash: z.array(flashRegion).min(1).max(8).describe('Code and weights; the first holds the vectors.'),
    qemu: z
      .strictObject({ machine: z.string().min(3) })
      .optional()
      .describe('For emulated boards: the machine name of qemu-system-arm.'),
    sources: z.strictObject({
      core: source.describe('Supports core and features.'),
      clockHz: source,
    }),
  })
  .superRefine((profile, context) => {
    const fault = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const { core, features: has } = profile;
    if (!FPU[core].includes(has.fpu)) {
      fault(['features', 'fpu'], `${core} cannot have fpu "${has.fpu}"`);
    }
    const vector = core === 'cortex-m55' || core === 'cortex-m85';
    if (has.mve !== 'none' && !vector) fault(['features', 'mve'], `${core} has no MVE`);
    if (has.mve === 'float' && has.fpu === 'none') fault(['features', 'mve'], 'MVE float needs an FPU');
    const dsp = vector || core === 'cortex-m4' || core === 'cortex-m7';
    if (core !== 'cortex-m33' && has.dsp !== dsp) {
      fault(['features', 'dsp'], `${core} ${dsp ? 'always has' : 'never has'} the DSP extension`);
    }
    if (!profile.ram.some((one) => one.name === profile.arena)) {
      fault(['arena'], `no RAM region is called "${profile.arena}"`);
    }
    for (const [group, regions] of [['ram', profile.ram] as const, ['flash', profile.flash] as const]) {
      for (const [i, one] of regions.entries()) {
        if (one.address + one.bytes > 2 ** 32) fault([group, i], `${one.name} ends above 4 GiB`);
        if (regions.findIndex((other) => other.name === one.name) !== i) {
          fault([group, i, 'name'], `two regions are called "${one.name}"`);
        }
      }
    }
    const sorted = [...profile.ram, ...profile.flash].sort((a, b) => a.address - b.address);
    for (const [i, one] of sorted.entries()) {
      const next = sorted[i + 1];
      if (next !== undefined && one.address + one.bytes > next.address) {
        fault([], `${one.name} and ${next.name} overlap`);
      }
    }
  });

const host = z.strictObject({
  kind: z.literal('host'),
  ...common,
  runtime: z.enum(['onnxruntime']).describe('What runs the quantised ONNX file.'),
  architecture: z.enum(['x64']).describe('The processor it runs on.'),
  activations: z
    .enum(['int8', 'uint8'])
    .describe('Type of the codes of activations that the runtime computes with in integers.'),
  sources: z.strictObject({ activations: source }),
});

/** Checks a profile as written in JSON and turns its addresses into numbers. */
export const profileSchema = z.discriminatedUnion('kind', [cortexM, host, jetson]);

/** The schema as JSON Schema, for editors. */
export function profileJsonSchema(): object {
  return z.toJSONSchema(profileSchema, { io: 'input' });
}
