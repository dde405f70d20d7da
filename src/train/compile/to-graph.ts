/** The graph with what was learned: new constants, and, where codes were learned with, their scales. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { perTensor } from '../../graph/build.ts';
import { uniqueName } from '../../graph/rewrite.ts';
import type { Graph, Node, Quant, TypedArray } from '../../graph/types.ts';
import { regularise } from '../../passes/pipeline.ts';
import type { ProgramArray } from '../../program/types.ts';
import { ASYMMETRIC_INT8, rangeParameters, SYMMETRIC_INT8 } from '../../quantize/affine.ts';
import { applyQuantization } from '../../quantize/apply.ts';
import type { Range } from '../../quantize/observers/histogram.ts';
import { HIDDEN_STATE, planQuantization, TFLITE_INT8 } from '../../quantize/scheme.ts';
import type { OctoSettings } from '../options.ts';
import type { CellParameters, UnitParameters } from './context.ts';
import type { TrainProgram } from './differentiate.ts';
import { fixedScaleName } from './first-weights.ts';
import { learnedTerm } from './functions.ts';
import type { Network, Unit } from './network.ts';
import { rangeName } from './octo/arithmetic.ts';
import type { Compensation } from './octo/compensation.ts';
import { dataOf, normAffine, outChannelsOf, toOnnxOrder } from './parameters.ts';
import { isRecurrent, type RecurrentSource } from './recurrence.ts';
import { joinedChannels, type TrainedChannels } from './whole-weights.ts';

type State = ReadonlyMap<string, TypedArray>;

/** Constants of a graph that is being given new ones. */
type Edit = {
  readonly graph: Graph;
  readonly constants: Map<string, Graph['constants'] extends ReadonlyMap<string, infer T> ? T : never>;
  readonly values: Map<string, Graph['values'] extends ReadonlyMap<string, infer T> ? T : never>;
  readonly nodes: Map<Node, Node>;
};

/** The float graph with the learned parameters. LAC is part of the biases; what is per position, by its mean. */
export function learnedGraph(network: Network, train: TrainProgram, state: State): Graph {
  const { graph } = network;
  const edit: Edit = {
    graph,
    constants: new Map(graph.constants),
    values: new Map(graph.values),
    nodes: new Map(),
  };
  for (const unit of network.units) {
    const names = train.parameters.get(unit.name);
    if (names !== undefined) learnUnit(edit, unit, names, state, train);
  }
  const { constants, values, nodes } = edit;
  return { ...graph, constants, values, nodes: graph.nodes.map((node) => nodes.get(node) ?? node) };
}

function learnUnit(edit: Edit, unit: Unit, names: UnitParameters, state: State, train: TrainProgram): void {
  const { graph } = edit;
  const { source, norm } = unit;
  if (norm !== null) {
    const pairs = [
      [norm.gamma, names.gamma],
      [norm.beta, names.beta],
      [norm.mean, names.runningMean],
      [norm.variance, names.runningVariance],
    ] as const;
    for (const [constant, name] of pairs) {
      if (name !== null) setConstant(edit, constant, floats(state, name).slice());
    }
  }
  for (const [constant, name] of learnedConstants(unit, names)) {
    setConstant(edit, constant, floats(state, name).slice());
  }
  if (source.kind === 'recurrent') learnCells(edit, source, names.cells, state);
  const linear = 'linear' in source ? source.linear : null;
  const bias = linear?.bias ?? '';
  if (linear !== null && names.weights !== null) {
    const data = toOnnxOrder(learnedWeights(state, names.weights, frozenData(train, names)), linear.form);
    setConstant(edit, linear.weights, data);
  }
  const added = addedOf(names, outChannelsOf(unit), state);
  if (names.bias === null && added === null) return;
  const foldedNorm = norm !== null && names.gamma === null ? norm : null;
  if (foldedNorm !== null) {
    // The bias was trained behind the norm: it is the norm's shift.
    const { scale } = normAffine(graph, foldedNorm);
    const mean = dataOf(graph, foldedNorm.mean);
    const own = bias === '' ? null : dataOf(graph, bias);
    const total = biasOf(edit, unit, names, state);
    const beta = total.map(
      (value, c) => value + (added?.[c] ?? 0) - ((own?.[c] ?? 0) - mean[c]!) * scale[c]!,
    );
    setConstant(edit, foldedNorm.beta, beta);
    return;
  }
  const total = biasOf(edit, unit, names, state).map((value, c) => value + (added?.[c] ?? 0));
  if (bias !== '') setConstant(edit, bias, total);
  else addBias(edit, unit, total);
}

/** Matrices and biases of a recurrent layer, of all directions one after the other. */
function learnCells(
  edit: Edit,
  { names: { weights, recurrent, bias } }: RecurrentSource,
  cells: readonly CellParameters[],
  state: State,
): void {
  const set = (constant: string, parts: readonly (string | null)[]): void => {
    const known = parts.filter((name) => name !== null);
    if (known.length > 0)
      setConstant(edit, constant, joined(known.map((name) => learnedWeights(state, name))));
  };
  set(
    weights,
    cells.map((cell) => cell.weights),
  );
  set(
    recurrent,
    cells.flatMap((cell) => [cell.recurrent, cell.candidate]),
  );
  set(
    bias,
    cells.flatMap((cell) => [cell.bias, cell.recurrentBias, cell.candidateBias]),
  );
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const data = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    data.set(part, at);
    return at + part.length;
  }, 0);
  return data;
}

/** Constants of the model that a function learned, with the names under which they are kept. */
function learnedConstants(
  { source }: Unit,
  { weights, gamma, beta }: UnitParameters,
): readonly (readonly [constant: string, name: string])[] {
  const pairs =
    source.kind === 'normalise'
      ? [[source.names.gamma, gamma] as const, [source.names.beta, beta] as const]
      : source.kind === 'binary'
        ? [[learnedTerm(source)?.name ?? '', weights] as const]
        : source.kind === 'lookup'
          ? [[source.table, weights] as const]
          : [];
  return pairs.flatMap(([constant, name]) => (name === null ? [] : [[constant, name] as const]));
}

/** The bias of a layer as it was trained, or as it is. */
function biasOf(edit: Edit, unit: Unit, names: UnitParameters, state: State): Float32Array {
  if (names.bias !== null) return floats(state, names.bias).slice();
  const { source, norm } = unit;
  const channels = outChannelsOf(unit);
  if (source.kind !== 'conv' && source.kind !== 'convTranspose') return new Float32Array(channels);
  const own = source.linear.bias === '' ? new Float32Array(channels) : dataOf(edit.graph, source.linear.bias);
  if (norm === null || names.gamma !== null) return own.slice();
  const { scale, shift } = normAffine(edit.graph, norm);
  return shift.map((value, c) => value + own[c]! * scale[c]!);
}

type FrozenData = TrainedChannels & { readonly rest: ProgramArray };

/** What of the weights of a layer was not trained beside others that were. */
function frozenData({ program }: TrainProgram, { frozen }: UnitParameters): FrozenData | null {
  if (frozen === null) return null;
  const { storage } = program.tensors[frozen.rest]!;
  if (storage.kind !== 'constant') throw new TypeError('weights that are not trained are constants');
  return { ...frozen, rest: storage.data };
}

/** Weights in float32, wherever they were kept as codes. */
function learnedWeights(state: State, name: string, frozen: FrozenData | null = null): Float32Array {
  const trained = state.get(name)! as ProgramArray;
  const data = frozen === null ? trained : joinedChannels(trained, frozen.rest, frozen);
  if (data instanceof Float32Array) return data.slice();
  const scale = floats(state, fixedScaleName(name.slice(0, -WEIGHTS.length)));
  const columns = data.length / scale.length;
  return Float32Array.from(data as Int8Array, (code, i) => code * scale[Math.floor(i / columns)]!);
}

/** How names of weights end, behind that of their layer. */
const WEIGHTS = '/weights';

/** What the exported bias has beside that of the layer: LAC, less what the sums of training lack. */
function addedOf(
  { compensation, dropped }: UnitParameters,
  channels: number,
  state: State,
): Float32Array | null {
  const lac = compensation === null ? null : compensationOf(compensation, channels, state);
  if (dropped === null) return lac;
  return floats(state, dropped).map((lacking, c) => (lac?.[c] ?? 0) - lacking);
}

function compensationOf({ names }: Compensation, channels: number, state: State): Float32Array {
  const [alpha, mu, o] = [floats(state, names.alpha), floats(state, names.mu), floats(state, names.o)];
  const result = new Float32Array(channels);
  const positions = o.length / channels;
  for (let i = 0; i < o.length; i++) {
    result[i % channels]! += (alpha[i]! * mu[i]! + o[i]!) / positions;
  }
  return result;
}

function floats(state: State, name: string): Float32Array {
  const data = state.get(name);
  if (data instanceof Float32Array) return data;
  throw new TinymlError('E_INTERNAL', `training has no state "${name}"`);
}

function setConstant({ constants }: Edit, name: string, data: Float32Array): void {
  constants.set(name, { ...constants.get(name)!, data });
}

/** Gives a layer without a bias one. */
function addBias({ graph, constants, values, nodes }: Edit, unit: Unit, data: Float32Array): void {
  const node = graph.nodes.find(({ name }) => name === unit.name)!;
  const name = uniqueName(`${unit.name}_bias`, (taken) => values.has(taken));
  constants.set(name, { dtype: 'float32', shape: [data.length], data });
  values.set(name, { name, dtype: 'float32', shape: [data.length], quant: null });
  nodes.set(node, { ...node, inputs: [node.inputs[0]!, node.inputs[1]!, name] });
}

/**
 * The learned graph with the scales that were learned: no calibration. Codes are of 8 bits, whatever width they were
 * learned with; the range they cover is the learned one.
 * @param fixed ranges that were not learned
 * @throws TinymlError E_INTERNAL where a value has no range
 */
export function quantizedGraph(
  learned: Graph,
  state: State,
  settings: OctoSettings,
  fixed: ReadonlyMap<string, Range>,
): Graph {
  const graph = regularise(learned);
  const scheme = TFLITE_INT8;
  const plan = planQuantization(graph, scheme);
  const codes = settings.activations === 'affine' ? ASYMMETRIC_INT8 : SYMMETRIC_INT8;
  const activations = new Map<string, Quant>();
  const hidden = new Set(graph.nodes.filter(isRecurrent).flatMap(({ outputs }) => outputs.slice(0, 2)));
  const rangeOf = (value: string): Range | null => fixed.get(value) ?? learnedRange(state, value);
  for (const { members, observed, fixed: own } of plan.groups) {
    const range = unionOf(observed.map(rangeOf)) ?? unionOf(members.map(rangeOf));
    // Training keeps hidden states in codes of one scale.
    const known = own ?? (range === null && members.some((name) => hidden.has(name)) ? HIDDEN_STATE : null);
    if (range === null && known === null) {
      throw new TinymlError('E_INTERNAL', 'a value has no learned range', { at: `tensor "${members[0]}"` });
    }
    const quant = known ?? rangeParameters(range!, codes);
    for (const member of members) activations.set(member, perTensor(quant.scale, quant.zeroPoint));
  }
  return applyQuantization(graph, plan, {
    activations,
    inputMeans: null,
    weights: { kind: 'rounded', range: 'max', moments: null },
    io: 'int8',
  });
}

function learnedRange(state: State, value: string): Range | null {
  if (!state.has(rangeName(value))) return null;
  const [min, max] = floats(state, rangeName(value));
  return { min: min!, max: max! };
}

/** The range that holds those of all values that have one: parts of a Concat share a scale. */
function unionOf(ranges: readonly (Range | null)[]): Range | null {
  const known = ranges.filter((range) => range !== null);
  if (known.length === 0) return null;
  return { min: Math.min(...known.map(({ min }) => min)), max: Math.max(...known.map(({ max }) => max)) };
}
