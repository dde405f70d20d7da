/** Functions of kept values as steps of the forward pass. */

import { stacksOf } from '../../lower/shared/matrix-stacks.ts';
import { plainLayout, type Strided, wholeStrided } from '../../lower/shared/views.ts';
import { seededRandom } from '../../numbers/random.ts';
import { REDUCTION } from '../../program/kernels/reduce-f32.ts';
import { UNARY } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow, Kept, Walks } from './arithmetic.ts';
import { filled, inBatch, type Operand, open, pushBinary, pushMove } from './boxes.ts';
import { choice } from './choice.ts';
import type { Context, UnitParameters } from './context.ts';
import { arena, constant, push, state } from './emit.ts';
import { streamOf } from './first-weights.ts';
import { realData } from './float-arithmetic.ts';
import type { FunctionSource } from './functions.ts';
import { freshTable } from './initial.ts';
import type { Unit } from './network.ts';
import type { Reading } from './places.ts';
import { response } from './response.ts';
import { several } from './several.ts';
import { learnedNames, operandOf, outputBox } from './terms.ts';
import { pushTrigonometry } from './trigonometry.ts';

type Source<K extends FunctionSource['kind']> = Extract<FunctionSource, { kind: K }>;

type Made = { readonly flow: Flow; readonly names: Partial<UnitParameters> };

export function emitFunction(c: Context, unit: Unit, source: FunctionSource): Made {
  switch (source.kind) {
    case 'product':
      return { flow: product(c, unit, source), names: {} };
    case 'softmax':
      return { flow: softmax(c, unit, source), names: {} };
    case 'normalise':
      return normalise(c, unit, source);
    case 'unary': {
      const { name } = unit;
      const x = c.kept.get(source.x)!;
      const data = arena(c.e, `${name}/value`, 'float32', x.size);
      const inputs = [realData(c.e, name, x)];
      const operands = { inputs, constants: [unaryParameters(c, unit, source)], outputs: [data] };
      push(c.e, 'unary_f32', name, operands, { size: x.size, function: UNARY[source.form.function] });
      return { flow: { data, size: x.size, extent: null }, names: {} };
    }
    case 'binary': {
      const names = learnedNames(c, unit, [source.a, source.b]);
      const operands = [source.a, source.b].map((term) => operandOf(c, unit, source, term)) as [
        Operand,
        Operand,
      ];
      return { flow: pushBinary(c.e, unit.name, source.operation, operands, outputBox(c, source)), names };
    }
    case 'reduce': {
      const size = (c.batch * source.rows.outer * source.rows.inner) as number;
      const data = arena(c.e, `${unit.name}/reduced`, 'float32', size);
      const params = { ...source.rows, outer: c.batch * source.rows.outer, operation: REDUCTION[source.of] };
      const inputs = [realData(c.e, unit.name, c.kept.get(source.x)!)];
      push(c.e, 'reduce_f32', unit.name, { inputs, outputs: [data] }, params);
      return { flow: { data, size, extent: null }, names: {} };
    }
    case 'several':
      return { flow: several(c, unit, source), names: {} };
    case 'choice':
      return { flow: choice(c, unit, source), names: {} };
    case 'trigonometry': {
      const x = c.kept.get(source.x)!;
      const inputs = [realData(c.e, unit.name, x)];
      return { flow: pushTrigonometry(c.e, unit.name, source.function, inputs[0]!, x.size), names: {} };
    }
    case 'response':
      return { flow: response(c, unit, source), names: {} };
    case 'join':
      return { flow: join(c, unit, source), names: {} };
    case 'lookup':
      return lookup(c, unit, source);
  }
}

/** Where a reading lies in a kept value of all samples. */
export function readingInBatch({ kept, batch }: Context, { value, ...place }: Reading): Strided {
  return inBatch(place, kept.get(value)!.size, batch);
}

/** The walks of a product of matrices wherever they lie, the left operand first. */
export function walksOf(
  left: { readonly kept: Kept; readonly at: Strided },
  right: { readonly kept: Kept; readonly at: Strided },
  output: Strided,
): Walks {
  const { turned, params } = stacksOf(left.at, right.at, output);
  const [first, second] = turned ? [right, left] : [left, right];
  return { left: first.kept, right: second.kept, walks: params() };
}

function product(c: Context, { name }: Unit, { a, b, shape }: Source<'product'>): Flow {
  const whole = [c.batch, ...shape];
  const output = wholeStrided(whole, plainLayout(whole.length));
  const operand = (reading: Reading) => ({
    kept: c.kept.get(reading.value)!,
    at: readingInBatch(c, reading),
  });
  const size = whole.reduce((count, one) => count * one, 1);
  return c.arithmetic.product(c.e, name, walksOf(operand(a), operand(b), output), size, 'passing');
}

function softmax(c: Context, { name }: Unit, { x, rows, log, mask }: Source<'softmax'>): Flow {
  const { e, batch } = c;
  const kept = c.kept.get(x)!;
  const real = realData(e, name, kept);
  const masked =
    mask === null
      ? real
      : pushBinary(
          e,
          name,
          'add',
          [
            { tensor: real, at: wholeStrided([batch, mask.length], [0, 1]) },
            { tensor: constant(e, `${name}/mask`, mask), at: wholeStrided([1, mask.length], [0, 1]) },
          ],
          [batch, mask.length],
        ).data;
  const data = arena(e, `${name}/value`, 'float32', kept.size);
  const params = { ...rows, outer: batch * rows.outer, log: log ? 1 : 0 };
  push(e, 'softmax_f32', name, { inputs: [masked], outputs: [data] }, params);
  return { data, size: kept.size, extent: null };
}

/** Parameters that are learned lie in the state: the kernel normalises alone, and they are applied behind it. */
function normalise(c: Context, unit: Unit, source: Source<'normalise'>): Made {
  const { e, batch, options } = c;
  const { name } = unit;
  const { positions, groups, channels, centred, epsilon } = source;
  const kept = c.kept.get(source.x)!;
  const trained = c.trained.get(name);
  const learnsGamma = trained !== undefined && trained.weights > 0 && source.names.gamma !== '';
  const learnsBeta = trained?.bias === true && source.names.beta !== '';
  const learns = learnsGamma || learnsBeta;
  const width = groups * channels;
  const data = arena(e, `${name}/normalised`, 'float32', kept.size);
  const plain = (value: number): Float32Array => new Float32Array(width).fill(value);
  push(
    e,
    'normalize_f32',
    name,
    {
      inputs: [realData(e, name, kept)],
      constants: [
        constant(e, `${name}/inner-gamma`, learns ? plain(1) : source.gamma),
        constant(e, `${name}/inner-beta`, learns ? plain(0) : source.beta),
        constant(e, `${name}/epsilon`, Float32Array.of(epsilon)),
      ],
      outputs: [data],
    },
    { batch: batch * source.batch, positions, groups, channels, centred: centred ? 1 : 0 },
  );
  if (!learns) return { flow: { data, size: kept.size, extent: null }, names: {} };
  const names = { gamma: `${name}/gamma`, beta: `${name}/beta` };
  const fresh = options.init === 'random';
  const first = (learned: boolean, own: string, values: Float32Array, value: number): TensorId => {
    if (!learned) return constant(e, own, values);
    return state(e, own, fresh ? plain(value) : values.slice());
  };
  const gamma = first(learnsGamma, names.gamma, source.gamma, 1);
  const beta = first(learnsBeta, names.beta, source.beta, 0);
  const scaled = arena(e, `${name}/scaled`, 'float32', kept.size);
  const rows = kept.size / width;
  const product = { inputs: [data, gamma], constants: [open(e, name)], outputs: [scaled] };
  push(e, 'mul_f32', name, product, { outer: rows, channels: width, repeat: rows });
  const shifted = arena(e, `${name}/value`, 'float32', kept.size);
  push(
    e,
    'add_bias_f32',
    name,
    { inputs: [scaled, beta], outputs: [shifted] },
    { size: kept.size, biasSize: width },
  );
  return {
    flow: { data: shifted, size: kept.size, extent: null },
    names: { gamma: learnsGamma ? names.gamma : null, beta: learnsBeta ? names.beta : null },
  };
}

export function unaryParameters({ e }: Context, { name }: Unit, { form }: Source<'unary'>): TensorId {
  return constant(e, `${name}/parameters`, Float32Array.of(form.a ?? 0, form.b ?? 0));
}

function lookup(c: Context, { name }: Unit, source: Source<'lookup'>): Made {
  const { e, batch, options, trained } = c;
  const { data, rows, width, count } = source;
  const isTrained = trained.get(name)!.weights > 0;
  const isFresh = options.init === 'random' && isTrained;
  const values = isFresh ? freshTable(data.length, width, seededRandom(streamOf(options.seed, name))) : data;
  const own = `${name}/weights`;
  const table = isTrained ? state(e, own, values.slice()) : constant(e, own, values);
  const size = batch * count * width;
  const found = arena(e, `${name}/rows`, 'float32', size);
  const params = { outer: 1, size: rows, inner: width, count: batch * count };
  push(e, 'gather_f32', name, { inputs: [table, c.numbers!], outputs: [found] }, params);
  return { flow: { data: found, size, extent: null }, names: { weights: isTrained ? own : null } };
}

function join(c: Context, { name }: Unit, { parts, fill, size }: Source<'join'>): Flow {
  const { e, batch, kept } = c;
  const covered = parts.reduce((sum, { to }) => sum + to.shape.reduce((count, one) => count * one, 1), 0);
  const data =
    covered < size
      ? filled(e, `${name}/joined`, batch * size, fill, 'passing')
      : arena(e, `${name}/joined`, 'float32', batch * size);
  for (const { reading, to } of parts) {
    const real = realData(e, name, kept.get(reading.value)!);
    pushMove(e, name, real, data, batch, { from: reading, to });
  }
  return { data, size: batch * size, extent: null };
}
