/**
 * Back through time: gradients of the sums of each time, from the last computed to the first, then those of weights and biases from all times at
 * once, as if each time were a row of a dense layer.
 */
import type { Strided } from '../../lower/shared/views.ts';
import { UNARY } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow, Kept, Layer, LayerGradients } from './arithmetic.ts';
import { filled, numberOperand, type Operand, open, pushBinary, pushMove } from './boxes.ts';
import type { Context, EmittedCell, EmittedUnit } from './context.ts';
import { arena, push } from './emit.ts';
import { denseParams } from './network.ts';
import { GATES, type RecurrentSource, timeIn } from './recurrence.ts';
import { ALONE, gateIn, noParameters, timeOf } from './recurrent-forward.ts';
import { updateLayerWeights } from './updates.ts';

/** Gradients of what a layer gives. */
type Incoming = {
  readonly ofHidden: Flow;
  /** Of c after the last time; null where nothing reads it. */
  readonly ofLastCell: Flow | null;
};

/** @param give takes the gradient of a value, of the input once for each direction */
export function throughRecurrence(
  c: Context,
  { unit, cells }: EmittedUnit,
  source: RecurrentSource,
  incoming: Incoming,
  give: (value: string, flow: Flow) => void,
): void {
  const states = source.reverse.length * c.batch * source.sequences * source.hidden;
  const firsts = (['h', 'c'] as const).map((which) => {
    const first = source.first[which];
    if (first.kind === 'constant' || !c.needsGradient.has(first.value)) return null;
    const data = arena(c.e, `${unit.name}/first-${which}-gradient`, 'float32', states, 'gradient');
    return { value: first.value, flow: { data, size: states, extent: null } };
  });
  cells.forEach((cell, direction) => {
    const { inputs, products, first } = throughTimes(
      c,
      unit.name,
      source,
      cell,
      direction,
      incoming,
      firsts[0] !== null,
    );
    const needsInput = c.needsGradient.has(source.x);
    const x = c.kept.get(source.x)!;
    const { names, ofInput } = cell;
    const { input } = throughProduct(
      c,
      ofInput,
      inputs,
      x,
      names.weights !== null,
      names.bias !== null,
      needsInput,
    );
    for (const { layer, gradient, states: read, weights, bias } of products) {
      if (weights === null && bias === null) continue;
      const all = { ...layer, params: allTimes(source, layer, c.batch) };
      const before = weights === null ? null : inTimes(c, unit.name, source, cell, read);
      throughProduct(c, all, gradient, before, weights !== null, bias !== null, false);
    }
    firsts.forEach((one, i) => {
      const from = timeIn(source, source.hidden, 0, ALONE);
      const to = timeIn(source, source.hidden, 0, { directions: source.reverse.length, direction });
      if (one !== null) pushMove(c.e, unit.name, first[i]!, one.flow.data, c.batch, { from, to });
    });
    if (input !== null) give(source.x, input);
  });
  for (const one of firsts) if (one !== null) give(one.value, one.flow);
}

function allTimes({ times, sequences, hidden }: RecurrentSource, { weights }: Layer, batch: number) {
  return { ...denseParams(times * sequences, hidden, weights.rows), batch };
}

/** Gradients of a product of all times, and the updates that follow. */
function throughProduct(
  { e, arithmetic, updates, options }: Context,
  layer: Layer,
  g: Flow,
  x: Kept | null,
  trainsWeights: boolean,
  trainsBias: boolean,
  needsInput: boolean,
): LayerGradients {
  const saved = trainsWeights && x !== null ? { x, channels: layer.params.inChannels } : null;
  if (!needsInput && saved === null && !trainsBias) return { input: null, weights: null, bias: null };
  const gradients = arithmetic.backward(e, layer, g, { input: needsInput, weights: saved, bias: trainsBias });
  if (gradients.weights !== null) {
    updateLayerWeights(e, updates, layer, options.octo.bitsWeights, gradients.weights);
  }
  if (trainsBias) updates.float(e, `${layer.name}/bias`, layer.bias!.tensor, gradients.bias!);
  return gradients;
}

/** A product with the state, of all times. */
type StateProduct = {
  readonly layer: Layer;
  /** Of its sums, [batch][times][sequences][rows]. */
  readonly gradient: Flow;
  /** What it read, in the order of computation. */
  readonly states: readonly Kept[];
  /** Names of what is trained of it. */
  readonly weights: string | null;
  readonly bias: string | null;
};

type ThroughTimes = {
  /** Of the sums of the input, [batch][times][sequences][gates * hidden]. */
  readonly inputs: Flow;
  readonly products: readonly StateProduct[];
  /** Of h and c before the first time; that of h where it is asked for. */
  readonly first: readonly [h: TensorId | null, c: TensorId | null];
};

function throughTimes(
  c: Context,
  name: string,
  source: RecurrentSource,
  cell: EmittedCell,
  direction: number,
  { ofHidden, ofLastCell }: Incoming,
  needsFirst: boolean,
): ThroughTimes {
  const { e, arithmetic, batch } = c;
  const { sequences, hidden, times, reverse } = source;
  const { names, ofState, ofReset } = cell;
  const width = GATES[source.cell] * hidden;
  const rows = batch * sequences;
  const sumsOf = (which: string, columns: number): Flow => {
    const size = batch * times * sequences * columns;
    const data = arena(e, `${name}/${which}-sums-gradient`, 'float32', size, 'gradient');
    return { data, size, extent: null };
  };
  const inputs = sumsOf('input', width);
  const states = sumsOf('state', ofState.weights.rows);
  const resets = ofReset === null ? null : sumsOf('reset', hidden);
  const place = { directions: reverse.length, direction };
  const carried = ((): TensorId | null => {
    if (source.cell === 'RNN') return null;
    if (ofLastCell === null) return filled(e, `${name}/carried`, rows * hidden, 0, 'gradient');
    const own = arena(e, `${name}/carried`, 'float32', rows * hidden, 'gradient');
    const from = timeIn(source, hidden, 0, place);
    pushMove(e, name, ofLastCell.data, own, batch, { from, to: timeIn(source, hidden, 0, ALONE) });
    return own;
  })();
  /** What comes back to the state from the time after. */
  let later: readonly TensorId[] = [];
  const put = (from: TensorId, to: Flow, columns: number, time: number): void =>
    pushMove(e, name, from, to.data, batch, {
      from: timeIn(source, columns, 0, ALONE),
      to: timeIn(source, columns, time, ALONE),
    });
  const sumOf = (parts: readonly TensorId[]): TensorId =>
    parts.reduce((sum, part) => added(c, name, sum, part, rows * hidden));
  for (const { time, sums, kept, reset } of [...cell.times].reverse()) {
    const own = arena(e, `${name}/time-gradient`, 'float32', rows * hidden, 'gradient');
    pushMove(e, name, ofHidden.data, own, batch, {
      from: timeIn(source, hidden, time, place),
      to: timeIn(source, hidden, 0, ALONE),
    });
    const [ofInput, all] = throughCell(c, name, source, sumOf([own, ...later]), carried, kept, () => [
      timeOf(c, name, source, cell.sums, width, time),
      sums,
    ]);
    const through =
      ofReset === null || reset === null
        ? null
        : throughReset(c, name, { rows, hidden }, ofReset, reset, kept, { ofInput, ofState: all });
    const gradient = through?.ofGates ?? all;
    if (through !== null) put(through.ofCandidate, resets!, hidden, time);
    put(ofInput, inputs, width, time);
    put(gradient, states, ofState.weights.rows, time);
    if (time === cell.times[0]!.time && !needsFirst) break;
    const flow = { data: gradient, size: rows * ofState.weights.rows, extent: null };
    const back = arithmetic.backward(e, ofState, flow, { input: true, weights: null, bias: false }).input!;
    const past = source.cell === 'GRU' ? [carried!] : [];
    later = [back.data, ...past, ...(through === null ? [] : [through.ofState])];
  }
  const read = cell.times.map(({ state }) => state);
  const ofStates = {
    layer: ofState,
    gradient: states,
    states: read,
    weights: names.recurrent,
    bias: names.recurrentBias,
  };
  const ofResets =
    ofReset === null
      ? []
      : [
          {
            layer: ofReset,
            gradient: resets!,
            states: cell.times.map((one) => one.reset!.state),
            weights: names.candidate,
            bias: names.candidateBias,
          },
        ];
  return {
    inputs,
    products: [ofStates, ...ofResets],
    first: [needsFirst ? sumOf(later) : null, source.cell === 'LSTM' ? carried : null],
  };
}

/**
 * Back through the product with a state that was reset, and through what reset it, whose gradient is put into that of the sums of the input.
 * @returns gradients of the sums of the two gates that come of the state, of the sums of the candidate, and of the state where it is reset
 */
function throughReset(
  { e, arithmetic }: Context,
  name: string,
  { rows, hidden }: { readonly rows: number; readonly hidden: number },
  layer: Layer,
  { gate }: NonNullable<EmittedCell['times'][number]['reset']>,
  kept: TensorId,
  { ofInput, ofState }: { readonly ofInput: TensorId; readonly ofState: TensorId },
): { readonly ofGates: TensorId; readonly ofCandidate: TensorId; readonly ofState: TensorId } {
  const size = rows * hidden;
  const whole = gateIn(rows, hidden, 1, 0);
  const made = (which: string, length: number): TensorId =>
    arena(e, `${name}/${which}-gradient`, 'float32', length, 'gradient');
  const move = (x: TensorId, from: Strided, y: TensorId, to: Strided): void =>
    pushMove(e, name, x, y, 1, { from, to });
  const times = (a: TensorId, b: TensorId): TensorId => {
    const both = [a, b].map((tensor) => ({ tensor, at: whole })) as [Operand, Operand];
    return pushBinary(e, name, 'multiply', both, [rows, hidden], 'gradient').data;
  };
  const ofCandidate = made('candidate', size);
  move(ofState, gateIn(rows, hidden, 3, 2), ofCandidate, whole);
  const flow = { data: ofCandidate, size, extent: null };
  const back = arithmetic.backward(e, layer, flow, { input: true, weights: null, bias: false }).input!.data;
  // The slope of a sigmoid that is r: r (1 - r).
  const closed = pushBinary(
    e,
    name,
    'subtract',
    [numberOperand(e, name, 1), { tensor: gate, at: whole }],
    [rows, hidden],
  );
  const ofReset = times(times(back, kept), times(gate, closed.data));
  move(ofReset, whole, ofInput, gateIn(rows, hidden, 3, 1));
  const ofGates = made('gates', 2 * size);
  move(ofState, gateIn(rows, hidden, 3, 0), ofGates, gateIn(rows, hidden, 2, 0));
  move(ofReset, whole, ofGates, gateIn(rows, hidden, 2, 1));
  return { ofGates, ofCandidate, ofState: times(back, gate) };
}

function added({ e }: Context, name: string, a: TensorId, b: TensorId, size: number): TensorId {
  const sum = arena(e, `${name}/gradient`, 'float32', size, 'gradient');
  push(e, 'add_f32', name, { inputs: [a, b], constants: [open(e, name)], outputs: [sum] }, { size });
  return sum;
}

/** Gradients of the sums of one time: of the input and of the state. */
function throughCell(
  { e, batch }: Context,
  name: string,
  { cell, sequences, hidden }: RecurrentSource,
  g: TensorId,
  carried: TensorId | null,
  kept: TensorId,
  sums: () => readonly [TensorId, TensorId],
): readonly [ofInput: TensorId, ofState: TensorId] {
  const rows = batch * sequences;
  if (cell === 'RNN') {
    const size = rows * hidden;
    const operands = { inputs: [kept], constants: [noParameters(e, name)], outputs: [g] };
    push(e, 'unary_gradient_f32', name, operands, { size, function: UNARY.tanh });
    return [g, g];
  }
  const gates = GATES[cell];
  const [ofInput, ofState] = ['input', 'state'].map((which) =>
    arena(e, `${name}/${which}-gradient`, 'float32', rows * gates * hidden, 'gradient'),
  ) as [TensorId, TensorId];
  const inputs = [...sums(), kept, g];
  const operands = { inputs, outputs: [carried!, ofInput, ofState] };
  push(e, 'recurrent_cell_gradient_f32', name, operands, { batch: rows, hidden, gates });
  return [ofInput, ofState];
}

/** States in the order of computation, as they lie in time: [batch][times][sequences][hidden]. */
function inTimes(
  { e, batch }: Context,
  name: string,
  source: RecurrentSource,
  { times }: EmittedCell,
  states: readonly Kept[],
): Kept {
  const [first] = states as readonly [Kept];
  const size = first.size * times.length;
  const data = arena(e, `${name}/before`, first.kind === 'codes' ? 'int8' : 'float32', size);
  times.forEach(({ time }, i) => {
    const state = states[i]!;
    pushMove(e, name, state.kind === 'codes' ? state.codes : state.data, data, batch, {
      from: timeIn(source, source.hidden, 0, ALONE),
      to: timeIn(source, source.hidden, time, ALONE),
    });
  });
  return first.kind === 'codes' ? { ...first, codes: data, size } : { kind: 'float', data, size };
}
