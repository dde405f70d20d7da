/**
 * The forward pass of a recurrent layer: the product with the input of all times at once, then time after time the product with the state and the
 * cell. Products are those of the method; cells compute in float32, and states are kept as their kernels on devices see them.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { seededRandom } from '../../numbers/random.ts';
import { UNARY } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Bias, Flow, Kept, Layer } from './arithmetic.ts';
import { open, pushMove } from './boxes.ts';
import type { CellParameters, Context, EmittedCell } from './context.ts';
import { arena, constant, type Emitter, push, state } from './emit.ts';
import { keptWeights, streamOf } from './first-weights.ts';
import { freshRecurrentBias, freshRecurrentWeights } from './initial.ts';
import { denseParams, type Unit } from './network.ts';
import { dataOf } from './parameters.ts';
import { GATES, type RecurrentSource, timeIn, timesOf } from './recurrence.ts';

/** All hidden states, [batch][times][directions][sequences][hidden], and what the directions leave for the backward pass. */
export function emitRecurrence(
  c: Context,
  unit: Unit,
  source: RecurrentSource,
): { readonly kept: Kept; readonly cells: readonly EmittedCell[] } {
  const directions = source.reverse.length;
  const size = c.batch * unit.positions * unit.channels;
  const made = source.reverse.map((_, direction) => emitCell(c, unit, source, direction));
  const [first] = made[0]!.hidden as [Kept, ...Kept[]];
  const data = arena(c.e, `${unit.output}/kept`, first.kind === 'codes' ? 'int8' : 'float32', size, 'saved');
  made.forEach(({ cell, hidden }, direction) => {
    cell.times.forEach(({ time }, i) => {
      const one = hidden[i]!;
      const from = timeIn(source, source.hidden, 0, { directions: 1, direction: 0 });
      const to = timeIn(source, source.hidden, time, { directions, direction });
      pushMove(c.e, unit.name, one.kind === 'codes' ? one.codes : one.data, data, c.batch, { from, to });
    });
  });
  const kept: Kept = first.kind === 'codes' ? { ...first, codes: data, size } : { kind: 'float', data, size };
  return { kept, cells: made.map(({ cell }) => cell) };
}

type Made = {
  readonly cell: EmittedCell;
  /** Hidden states, in the order of computation. */
  readonly hidden: readonly Kept[];
};

function emitCell(c: Context, unit: Unit, source: RecurrentSource, direction: number): Made {
  const { e, arithmetic, batch } = c;
  const { sequences, hidden } = source;
  const width = GATES[source.cell] * hidden;
  const { names, ofInput, ofState } = cellLayers(c, unit, source, direction);
  const sums = arithmetic.forward(e, ofInput, c.kept.get(source.x)!);
  e.roles.set(sums.data, 'saved');
  const size = batch * sequences * hidden;
  const first = (which: 'h' | 'c'): TensorId => {
    const data = arena(e, `${ofInput.name}/first-${which}`, 'float32', size, 'saved');
    const image = sequences * hidden;
    const numbers = source.initial[which].slice(direction * image, (direction + 1) * image);
    const from = { offset: 0, shape: [batch, image], strides: [0, 1] };
    const to = { offset: 0, shape: [batch, image], strides: [image, 1] };
    pushMove(e, unit.name, constant(e, `${ofInput.name}/first-${which}`, numbers), data, 1, { from, to });
    return data;
  };
  const keep = (data: TensorId): Kept => arithmetic.keepHidden(e, ofState.name, { data, size, extent: null });
  const firstH = first('h');
  let before: { readonly h: Kept; readonly kept: TensorId } = {
    h: keep(firstH),
    kept: source.cell === 'LSTM' ? first('c') : firstH,
  };
  const emitted = timesOf(source, direction).map((time) => {
    const now = timeOf(c, unit.name, source, sums.data, width, time);
    const ofNow = arithmetic.forward(e, ofState, before.h);
    const { h, kept, next } = stepCell(c, unit, source, now, ofNow, before.kept);
    e.roles.set(ofNow.data, 'saved');
    const at = { time, state: before.h, sums: ofNow.data, kept };
    before = { h: keep(h), kept: next };
    return { at, hidden: before.h };
  });
  return {
    cell: { names, ofInput, ofState, sums: sums.data, times: emitted.map(({ at }) => at) },
    hidden: emitted.map((one) => one.hidden),
  };
}

/** One time of the sums of the input, as a tensor of its own. */
export function timeOf(
  { e, batch }: Context,
  name: string,
  source: RecurrentSource,
  sums: TensorId,
  width: number,
  time: number,
): TensorId {
  const one = { directions: 1, direction: 0 };
  const now = arena(e, `${name}/now`, 'float32', batch * source.sequences * width);
  pushMove(e, name, sums, now, batch, {
    from: timeIn(source, width, time, one),
    to: timeIn(source, width, 0, one),
  });
  return now;
}

/** The hidden state of a time, what its gradient reads, and what the next time goes on from. */
function stepCell(
  { e, batch }: Context,
  { name }: Unit,
  { cell, sequences, hidden }: RecurrentSource,
  ofInput: TensorId,
  ofState: Flow,
  kept: TensorId,
): { readonly h: TensorId; readonly kept: TensorId; readonly next: TensorId } {
  const rows = batch * sequences;
  const size = rows * hidden;
  const h = arena(e, `${name}/hidden`, 'float32', size);
  if (cell === 'RNN') {
    const sum = arena(e, `${name}/sum`, 'float32', size, 'saved');
    const inputs = [ofInput, ofState.data];
    push(e, 'add_f32', name, { inputs, constants: [open(e, name)], outputs: [sum] }, { size });
    const constants = [noParameters(e, name)];
    push(e, 'unary_f32', name, { inputs: [sum], constants, outputs: [h] }, { size, function: UNARY.tanh });
    return { h, kept: sum, next: h };
  }
  const next = arena(e, `${name}/state`, 'float32', size, 'saved');
  const operands = { inputs: [ofInput, ofState.data, kept], outputs: [h, next] };
  push(e, 'recurrent_cell_f32', name, operands, { batch: rows, hidden, gates: GATES[cell] });
  return { h, kept, next };
}

/** Of functions that have none. */
export function noParameters(e: Emitter, name: string): TensorId {
  return constant(e, `${name}/parameters`, new Float32Array(2));
}

type CellLayers = { readonly names: CellParameters; readonly ofInput: Layer; readonly ofState: Layer };

/** Both products of a direction; the one with the state is that of one time. */
function cellLayers(c: Context, unit: Unit, source: RecurrentSource, direction: number): CellLayers {
  const { e, network, options, batch } = c;
  const { features, hidden, sequences, times } = source;
  const trained = c.trained.get(unit.name)!;
  if (trained.weights > 0 && trained.weights < 1) {
    throw new TinymlError('E_USAGE', 'a share of the channels can be trained of convolutions of one group', {
      at: `layer "${unit.name}"`,
      hint: 'give this layer "channels": 1, or leave it out',
    });
  }
  const { method, octo } = options;
  if (method === 'octo' && octo.faithful && octo.activations === 'affine') {
    throw new TinymlError('E_USAGE', 'recurrent layers are not trained with zero points dropped', {
      at: `layer "${unit.name}"`,
      hint: 'leave out --faithful, or give --activations symmetric',
    });
  }
  const rows = GATES[source.cell] * hidden;
  const own = direction === 0 ? unit.name : `${unit.name}/reverse`;
  const isFresh = options.init === 'random' && trained.weights > 0;
  const bias = (name: string, which: 0 | 1): Bias | null => {
    if (source.names.bias === '') return null;
    const start = (2 * direction + which) * rows;
    const given = dataOf(network.graph, source.names.bias).slice(start, start + rows);
    const values = isFresh && trained.bias ? freshRecurrentBias(source, which) : given;
    return { tensor: trained.bias ? state(e, name, values) : constant(e, name, values), size: rows };
  };
  const layer = (name: string, matrix: string, columns: number, lines: number, which: 0 | 1): Layer => {
    const start = direction * rows * columns;
    const given = dataOf(network.graph, matrix).slice(start, start + rows * columns);
    const random = seededRandom(streamOf(options.seed, name));
    const values = isFresh ? freshRecurrentWeights(hidden, given.length, random) : given;
    const store = keptWeights(c, name, values, rows, trained.weights > 0);
    return {
      name,
      params: { ...denseParams(lines, columns, rows), batch },
      transposed: false,
      weights: { name, rows, columns, ...store },
      bias: bias(`${name}/bias`, which),
    };
  };
  const ofInput = layer(own, source.names.weights, features, times * sequences, 0);
  const ofState = layer(`${own}/recurrent`, source.names.recurrent, hidden, sequences, 1);
  const weightsName = ({ name }: Layer): string | null => (trained.weights > 0 ? `${name}/weights` : null);
  const biasName = ({ name, bias: one }: Layer): string | null =>
    trained.bias && one !== null ? `${name}/bias` : null;
  return {
    names: {
      weights: weightsName(ofInput),
      recurrent: weightsName(ofState),
      bias: biasName(ofInput),
      recurrentBias: biasName(ofState),
    },
    ofInput,
    ofState,
  };
}
