/** The forward pass of a unit as steps, and what it leaves for the backward pass. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { seededRandom } from '../../numbers/random.ts';
import { UNARY } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import { type Flow, type Kept, type Layer, ofBatch, type SavedInput } from './arithmetic.ts';
import { open, pushMove } from './boxes.ts';
import type { Context, EmittedNorm, EmittedUnit, UnitParameters } from './context.ts';
import { arena, columnsBox, constant, type Emitter, lengthOf, nextStream, push, state } from './emit.ts';
import { keptWeights, streamOf } from './first-weights.ts';
import { emitFixedConv, emitFixedUnit, fixedLayer } from './fixed-units.ts';
import { realData } from './float-arithmetic.ts';
import { emitFunction } from './function-forward.ts';
import { freshWeights } from './initial.ts';
import { isFunction, type LayerSource, type Norm, type Unit } from './network.ts';
import { watchRange } from './octo/arithmetic.ts';
import { compensate, pushZeroPointTerm } from './octo/compensation.ts';
import { dataOf, layerParameters, normAffine, outChannelsOf } from './parameters.ts';
import { emitRecurrence } from './recurrent-forward.ts';
import { pushTaps } from './taps-steps.ts';
import type { Trained } from './trained.ts';
import type { TrainedChannels } from './whole-weights.ts';

const UNBOUNDED = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

export function emitForward(c: Context, unit: Unit): EmittedUnit {
  const { e, arithmetic, kept, network, options } = c;
  if (unit.source.kind === 'maxPool') return emitMaxPool(c, unit, unit.source);
  if (unit.source.kind === 'move') return emitMove(c, unit, unit.source);
  if (unit.source.kind === 'taps' && unit.source.staysWithin) return emitTaps(c, unit, unit.source);
  if (unit.source.kind === 'recurrent') return emitRecurrent(c, unit, unit.source);
  if (unit.source.kind === 'patchMask') return emitMask(c, unit, unit.source);
  const fixed = emitFixed(c, unit);
  if (fixed !== null) return fixed;
  const made = emitSource(c, unit);
  const normed = made.norm === null ? null : emitNorm(c, unit, made.norm, made.flow);
  const flow = normed?.flow ?? made.flow;
  const isOutput = network.outputs.includes(unit.output);
  if (isOutput) {
    if (options.method !== 'float') watchRange(e, options.octo, unit.output, flow, unit.bounds);
  } else {
    kept.set(unit.output, arithmetic.keep(e, unit.output, flow, unit.bounds));
  }
  const { names, layer, saved } = made;
  return {
    unit,
    names: { ...names, ...(normed?.names ?? {}) },
    layer,
    saved,
    norm: normed?.norm ?? null,
    cells: [],
    sampled: null,
    flow: isOutput ? bounded(c, unit, flow) : null,
  };
}

/** A unit of which nothing is trained, from codes to codes of ranges that are fixed; null for others. */
function emitFixed(c: Context, unit: Unit): EmittedUnit | null {
  const { fixed, kept, network } = c;
  const { source, output } = unit;
  if (fixed === null || network.outputs.includes(output)) return null;
  const nothing = { names: NO_NAMES, layer: null, saved: null, norm: null, cells: [], sampled: null };
  if (isFunction(source) || source.kind !== 'conv') {
    const made = emitFixedUnit(c, fixed, unit);
    if (made === null) return null;
    kept.set(output, made);
    return { unit, ...nothing, flow: null };
  }
  const trained = c.trained.get(unit.name)!;
  if (trained.weights > 0 || trained.bias) return null;
  const { weights, bias, rows } = layerParameters(network.graph, unit, source.linear, trained);
  kept.set(output, emitFixedConv(c, fixed, unit, source, { weights, bias }));
  return { unit, ...nothing, layer: fixedLayer(c, { name: unit.name, source }, weights, rows), flow: null };
}

/** The outputs that the loss sees, inside the bounds of their activation. */
function bounded({ e }: Context, { name, bounds }: Unit, flow: Flow): Flow {
  if (bounds.min === UNBOUNDED.min && bounds.max === UNBOUNDED.max) return flow;
  const data = arena(e, `${name}/output`, 'float32', flow.size, 'saved');
  const limits = constant(e, `${name}/output-bounds`, Float32Array.of(bounds.min, bounds.max));
  const operands = { inputs: [flow.data], constants: [limits], outputs: [data] };
  push(e, 'clamp_f32', name, operands, { size: flow.size });
  return { data, size: flow.size, extent: null };
}

type Made = Pick<EmittedUnit, 'names' | 'layer' | 'saved'> & {
  readonly flow: Flow;
  readonly norm: Unit['norm'];
};

const NO_NAMES: UnitParameters = {
  weights: null,
  bias: null,
  gamma: null,
  beta: null,
  runningMean: null,
  runningVariance: null,
  compensation: null,
  cells: [],
  dropped: null,
  frozen: null,
};

function emitSource(c: Context, unit: Unit): Made {
  const { e, kept, batch } = c;
  const { source, name, norm } = unit;
  const nothing = { names: NO_NAMES, layer: null, saved: null, norm };
  if (isFunction(source)) {
    const { flow, names } = emitFunction(c, unit, source);
    return { ...nothing, names: { ...NO_NAMES, ...names }, flow };
  }
  switch (source.kind) {
    case 'conv':
    case 'convTranspose':
      return emitLayer(c, unit, source);
    case 'add': {
      const [a, b] = [kept.get(source.a)!, kept.get(source.b)!];
      const { size } = a;
      const data = arena(e, `${name}/sum`, 'float32', size);
      if (a.kind === 'codes' && b.kind === 'codes') {
        const extent = arena(e, `${name}/extent`, 'float32', 2, 'extent');
        const inputs = [a.codes, a.quantizer, b.codes, b.quantizer];
        push(e, 'add_codes_f32', name, { inputs, outputs: [data, extent] }, { size });
        return { ...nothing, flow: { data, size, extent } };
      }
      const inputs = [realData(e, name, a), realData(e, name, b)];
      push(e, 'add_f32', name, { inputs, constants: [open(e, name)], outputs: [data] }, { size });
      return { ...nothing, flow: { data, size, extent: null } };
    }
    case 'affine': {
      const x = kept.get(source.x)!;
      const { size } = x;
      const flow = { data: realData(e, name, x), size, extent: null };
      const scale = constant(e, `${name}/scale`, source.scale);
      const scaled = scaleChannels(e, name, flow, scale, source.scale.length, 'passing');
      const data = arena(e, `${name}/shifted`, 'float32', size);
      const operands = { inputs: [scaled.data, constant(e, `${name}/shift`, source.shift)], outputs: [data] };
      push(e, 'add_bias_f32', name, operands, { size, biasSize: source.shift.length });
      return { ...nothing, flow: { data, size, extent: null } };
    }
    case 'averagePool': {
      const size = batch * unit.channels * unit.positions;
      const data = arena(e, `${name}/mean`, 'float32', size);
      const inputs = [realData(e, name, kept.get(source.x)!)];
      push(e, 'avg_pool2d_f32', name, { inputs, outputs: [data] }, ofBatch(source.params, batch));
      return { ...nothing, flow: { data, size, extent: null } };
    }
    case 'taps': {
      const x = realData(e, name, kept.get(source.x)!);
      const size = batch * unit.channels * unit.positions;
      return { ...nothing, flow: { data: pushTaps(e, name, source, x, batch), size, extent: null } };
    }
    case 'value': {
      const x = kept.get(source.x)!;
      return { ...nothing, flow: { data: realData(e, name, x), size: x.size, extent: null } };
    }
    case 'channels': {
      const x = kept.get(source.x)!;
      const rows = batch * unit.positions;
      const data = arena(e, `${name}/channels`, 'float32', rows * source.count);
      const box = columnsBox(rows, source.count, x.size / rows, source.count);
      const operands = { inputs: [realData(e, name, x)], outputs: [data] };
      push(e, 'copy_f32', name, operands, { ...box, inOffset: source.first });
      return { ...nothing, flow: { data, size: rows * source.count, extent: null } };
    }
    case 'patchStatistics': {
      const size = batch * unit.channels * unit.positions;
      const data = arena(e, `${name}/statistics`, 'float32', size);
      const inputs = [source.x, source.reference].map((value) => realData(e, name, kept.get(value)!));
      const constants = [constant(e, `${name}/unit`, Float32Array.of(source.unit))];
      const params = { ...source.params, batch };
      push(e, 'patch_statistics_f32', name, { inputs, constants, outputs: [data] }, params);
      return { ...nothing, flow: { data, size, extent: null } };
    }
    case 'patchMix': {
      const x = kept.get(source.x)!;
      const data = arena(e, `${name}/mixed`, 'float32', x.size);
      const inputs = [source.x, source.reference, source.mask].map((value) =>
        realData(e, name, kept.get(value)!),
      );
      const params = { ...source.params, batch, inverted: source.inverted ? 1 : 0 };
      push(e, 'patch_mix_f32', name, { inputs, outputs: [data] }, params);
      return { ...nothing, flow: { data, size: x.size, extent: null } };
    }
    case 'maxPool':
    case 'move':
    case 'recurrent':
    case 'patchMask':
      throw new TypeError('a maximum, what is moved, hidden states and a mask are kept as they are');
  }
}

function emitLayer(c: Context, unit: Unit, source: LayerSource): Made {
  const { e, arithmetic, kept, network, options, batch } = c;
  const { name } = unit;
  const trained = c.trained.get(name)!;
  const parameters = layerParameters(network.graph, unit, source.linear, trained);
  const outChannels = outChannelsOf(unit);
  const random = seededRandom(streamOf(options.seed, name));
  const isTrained = trained.weights > 0;
  const isFresh = options.init === 'random' && isTrained;
  const values = isFresh ? freshWeights(source, parameters.weights.length, random) : parameters.weights;
  // A bias that is not trained, such as one before a batch norm, stays that of the model.
  const trainsBias = trained.bias && parameters.norm === null && parameters.bias !== null;
  const bias = isFresh && trainsBias ? new Float32Array(outChannels) : parameters.bias;
  const weightsName = `${name}/weights`;
  const { rows, columns } = parameters;
  const channels = trainedChannels(unit, source, trained);
  const weights: Layer['weights'] = { name, rows, columns, ...keptWeights(c, name, values, rows, channels) };
  const biasName = `${name}/bias`;
  const biasTensor =
    bias === null ? null : trainsBias ? state(e, biasName, bias) : constant(e, biasName, bias);

  const params = ofBatch(source.params, batch);
  const plain = biasTensor === null ? null : { tensor: biasTensor, size: outChannels };
  const x = kept.get(source.x)!;
  const lac = options.octo.lac.kind;
  // Inputs of transposed convolutions have no zero point to be tied to.
  const hasLac = lac !== 'off' && (lac !== 'tied' || source.kind === 'conv');
  const compensates = hasLac && (trained.weights > 0 || trained.bias);
  const compensation = compensates
    ? compensate(
        e,
        options.octo,
        { name, bias: plain, channels: outChannels, positions: unit.positions },
        x,
        weights,
        random,
      )
    : null;
  const layer: Layer = {
    name,
    params,
    transposed: source.kind === 'convTranspose',
    weights,
    bias: compensation?.bias ?? plain,
  };
  const flow = arithmetic.forward(e, layer, x);
  return {
    names: {
      ...NO_NAMES,
      dropped: emitDropped(c, layer, x, outChannels),
      frozen: weights.frozen,
      weights: isTrained ? weightsName : null,
      bias: trainsBias ? biasName : null,
      compensation: compensation?.parts ?? null,
    },
    layer,
    saved: channels === null ? null : savedInput(e, unit, x, channels),
    flow,
    norm: parameters.norm,
  };
}

/** Watches what the sums of the published code lack, for the exported model: its sums are exact. */
function emitDropped({ e, options }: Context, layer: Layer, x: Kept, channels: number): string | null {
  const { method, octo } = options;
  const drops = method === 'octo' && octo.faithful && octo.activations === 'affine' && !layer.transposed;
  if (!drops) return null;
  const { name, weights } = layer;
  const term = `${name}/dropped`;
  pushZeroPointTerm(e, octo, name, x, weights, state(e, term, new Float32Array(channels)));
  return term;
}

/** Input channels whose weights are trained; null where none are. @throws TinymlError E_USAGE */
function trainedChannels({ name }: Unit, source: LayerSource, trained: Trained): TrainedChannels | null {
  if (trained.weights === 0) return null;
  const all = source.params.inChannels;
  const channels = Math.max(1, Math.round(trained.weights * all));
  if (channels >= all) return { channels: all, all };
  if (source.kind === 'convTranspose' || source.params.groups !== 1) {
    throw new TinymlError('E_USAGE', 'a share of the channels can be trained of convolutions of one group', {
      at: `layer "${name}"`,
      hint: 'give this layer "channels": 1, or leave it out',
    });
  }
  return { channels, all };
}

/** What the gradient of the weights reads: the input, or the channels of it whose weights are trained. */
function savedInput(e: Emitter, unit: Unit, x: Kept, { channels, all }: TrainedChannels): SavedInput {
  if (channels >= all) return { x, channels: all };
  const positions = x.size / all;
  const kernel = x.kind === 'codes' ? 'copy_s8' : 'copy_f32';
  const from = x.kind === 'codes' ? x.codes : x.data;
  const part = arena(
    e,
    `${unit.name}/first-channels`,
    x.kind === 'codes' ? 'int8' : 'float32',
    positions * channels,
    'saved',
  );
  push(
    e,
    kernel,
    unit.name,
    { inputs: [from], outputs: [part] },
    columnsBox(positions, channels, all, channels),
  );
  const size = positions * channels;
  return {
    x: x.kind === 'codes' ? { ...x, codes: part, size } : { ...x, data: part, size },
    channels,
  };
}

type Normed = {
  readonly flow: Flow;
  readonly norm: EmittedNorm;
  readonly names: Partial<UnitParameters>;
};

function emitNorm(c: Context, unit: Unit, norm: Norm, x: Flow): Normed {
  const { weights, bias } = c.trained.get(unit.name)!;
  return weights > 0 ? emitBatchNorm(c, unit, norm, x) : emitFixedNorm(c, unit, norm, x, bias);
}

/** A norm whose gamma is not trained, and that has no layer whose weights it could be folded into. */
function emitFixedNorm(
  { e, network }: Context,
  { name, channels }: Unit,
  norm: Norm,
  x: Flow,
  trainsBias: boolean,
): Normed {
  const affine = normAffine(network.graph, norm);
  const biasName = `${name}/bias`;
  const scale = constant(e, `${name}/scale`, affine.scale);
  const shift = trainsBias ? state(e, biasName, affine.shift) : constant(e, biasName, affine.shift);
  const scaled = scaleChannels(e, name, x, scale, channels, 'passing');
  const data = arena(e, `${name}/normalised`, 'float32', x.size);
  const operands = { inputs: [scaled.data, shift], outputs: [data] };
  push(e, 'add_bias_f32', name, operands, { size: x.size, biasSize: channels });
  return {
    flow: { data, size: x.size, extent: null },
    norm: { kind: 'fixed', scale, shift },
    names: { bias: trainsBias ? biasName : null },
  };
}

/** Every channel times a number of its own. */
export function scaleChannels(
  e: Emitter,
  name: string,
  { data: x, size }: Flow,
  scale: TensorId,
  channels: number,
  role: 'passing' | 'gradient',
): Flow {
  const data = arena(e, `${name}/scaled`, 'float32', size, role);
  const rows = size / channels;
  const operands = { inputs: [x, scale], constants: [open(e, name)], outputs: [data] };
  push(e, 'mul_f32', name, operands, { outer: rows, channels, repeat: rows });
  return { data, size, extent: null };
}

/** Batch normalisation with the statistics of the batch; its input is kept for the gradient. */
function emitBatchNorm(c: Context, unit: Unit, norm: Norm, x: Flow): Normed {
  const { e, arithmetic, network, options } = c;
  const { name, channels } = unit;
  const fresh = options.init === 'random';
  const value = (constantName: string, first: number): Float32Array => {
    const data = dataOf(network.graph, constantName);
    return fresh ? new Float32Array(data.length).fill(first) : data.slice();
  };
  const kept = arithmetic.keep(e, `${name}/before-norm`, x, UNBOUNDED);
  const names = {
    gamma: `${name}/gamma`,
    beta: `${name}/beta`,
    runningMean: `${name}/running-mean`,
    runningVariance: `${name}/running-variance`,
  };
  const gamma = state(e, names.gamma, value(norm.gamma, 1));
  const trainsBeta = c.trained.get(name)!.bias;
  const beta = state(
    e,
    names.beta,
    trainsBeta ? value(norm.beta, 0) : dataOf(network.graph, norm.beta).slice(),
  );
  const mean = state(e, names.runningMean, value(norm.mean, 0));
  const variance = state(e, names.runningVariance, value(norm.variance, 1));
  const statistics = arena(e, `${name}/statistics`, 'float32', 2 * channels, 'saved');
  const extent = arena(e, `${name}/norm-extent`, 'float32', 2, 'extent');
  const data = arena(e, `${name}/normalised`, 'float32', x.size);
  push(
    e,
    'batch_norm_f32',
    name,
    {
      inputs: [x.data, gamma, beta],
      constants: [constant(e, `${name}/norm-settings`, Float32Array.of(norm.epsilon, norm.momentum))],
      outputs: [data, mean, variance, statistics, extent],
    },
    { rows: x.size / channels, channels },
  );
  return {
    flow: { data, size: x.size, extent },
    norm: { kind: 'batch', x: kept, statistics, gamma, beta },
    names,
  };
}

/** A maximum keeps the codes, and the quantiser, of its input. */
function emitMaxPool(
  c: Context,
  unit: Unit,
  source: Extract<Unit['source'], { kind: 'maxPool' }>,
): EmittedUnit {
  const { e, kept, batch } = c;
  const { name } = unit;
  const params = ofBatch(source.params, batch);
  return emitAsKept(c, unit, kept.get(source.x)!, (input) => {
    const x = source.isLeast ? pushMirrored(e, name, input) : input;
    const y = keptArena(c, unit, x);
    const operands = { inputs: [x], outputs: [y] };
    if (e.tensors[x]!.dtype === 'int8') {
      push(e, 'max_pool2d_s8', name, operands, { ...params, actMin: -128, actMax: 127 });
    } else {
      push(e, 'max_pool2d_f32', name, operands, params);
    }
    return source.isLeast ? pushMirrored(e, name, y) : y;
  });
}

/** Numbers, or codes, in the reverse of their order: the least of them become the greatest. */
export function pushMirrored(e: Emitter, name: string, x: TensorId): TensorId {
  const { dtype } = e.tensors[x]!;
  const size = lengthOf(e, x);
  const y = arena(e, `${name}/mirrored`, dtype, size);
  const operands = { inputs: [x], outputs: [y] };
  if (dtype === 'int8') {
    const table = Int8Array.from({ length: 256 }, (_, i) => 127 - i);
    push(e, 'lut_s8', name, { ...operands, constants: [constant(e, `${name}/complement`, table)] }, { size });
  } else {
    const constants = [constant(e, `${name}/parameters`, new Float32Array(2))];
    push(e, 'unary_f32', name, { ...operands, constants }, { size, function: UNARY.negate });
  }
  return y;
}

/** What is moved keeps its codes, and the quantiser of where it comes from. */
function emitMove(c: Context, unit: Unit, { x, from, to }: Extract<Unit['source'], { kind: 'move' }>) {
  return emitAsKept(c, unit, c.kept.get(x)!, (input) => {
    const output = keptArena(c, unit, input);
    pushMove(c.e, unit.name, input, output, c.batch, { from, to });
    return output;
  });
}

/** What is interpolated within a range keeps the quantiser of that range. */
function emitTaps(c: Context, unit: Unit, source: Extract<Unit['source'], { kind: 'taps' }>): EmittedUnit {
  return emitAsKept(c, unit, c.kept.get(source.x)!, (x) => pushTaps(c.e, unit.name, source, x, c.batch));
}

/** Hidden states are kept time by time, at a scale of their own. */
function emitRecurrent(
  c: Context,
  unit: Unit,
  source: Extract<Unit['source'], { kind: 'recurrent' }>,
): EmittedUnit {
  const { kept, lastCell, cells } = emitRecurrence(c, unit, source);
  c.kept.set(unit.output, kept);
  if (lastCell !== null) c.kept.set(source.lastCell, lastCell);
  const nothing = { layer: null, saved: null, norm: null, sampled: null };
  const names = { ...NO_NAMES, cells: cells.map((cell) => cell.names) };
  return { unit, ...nothing, names, cells, flow: outputFlow(c, unit, kept) };
}

/** The real numbers of an output that is kept as well. */
function outputFlow({ e, network }: Context, { name, output }: Unit, kept: Kept): Flow | null {
  if (!network.outputs.includes(output)) return null;
  return { data: realData(e, name, kept), size: kept.size, extent: null };
}

/** A tensor for the output of a unit, of the type of another. */
function keptArena({ e, batch }: Context, { output, channels, positions }: Unit, like: TensorId): TensorId {
  const { dtype } = e.tensors[like]!;
  return arena(e, `${output}/${dtype === 'int8' ? 'codes' : 'kept'}`, dtype, batch * channels * positions);
}

/** A value of the codes, or of the numbers, of the one that it is made of. */
function emitAsKept(c: Context, unit: Unit, x: Kept, make: (x: TensorId) => TensorId): EmittedUnit {
  const { e, kept, batch } = c;
  const size = batch * unit.channels * unit.positions;
  const y = ((): Kept => {
    const made = make(x.kind === 'codes' ? x.codes : x.data);
    e.roles.set(made, 'saved');
    return x.kind === 'codes' ? { ...x, codes: made, size } : { kind: 'float', data: made, size };
  })();
  kept.set(unit.output, y);
  const nothing = { names: NO_NAMES, layer: null, saved: null, norm: null, cells: [], sampled: null };
  return { unit, ...nothing, flow: outputFlow(c, unit, y) };
}

/** A mask is kept for what it mixes, and may be an output as well. */
function emitMask(
  { e, kept, random, options, network }: Context,
  unit: Unit,
  source: Extract<Unit['source'], { kind: 'patchMask' }>,
): EmittedUnit {
  const { name } = unit;
  const x = kept.get(source.x)!;
  const { size } = x;
  const [mask, share] = ['mask', 'share'].map((part) =>
    arena(e, `${name}/${part}`, 'float32', size, 'saved'),
  );
  const spread = arena(e, `${name}/spread`, 'float32', 1, 'saved');
  if (random.anneal === null)
    throw new TypeError(`a mask is trained by patch-contrast, not ${options.loss.kind}`);
  push(
    e,
    'patch_mask_f32',
    name,
    { inputs: [realData(e, name, x), random.key, random.anneal], outputs: [mask!, share!, spread] },
    { size, stream: nextStream(e), rule: MASK_RULES[source.rule], hard: source.hard ? 1 : 0 },
  );
  kept.set(unit.output, { kind: 'float', data: mask!, size });
  const nothing = { names: NO_NAMES, layer: null, saved: null, norm: null, cells: [] };
  const isOutput = network.outputs.includes(unit.output);
  const flow = isOutput ? { data: mask!, size, extent: null } : null;
  return { unit, ...nothing, sampled: { share: share!, spread }, flow };
}

/** Rules of masks as kernels number them. */
export const MASK_RULES = { sigmoid: 0, minmax: 1 } as const;
