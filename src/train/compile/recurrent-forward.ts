/**
 * The forward pass of a recurrent layer: the product with the input of all times at once, then time after time the product with the state and the
 * cell. Products are those of the method; cells compute in float32, and states are kept as their kernels on devices see them.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Strided } from '../../lower/shared/views.ts';
import { seededRandom } from '../../numbers/random.ts';
import { UNARY } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Bias, Kept, Layer } from './arithmetic.ts';
import { filled, open, pushBinary, pushMove } from './boxes.ts';
import type { Context, EmittedCell } from './context.ts';
import { arena, constant, type Emitter, push, state } from './emit.ts';
import { keptWeights, streamOf } from './first-weights.ts';
import { realData } from './float-arithmetic.ts';
import { freshRecurrentBias, freshRecurrentWeights } from './initial.ts';
import { denseParams, type Unit } from './network.ts';
import { dataOf } from './parameters.ts';
import { GATES, type RecurrentSource, timeIn, timesOf } from './recurrence.ts';

/** All hidden states, [batch][times][directions][sequences][hidden], c after the last time, and what the directions leave for the backward pass. */
export function emitRecurrence(
  c: Context,
  unit: Unit,
  source: RecurrentSource,
): { readonly kept: Kept; readonly lastCell: Kept | null; readonly cells: readonly EmittedCell[] } {
  const { e, batch } = c;
  const directions = source.reverse.length;
  const size = batch * unit.positions * unit.channels;
  const made = source.reverse.map((_, direction) => emitCell(c, unit, source, direction));
  const [first] = made[0]!.hidden as [Kept, ...Kept[]];
  const data = arena(e, `${unit.output}/kept`, first.kind === 'codes' ? 'int8' : 'float32', size, 'saved');
  made.forEach(({ cell, hidden }, direction) => {
    cell.times.forEach(({ time }, i) => {
      const one = hidden[i]!;
      const from = timeIn(source, source.hidden, 0, ALONE);
      const to = timeIn(source, source.hidden, time, { directions, direction });
      pushMove(e, unit.name, one.kind === 'codes' ? one.codes : one.data, data, batch, { from, to });
    });
  });
  const kept: Kept = first.kind === 'codes' ? { ...first, codes: data, size } : { kind: 'float', data, size };
  const cells = made.map(({ cell }) => cell);
  if (source.lastCell === '') return { kept, lastCell: null, cells };
  const states = batch * directions * source.sequences * source.hidden;
  const last = arena(e, `${source.lastCell}/kept`, 'float32', states, 'saved');
  made.forEach(({ last: own }, direction) => {
    const from = timeIn(source, source.hidden, 0, ALONE);
    const to = timeIn(source, source.hidden, 0, { directions, direction });
    pushMove(e, unit.name, own, last, batch, { from, to });
  });
  return { kept, lastCell: { kind: 'float', data: last, size: states }, cells };
}

/** A sequence of one direction. */
export const ALONE = { directions: 1, direction: 0 } as const;

type Made = {
  readonly cell: EmittedCell;
  /** Hidden states, in the order of computation. */
  readonly hidden: readonly Kept[];
  /** What is kept after the last time: c of an LSTM. */
  readonly last: TensorId;
};

/** What goes from time to time. */
type Before = { readonly h: Kept; readonly kept: TensorId };

function emitCell(c: Context, unit: Unit, source: RecurrentSource, direction: number): Made {
  const { e, arithmetic, batch } = c;
  const width = GATES[source.cell] * source.hidden;
  const { names, ofInput, ofState, ofReset } = cellLayers(c, unit, source, direction);
  const sums = arithmetic.forward(e, ofInput, c.kept.get(source.x)!);
  e.roles.set(sums.data, 'saved');
  const size = batch * source.sequences * source.hidden;
  const keep = (data: TensorId): Kept => arithmetic.keepHidden(e, ofState.name, { data, size, extent: null });
  const firstH = firstState(c, ofInput.name, source, direction, 'h');
  let before: Before = {
    h: keep(firstH),
    kept: source.cell === 'LSTM' ? firstState(c, ofInput.name, source, direction, 'c') : firstH,
  };
  const emitted = timesOf(source, direction).map((time) => {
    const now = timeOf(c, unit.name, source, sums.data, width, time);
    const { sums: ofNow, reset } = stateSums(c, unit.name, source, { ofState, ofReset }, now, before);
    const { h, kept, next } = stepCell(c, unit, source, now, ofNow, before.kept);
    e.roles.set(ofNow, 'saved');
    const at = { time, state: before.h, sums: ofNow, kept, reset };
    before = { h: keep(h), kept: next };
    return { at, hidden: before.h };
  });
  return {
    cell: { names, ofInput, ofState, ofReset, sums: sums.data, times: emitted.map(({ at }) => at) },
    hidden: emitted.map((one) => one.hidden),
    last: before.kept,
  };
}

/** The state of a direction before its first time, [batch][sequences][hidden]. */
function firstState(
  { e, batch, kept }: Context,
  name: string,
  source: RecurrentSource,
  direction: number,
  which: 'h' | 'c',
): TensorId {
  const image = source.sequences * source.hidden;
  const data = arena(e, `${name}/first-${which}`, 'float32', batch * image, 'saved');
  const first = source.first[which];
  if (first.kind === 'value') {
    const from = timeIn(source, source.hidden, 0, { directions: source.reverse.length, direction });
    const to = timeIn(source, source.hidden, 0, ALONE);
    pushMove(e, name, realData(e, name, kept.get(first.value)!), data, batch, { from, to });
    return data;
  }
  const numbers = first.data.slice(direction * image, (direction + 1) * image);
  const from = { offset: 0, shape: [batch, image], strides: [0, 1] };
  const to = { offset: 0, shape: [batch, image], strides: [image, 1] };
  pushMove(e, name, constant(e, `${name}/first-${which}`, numbers), data, 1, { from, to });
  return data;
}

/** Sums of the state, [batch][sequences][gates * hidden]. */
function stateSums(
  c: Context,
  name: string,
  source: RecurrentSource,
  { ofState, ofReset }: { readonly ofState: Layer; readonly ofReset: Layer | null },
  ofInput: TensorId,
  before: Before,
): { readonly sums: TensorId; readonly reset: EmittedCell['times'][number]['reset'] } {
  const { e, arithmetic, batch } = c;
  const gates = arithmetic.forward(e, ofState, before.h).data;
  if (ofReset === null) return { sums: gates, reset: null };
  const { hidden } = source;
  const rows = batch * source.sequences;
  const size = rows * hidden;
  const sum = pushBinary(
    e,
    name,
    'add',
    [
      { tensor: ofInput, at: gateIn(rows, hidden, 3, 1) },
      { tensor: gates, at: gateIn(rows, hidden, 2, 1) },
    ],
    [rows, hidden],
  );
  const gate = arena(e, `${name}/reset`, 'float32', size, 'saved');
  const constants = [noParameters(e, name)];
  const operands = { inputs: [sum.data], constants, outputs: [gate] };
  push(e, 'unary_f32', name, operands, { size, function: UNARY.sigmoid });
  const whole = gateIn(rows, hidden, 1, 0);
  const product = pushBinary(
    e,
    name,
    'multiply',
    [
      { tensor: gate, at: whole },
      { tensor: before.kept, at: whole },
    ],
    [rows, hidden],
  );
  const state = arithmetic.keepHidden(e, ofReset.name, product);
  const candidate = arithmetic.forward(e, ofReset, state).data;
  const sums = filled(e, `${name}/state-sums`, 3 * size, OPEN, 'saved');
  const put = (from: TensorId, at: Strided, to: number): void =>
    pushMove(e, name, from, sums, 1, { from: at, to: gateIn(rows, hidden, 3, to) });
  put(gates, gateIn(rows, hidden, 2, 0), 0);
  put(candidate, whole, 2);
  return { sums, reset: { gate, state } };
}

/** A sum whose sigmoid is 1, beside any other: the gate of a cell lets through what was reset before. */
const OPEN = 2 ** 20;

/** One gate in rows of several. */
export function gateIn(rows: number, hidden: number, gates: number, gate: number): Strided {
  return { offset: gate * hidden, shape: [rows, hidden], strides: [gates * hidden, 1] };
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
  const now = arena(e, `${name}/now`, 'float32', batch * source.sequences * width);
  pushMove(e, name, sums, now, batch, {
    from: timeIn(source, width, time, ALONE),
    to: timeIn(source, width, 0, ALONE),
  });
  return now;
}

/** The hidden state of a time, what its gradient reads, and what the next time goes on from. */
function stepCell(
  { e, batch }: Context,
  { name }: Unit,
  { cell, sequences, hidden }: RecurrentSource,
  ofInput: TensorId,
  ofState: TensorId,
  kept: TensorId,
): { readonly h: TensorId; readonly kept: TensorId; readonly next: TensorId } {
  const rows = batch * sequences;
  const size = rows * hidden;
  const h = arena(e, `${name}/hidden`, 'float32', size);
  if (cell === 'RNN') {
    const sum = arena(e, `${name}/sum`, 'float32', size, 'saved');
    const inputs = [ofInput, ofState];
    push(e, 'add_f32', name, { inputs, constants: [open(e, name)], outputs: [sum] }, { size });
    const constants = [noParameters(e, name)];
    push(e, 'unary_f32', name, { inputs: [sum], constants, outputs: [h] }, { size, function: UNARY.tanh });
    return { h, kept: sum, next: h };
  }
  const next = arena(e, `${name}/state`, 'float32', size, 'saved');
  const operands = { inputs: [ofInput, ofState, kept], outputs: [h, next] };
  push(e, 'recurrent_cell_f32', name, operands, { batch: rows, hidden, gates: GATES[cell] });
  return { h, kept, next };
}

/** Of functions that have none. */
export function noParameters(e: Emitter, name: string): TensorId {
  return constant(e, `${name}/parameters`, new Float32Array(2));
}

type CellLayers = Pick<EmittedCell, 'names' | 'ofInput' | 'ofState' | 'ofReset'>;

/** The products of a direction; those with the state are of one time. */
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
  const all = GATES[source.cell] * hidden;
  const own = direction === 0 ? unit.name : `${unit.name}/reverse`;
  const isFresh = options.init === 'random' && trained.weights > 0;
  type Rows = { readonly from: number; readonly rows: number };
  const bias = (name: string, which: 0 | 1, { from, rows }: Rows): Bias | null => {
    if (source.names.bias === '') return null;
    const start = (2 * direction + which) * all;
    const given = dataOf(network.graph, source.names.bias).slice(start, start + all);
    const values = isFresh && trained.bias ? freshRecurrentBias(source, which) : given;
    const part = values.slice(from, from + rows);
    return { tensor: trained.bias ? state(e, name, part) : constant(e, name, part), size: rows };
  };
  const layer = (name: string, which: 0 | 1, { from, rows }: Rows): Layer => {
    const [matrix, columns, lines] =
      which === 0
        ? [source.names.weights, features, times * sequences]
        : [source.names.recurrent, hidden, sequences];
    const start = (direction * all + from) * columns;
    const given = dataOf(network.graph, matrix).slice(start, start + rows * columns);
    const random = seededRandom(streamOf(options.seed, name));
    const values = isFresh ? freshRecurrentWeights(hidden, given.length, random) : given;
    const channels = trained.weights > 0 ? { channels: columns, all: columns } : null;
    const store = keptWeights(c, name, values, rows, channels);
    return {
      name,
      params: { ...denseParams(lines, columns, rows), batch },
      transposed: false,
      weights: { name, rows, columns, ...store },
      bias: bias(`${name}/bias`, which, { from, rows }),
    };
  };
  const ofInput = layer(own, 0, { from: 0, rows: all });
  const reset = source.resetsState ? hidden : 0;
  const ofState = layer(`${own}/recurrent`, 1, { from: 0, rows: all - reset });
  const ofReset = reset === 0 ? null : layer(`${own}/candidate`, 1, { from: all - reset, rows: reset });
  const weightsName = (of: Layer | null): string | null =>
    trained.weights > 0 && of !== null ? `${of.name}/weights` : null;
  const biasName = (of: Layer | null): string | null =>
    trained.bias && of !== null && of.bias !== null ? `${of.name}/bias` : null;
  return {
    names: {
      weights: weightsName(ofInput),
      recurrent: weightsName(ofState),
      candidate: weightsName(ofReset),
      bias: biasName(ofInput),
      recurrentBias: biasName(ofState),
      candidateBias: biasName(ofReset),
    },
    ofInput,
    ofState,
    ofReset,
  };
}
