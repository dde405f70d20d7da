/**
 * Back through time: gradients of the sums of each time, from the last computed to the first, then those of weights and biases from all times at
 * once, as if each time were a row of a dense layer.
 */
import { UNARY } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow, Kept, Layer, LayerGradients } from './arithmetic.ts';
import { filled, open, pushMove } from './boxes.ts';
import type { Context, EmittedCell, EmittedUnit } from './context.ts';
import { arena, push } from './emit.ts';
import { denseParams } from './network.ts';
import { GATES, type RecurrentSource, timeIn } from './recurrence.ts';
import { noParameters, timeOf } from './recurrent-forward.ts';
import { updateLayerWeights } from './updates.ts';

/**
 * @param g gradient of all hidden states
 * @param give takes that of the input, once for each direction
 */
export function throughRecurrence(
  c: Context,
  { unit, cells }: EmittedUnit,
  source: RecurrentSource,
  g: Flow,
  give: (flow: Flow) => void,
): void {
  cells.forEach((cell, direction) => {
    const { inputs, states } = throughTimes(c, unit.name, source, cell, direction, g);
    const needsInput = c.needsGradient.has(source.x);
    const x = c.kept.get(source.x)!;
    const { names, ofInput, ofState } = cell;
    const first = throughProduct(
      c,
      ofInput,
      inputs,
      x,
      names.weights !== null,
      names.bias !== null,
      needsInput,
    );
    const trains = names.recurrent !== null || names.recurrentBias !== null;
    if (trains) {
      const all = { ...ofState, params: allTimes(source, ofState, c.batch) };
      const before = names.recurrent === null ? null : statesBefore(c, unit.name, source, cell);
      throughProduct(c, all, states, before, names.recurrent !== null, names.recurrentBias !== null, false);
    }
    if (first.input !== null) give(first.input);
  });
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

/** Gradients of the sums of the input and of the state, both [batch][times][sequences][gates * hidden]. */
function throughTimes(
  c: Context,
  name: string,
  source: RecurrentSource,
  cell: EmittedCell,
  direction: number,
  g: Flow,
): { readonly inputs: Flow; readonly states: Flow } {
  const { e, arithmetic, batch } = c;
  const { sequences, hidden, times, reverse } = source;
  const width = GATES[source.cell] * hidden;
  const rows = batch * sequences;
  const [inputs, states] = ['input', 'state'].map((which) => {
    const size = batch * times * sequences * width;
    return {
      data: arena(e, `${name}/${which}-sums-gradient`, 'float32', size, 'gradient'),
      size,
      extent: null,
    };
  }) as [Flow, Flow];
  const carried = source.cell === 'RNN' ? null : filled(e, `${name}/carried`, rows * hidden, 0, 'gradient');
  const place = { directions: reverse.length, direction };
  const alone = { directions: 1, direction: 0 };
  let later: Flow | null = null;
  for (const { time, sums, kept } of [...cell.times].reverse()) {
    const isFirst = time === cell.times[0]!.time;
    const own = arena(e, `${name}/time-gradient`, 'float32', rows * hidden, 'gradient');
    pushMove(e, name, g.data, own, batch, {
      from: timeIn(source, hidden, time, place),
      to: timeIn(source, hidden, 0, alone),
    });
    const past = source.cell === 'GRU' && later !== null ? [carried!] : [];
    const all = [...(later === null ? [] : [later.data]), ...past].reduce(
      (sum, part) => added(c, name, sum, part, rows * hidden),
      own,
    );
    const [ofInput, ofState] = throughCell(c, name, source, all, carried, kept, () => [
      timeOf(c, name, source, cell.sums, width, time),
      sums,
    ]);
    const to = timeIn(source, width, time, alone);
    const from = timeIn(source, width, 0, alone);
    pushMove(e, name, ofInput, inputs.data, batch, { from, to });
    pushMove(e, name, ofState, states.data, batch, { from, to });
    if (isFirst) break;
    const flow = { data: ofState, size: rows * width, extent: null };
    later = arithmetic.backward(e, cell.ofState, flow, { input: true, weights: null, bias: false }).input!;
  }
  return { inputs, states };
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

/** The states that the product with the recurrent weights read, [batch][times][sequences][hidden]. */
function statesBefore(
  { e, batch }: Context,
  name: string,
  source: RecurrentSource,
  { times }: EmittedCell,
): Kept {
  const [{ state: first }] = times as unknown as readonly [EmittedCell['times'][number]];
  const size = first.size * times.length;
  const data = arena(e, `${name}/before`, first.kind === 'codes' ? 'int8' : 'float32', size);
  const alone = { directions: 1, direction: 0 };
  for (const { time, state } of times) {
    pushMove(e, name, state.kind === 'codes' ? state.codes : state.data, data, batch, {
      from: timeIn(source, source.hidden, 0, alone),
      to: timeIn(source, source.hidden, time, alone),
    });
  }
  return first.kind === 'codes' ? { ...first, codes: data, size } : { kind: 'float', data, size };
}
