/**
 * Attention made ready to run row by row: queries are computed where they are used, and values lie with their tokens side by side, as
 * the kernel wants them, instead of being laid out anew for every block of queries.
 */
import { type AttentionS8, attentionRoom } from './kernels/attention-s8.ts';
import type { CopyS8 } from './kernels/copy-s8.ts';
import type { FullyConnectedS4 } from './kernels/fully-connected-s4.ts';
import type { FullyConnectedS8 } from './kernels/fully-connected-s8.ts';
import type { Step } from './kernels/index.ts';
import type { Program } from './program.ts';
import { ARENA, type ProgramTensor, type TensorId } from './types.ts';
import { withoutUnused } from './unused.ts';

/** Law: the same bytes. @returns the Program itself where there is nothing to be made ready */
export function queriesLast(program: Program): Program {
  return withQueriesLast(withProjectionsApart(program));
}

/**
 * One layer that makes queries, keys and values together, as those of a packed projection, becomes a layer for each: rows of its
 * weights are those of its channels.
 */
function withProjectionsApart(program: Program): Program {
  const tensors: ProgramTensor[] = [...program.tensors];
  const parts = new Map<Step, readonly Step[]>();
  for (const attention of program.steps) {
    if (attention.kernel !== 'attention_s8') continue;
    const [packed] = attention.inputs as readonly [TensorId];
    const readers = program.steps.filter(({ inputs }) => inputs.includes(packed));
    const [layer, ...others] = program.steps.filter(({ outputs }) => outputs.includes(packed));
    const isPort = [...program.inputs, ...program.outputs].some(({ tensor }) => tensor === packed);
    if (layer === undefined || others.length + readers.length > 1 || isPort) continue;
    if (layer.kernel !== 'fully_connected_s8' && layer.kernel !== 'fully_connected_s4') continue;
    const apart = projectionsApart(layer, attention, tensors);
    if (apart === null) continue;
    parts.set(layer, apart.layers);
    parts.set(attention, [apart.attention]);
  }
  const steps = program.steps.flatMap((step) => parts.get(step) ?? [step]);
  return parts.size === 0 ? program : withoutUnused({ ...program, tensors, steps }).program;
}

const OPERANDS = ['query', 'key', 'value'] as const;

type Projection = FullyConnectedS8 | FullyConnectedS4;

/** Elements that each constant has for an output feature; 0 where all share one. */
function sizesPerFeature({ kernel, params }: Projection): readonly number[] {
  const scales = [1, params.perChannel, params.perChannel];
  if (kernel === 'fully_connected_s8') return [params.inFeatures, ...scales];
  return [params.rowSize / 2, Math.ceil(params.rowSize / params.group), ...scales];
}

function withFeatures(
  layer: Projection,
  outFeatures: number,
  operands: Pick<Step, 'constants' | 'outputs'>,
): Projection {
  return layer.kernel === 'fully_connected_s8'
    ? { ...layer, ...operands, params: { ...layer.params, outFeatures } }
    : { ...layer, ...operands, params: { ...layer.params, outFeatures } };
}

/** Null where operands share channels. */
function projectionsApart(
  layer: Projection,
  attention: AttentionS8,
  tensors: ProgramTensor[],
): { readonly layers: readonly Projection[]; readonly attention: AttentionS8 } | null {
  const p = attention.params;
  const { rows, outFeatures } = layer.params;
  const sizes = sizesPerFeature(layer);
  const [packed] = layer.outputs;
  const operands = OPERANDS.map((name, k) => {
    const counts = [p.batch0, p.batch1, name === 'value' ? p.values : p.depth];
    const strides = [p[`${name}Batch0`], p[`${name}Batch1`], p[`${name}Channel`]];
    const first = p[`${name}Start`];
    const end = first + 1 + counts.reduce((sum, count, i) => sum + (count - 1) * strides[i]!, 0);
    const isByToken = p[`${name}Token`] === outFeatures && strides.every((stride) => stride >= 0);
    return { name, first, end, isHere: attention.inputs[k] === packed && isByToken && end <= outFeatures };
  });
  const areApart = operands.every((one) =>
    operands.every((other) => one === other || one.end <= other.first || other.end <= one.first),
  );
  if (!areApart || operands.some(({ isHere }) => !isHere)) return null;
  const { dtype, quant, name } = tensors[packed!]!;
  const made = operands.map(({ name: operand, first, end }) => {
    const slice = (id: TensorId, size: number): TensorId => {
      const whole = tensors[id]!;
      if (whole.storage.kind !== 'constant') return id;
      const data = whole.storage.data.slice(first * size, end * size);
      const shape = size === 1 ? [end - first] : [end - first, size];
      return tensors.push({ ...whole, shape, storage: { kind: 'constant', data } }) - 1;
    };
    const shape = [rows, end - first];
    const output = tensors.push({ name: `${name}_${operand}`, dtype, shape, quant, storage: ARENA }) - 1;
    return withFeatures(layer, end - first, {
      constants: layer.constants.map((id, k) => (sizes[k] === 0 ? id : slice(id, sizes[k]!))),
      outputs: [output],
    });
  });
  const places = Object.fromEntries(
    operands.flatMap(({ name: operand, first, end }) => [
      [`${operand}Start`, p[`${operand}Start`] - first],
      [`${operand}Token`, end - first],
    ]),
  );
  return {
    layers: made,
    attention: {
      ...attention,
      inputs: [...made.map(({ outputs }) => outputs[0]!), attention.inputs[3]!],
      params: { ...p, ...places },
    },
  };
}

function withQueriesLast(program: Program): Program {
  const tensors: ProgramTensor[] = [...program.tensors];
  const steps = [...program.steps];
  const ports = new Set([...program.inputs, ...program.outputs].map(({ tensor }) => tensor));
  const onlyReader = (id: TensorId, reader: Step): boolean =>
    !ports.has(id) &&
    tensors[id]!.storage.kind === 'arena' &&
    steps.every(({ inputs }) => !inputs.includes(id) || inputs === reader.inputs) &&
    reader.inputs.filter((input) => input === id).length === 1;
  const onlyWriter = (id: TensorId): Step | null => {
    const [writer, ...others] = steps.filter(({ outputs }) => outputs.includes(id));
    return writer === undefined || others.length > 0 ? null : writer;
  };
  for (const attention of program.steps) {
    if (attention.kernel !== 'attention_s8') continue;
    const [query, , value] = attention.inputs;
    const ofQueries = onlyWriter(query!);
    const isPlain = ofQueries?.inputs.every((id) => tensors[id]!.storage.kind !== 'state');
    if (ofQueries !== null && isPlain && onlyReader(query!, attention)) {
      steps.splice(steps.indexOf(ofQueries), 1);
      steps.splice(steps.indexOf(attention), 0, ofQueries);
    }
    const ofValues = onlyWriter(value!);
    const turned =
      ofValues !== null && onlyReader(value!, attention) ? valuesTurned(attention, tensors) : null;
    if (turned === null) continue;
    steps.splice(steps.indexOf(ofValues!) + 1, 0, turned.copy);
    steps[steps.indexOf(attention)] = turned.attention;
  }
  return steps.every((step, index) => step === program.steps[index])
    ? program
    : { ...program, tensors, steps };
}

/** [tokens][channels] copied to [channels][tokens], and the attention that reads those; null where values do not lie so. */
function valuesTurned(
  step: AttentionS8,
  tensors: ProgramTensor[],
): { readonly copy: CopyS8; readonly attention: AttentionS8 } | null {
  const { params: p } = step;
  const [query, key, value, mask] = step.inputs;
  const { name, dtype, shape, quant } = tensors[value!]!;
  const tokens = p.columns;
  const channels = shape.reduce((product, size) => product * size, 1) / tokens;
  const copyParams = {
    ...{ size0: 1, size1: 1, size2: tokens, size3: channels },
    ...{ inOffset: 0, inStride0: 0, inStride1: 0, inStride2: channels, inStride3: 1 },
    ...{ outOffset: 0, outStride0: 0, outStride1: 0, outStride2: 1, outStride3: tokens },
  };
  const walk = [p.valueStart, p.valueBatch0, p.valueBatch1, p.valueChannel];
  const last =
    p.valueStart +
    (p.batch0 - 1) * p.valueBatch0 +
    (p.batch1 - 1) * p.valueBatch1 +
    (p.values - 1) * p.valueChannel;
  const isByToken = p.valueToken === channels && walk.every((stride) => stride >= 0) && last < channels;
  if (!isByToken || channels === 1) return null;
  const across = tensors.push({ name, dtype, shape: [channels, tokens], quant, storage: ARENA }) - 1;
  const params = {
    ...p,
    valueStart: p.valueStart * tokens,
    valueBatch0: p.valueBatch0 * tokens,
    valueBatch1: p.valueBatch1 * tokens,
    valueChannel: p.valueChannel * tokens,
    valueToken: 1,
  };
  return {
    copy: {
      kernel: 'copy_s8',
      name: step.name,
      inputs: [value!],
      constants: [],
      outputs: [across],
      params: copyParams,
    },
    attention: {
      ...step,
      inputs: [query!, key!, across, mask!],
      params: { ...params, room: attentionRoom(params) },
    },
  };
}
