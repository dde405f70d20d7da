/** Gradients from codes to codes, a pixel at a time. Law: the same bytes of everything else. */
import { CLIP_MODES } from '../../program/kernels/clip-range-f32.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import type { TensorId } from '../../program/types.ts';
import {
  type Added,
  type DeviceSteps,
  type Fusion,
  isOpen,
  type KernelStep,
  type Parts,
  partsOf,
  stepAt,
  type Uses,
} from './device-steps.ts';

/** What makes a gradient in numbers. */
type Source =
  | { readonly kind: 'conv'; readonly step: KernelStep<'conv2d_input_gradient_s8'>; readonly parts: Parts }
  | { readonly kind: 'pool'; readonly step: KernelStep<'avg_pool2d_gradient_f32'> };

type Made = {
  readonly source: Source;
  /** Scales of its codes: the quantiser of the gradient of the output, and one for all weights; none of a pool. */
  readonly scales: readonly TensorId[];
  /** Float32, and its extent where the step that made it saw it. */
  readonly data: TensorId;
  readonly extent: TensorId | null;
  /** Steps that make it. */
  readonly steps: readonly number[];
};

/** What then becomes of it, until it is codes. */
type Chain = {
  readonly mask: KernelStep<'masked_gradient_f32'> | null;
  readonly sums: KernelStep<'sum_rows_f32'> | null;
  readonly factors: KernelStep<'mul_f32'> | null;
  readonly clip: KernelStep<'clip_range_f32'>;
  readonly encode: KernelStep<'encode_s8'>;
  readonly steps: readonly number[];
};

/**
 * Two passes in the place of a gradient in numbers that becomes codes: one for its extent, one for its codes, each of which computes it anew. Where
 * numbers are added to others, products are added to these as they are made.
 */
export function gradientFusions(
  { program, forwardSteps }: DeviceSteps,
  uses: Uses,
  added: Added,
): readonly Fusion[] {
  return program.steps.flatMap((step, i) => {
    const made = i < forwardSteps ? null : madeAt(program, uses, step, i);
    if (made === null) return [];
    const chain = chainOf(program, uses, made);
    const fusion = chain === null ? addedTo(program, uses, made, i) : twoPasses(added, made, chain);
    return fusion === null ? [] : [fusion];
  });
}

function madeAt(program: Program, uses: Uses, step: Step, i: number): Made | null {
  if (step.kernel === 'avg_pool2d_gradient_f32') {
    return { source: { kind: 'pool', step }, scales: [], data: step.outputs[0]!, extent: null, steps: [i] };
  }
  if (step.kernel !== 'conv2d_input_gradient_s8') return null;
  const [codes, weights] = step.inputs as [TensorId, TensorId];
  const [sums] = step.outputs as [TensorId];
  const [reader, ...others] = uses.readers(sums);
  const rescaling = stepAt(program.steps, reader, 'rescale_s32');
  if (rescaling === null || others.length > 0) return null;
  const { perChannel, biasSize } = rescaling.params;
  if (perChannel !== 0 || biasSize !== 0 || program.tensors[codes]!.storage.kind !== 'arena') return null;
  const { inChannels, groups } = step.params;
  const [data, extent] = rescaling.outputs as [TensorId, TensorId];
  const parts = partsOf(program, uses, weights, inChannels / groups);
  const scales = rescaling.inputs.slice(1, 3);
  return { source: { kind: 'conv', step, parts }, scales, data, extent, steps: [i, reader!] };
}

/** Null where others need the numbers, or a clip looks at more than their extent. */
function chainOf(program: Program, uses: Uses, made: Made): Chain | null {
  const { steps } = program;
  const channels =
    made.source.kind === 'conv' ? made.source.step.params.inChannels : made.source.step.params.channels;
  const writers = uses.writers(made.data).filter((i) => !made.steps.includes(i));
  const mask = stepAt(steps, writers[0], 'masked_gradient_f32');
  if (writers.length > (mask === null ? 0 : 1)) return null;
  if (mask !== null && mask.params.channels !== channels) return null;
  const own = readersOf(program, uses, made.data);
  const sums = own.find('sum_rows_f32');
  if (sums !== null && sums.params.size !== channels) return null;
  const factors = own.find('mul_f32');
  if (factors !== null && !isPerChannel(program, factors, made.data, channels)) return null;
  const last = factors === null ? own : readersOf(program, uses, factors.outputs[0]!);
  const clip = last.find('clip_range_f32');
  const encode = last.find('encode_s8');
  const extent = last.find('extent_f32');
  if (clip === null || encode === null || !isPlain(program, clip, encode)) return null;
  const links = [mask, sums, factors, extent, clip, encode].filter((step) => step !== null);
  const among = new Set(links.map((step) => steps.indexOf(step)));
  const extents = [made.extent, mask?.outputs[1] ?? null].filter((id) => id !== null);
  const isOwn = (id: TensorId): boolean => uses.readers(id).every((i) => among.has(i));
  if (![made.data, ...extents, ...(factors?.outputs ?? []), ...(extent?.outputs ?? [])].every(isOwn))
    return null;
  return { mask, sums, factors, clip, encode, steps: [...among] };
}

type Readers = { readonly find: <K extends Step['kernel']>(kernel: K) => KernelStep<K> | null };

function readersOf({ steps }: Program, uses: Uses, id: TensorId): Readers {
  const own = uses.readers(id).map((i) => steps[i]!);
  return {
    find: <K extends Step['kernel']>(kernel: K) =>
      (own.find((step) => step.kernel === kernel) as KernelStep<K> | undefined) ?? null,
  };
}

/** A channel times a number of its own, and nothing else. */
function isPerChannel(
  program: Program,
  { inputs, constants, params }: KernelStep<'mul_f32'>,
  data: TensorId,
  channels: number,
): boolean {
  const isWhole = inputs[0] === data && params.channels === channels && params.repeat === params.outer;
  return isWhole && isOpen(program, constants[0]!);
}

/** A clip that needs the extent alone, and codes without bounds of numbers. */
function isPlain(
  program: Program,
  clip: KernelStep<'clip_range_f32'>,
  { params, constants }: KernelStep<'encode_s8'>,
): boolean {
  const { mode } = clip.params;
  const needsExtent = mode === CLIP_MODES.none || mode === CLIP_MODES.fixed;
  return needsExtent && params.low === -params.high && isOpen(program, constants[0]!);
}

/** Operands that a kernel does not read. */
type Unread = { readonly codes: TensorId; readonly numbers: TensorId };

function twoPasses(added: Added, made: Made, chain: Chain): Fusion {
  const { mask, sums, factors, clip, encode } = chain;
  const { source } = made;
  const extent = added.tensor(`${clip.name}/gradient-extent`, 'float32', 2, 'extent');
  const kept = added.tensor(`${clip.name}/gradient-sums`, 'int32', 1, 'gradient');
  const totals = sums?.outputs[0] ?? added.tensor(`${clip.name}/no-sums`, 'float32', 1, 'gradient');
  const flags = { masked: mask === null ? 0 : 1, scaled: factors === null ? 0 : 1 };
  const { high: limit, stochastic, stream } = encode.params;
  const inputs = passInputs(made, chain, {
    codes: added.unread(),
    numbers: made.scales[0] ?? source.step.inputs[0]!,
  });
  const ofCodes = [...inputs, ...encode.inputs.slice(1)];
  const first = { ...flags, summed: sums === null ? 0 : 1 };
  const second = { ...flags, limit, stochastic, stream };
  const own = { name: source.step.name, constants: [] };
  const params = { ...own, inputs, outputs: [extent, totals] };
  const codes = { ...own, inputs: ofCodes, outputs: encode.outputs };
  // The extent stands for the numbers, which a clip of this kind does not read.
  const range: Step = { ...clip, inputs: [extent, extent], params: { ...clip.params, size: 2 } };
  const passes = ((): readonly [Step, Step] => {
    if (source.kind === 'pool') {
      const shape = source.step.params;
      return [
        { ...params, kernel: 'avg_pool2d_gradient_extent_f32', params: { ...shape, ...first } },
        { ...codes, kernel: 'avg_pool2d_gradient_encode_f32', params: { ...shape, ...second } },
      ];
    }
    const { firstChannels, restChannels } = source.parts;
    const shape = { ...source.step.params, firstChannels, restChannels, kept: 0 };
    return [
      {
        ...params,
        kernel: 'conv2d_input_gradient_extent_s8',
        params: { ...shape, ...first },
        outputs: [...params.outputs, kept],
      },
      {
        ...codes,
        kernel: 'conv2d_input_gradient_encode_s8',
        params: { ...shape, ...second },
        inputs: [...ofCodes, kept],
      },
    ];
  })();
  return { steps: [...made.steps, ...chain.steps], made: [passes[0], range, passes[1]] };
}

/** What both passes read: the gradient with its weights, and what is done with a pixel. */
function passInputs({ source, scales }: Made, { mask, factors }: Chain, unread: Unread): readonly TensorId[] {
  const finish = [mask?.inputs[0] ?? unread.codes, factors?.inputs[1] ?? unread.numbers];
  return [...(source.kind === 'pool' ? [source.step.inputs[0]!] : products(source, scales)), ...finish];
}

function products(
  { step, parts }: Extract<Source, { kind: 'conv' }>,
  [quantizer, scale]: readonly TensorId[],
): readonly TensorId[] {
  return [step.inputs[0]!, quantizer!, parts.weights, parts.rest, scale!];
}

/** Numbers that are added to others as they are made, or to none, where that spares putting weights together. */
function addedTo(program: Program, uses: Uses, made: Made, i: number): Fusion | null {
  const { source, data, extent } = made;
  if (source.kind === 'pool' || uses.readers(extent!).length > 0) return null;
  const { firstChannels, restChannels } = source.parts;
  const readers = uses.readers(data);
  const sum = readers.length === 1 ? stepAt(program.steps, readers[0], 'add_f32') : null;
  const other = sum?.inputs.find((id) => id !== data) ?? null;
  const isPlain = uses.writers(data).length === 1 && sum !== null && isOpen(program, sum.constants[0]!);
  const adds = isPlain && other !== null && uses.writers(other).every((writer) => writer < i);
  if (!adds && restChannels === 0) return null;
  const { name, params } = source.step;
  const step: Step = {
    ...{ kernel: 'conv2d_input_gradient_add_s8', name, constants: [] },
    inputs: [adds ? other : made.scales[0]!, ...products(source, made.scales)],
    outputs: adds ? sum!.outputs : [data],
    params: { ...params, firstChannels, restChannels, adds: adds ? 1 : 0 },
  };
  return { steps: [...made.steps, ...(adds ? readers : [])], made: [step] };
}
