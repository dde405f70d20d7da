/** Gradients of functions of kept values. */
import { elementCount, sameShape } from '../../graph/tensor.ts';
import { plainLayout, type Strided, transposeView, wholeStrided } from '../../lower/shared/views.ts';
import { REDUCTION } from '../../program/kernels/reduce-f32.ts';
import { UNARY } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow, Kept } from './arithmetic.ts';
import { inBatch, numberOperand, type Operand, pushBinary, pushMove, pushWhereLess, sumTo } from './boxes.ts';
import { throughChoice } from './choice.ts';
import type { Context, EmittedUnit } from './context.ts';
import { arena, constant, push } from './emit.ts';
import { realData } from './float-arithmetic.ts';
import { readingInBatch, unaryParameters, walksOf } from './function-forward.ts';
import type { FunctionSource, Term } from './functions.ts';
import { denseParams } from './network.ts';
import type { Reading } from './places.ts';
import { throughResponse } from './response.ts';
import { throughSeveral } from './several.ts';
import { type Give, giveAt, giveTerm, operandOf, orderOf, outputBox, spreadOver } from './terms.ts';
import { throughTrigonometry } from './trigonometry.ts';

type Source<K extends FunctionSource['kind']> = Extract<FunctionSource, { kind: K }>;

/**
 * @param own the gradient of the output in a tensor that may be overwritten
 */
export function throughFunction(
  c: Context,
  emitted: EmittedUnit,
  source: FunctionSource,
  g: Flow,
  own: () => Flow,
  give: Give,
): void {
  switch (source.kind) {
    case 'product':
      throughProduct(c, emitted, source, g, give);
      return;
    case 'softmax':
      give(source.x, throughSoftmax(c, emitted, source, g), false);
      return;
    case 'normalise':
      throughNormalise(c, emitted, source, own(), give);
      return;
    case 'unary': {
      const { name } = emitted.unit;
      const { data, size } = own();
      const inputs = [realData(c.e, name, c.kept.get(source.x)!)];
      const operands = { inputs, constants: [unaryParameters(c, emitted.unit, source)], outputs: [data] };
      push(c.e, 'unary_gradient_f32', name, operands, { size, function: UNARY[source.form.function] });
      give(source.x, { data, size, extent: null }, false);
      return;
    }
    case 'binary':
      throughBinary(c, emitted, source, g, give);
      return;
    case 'several':
      throughSeveral(c, emitted, source, g, give);
      return;
    case 'choice':
      throughChoice(c, emitted, source, g, give);
      return;
    case 'trigonometry': {
      const { name } = emitted.unit;
      const x = realData(c.e, name, c.kept.get(source.x)!);
      give(source.x, throughTrigonometry(c.e, name, source.function, x, g), false);
      return;
    }
    case 'response':
      give(source.x, throughResponse(c, emitted.unit, source, g), false);
      return;
    case 'reduce':
      give(source.x, throughReduction(c, emitted, source, g), false);
      return;
    case 'lookup':
      throughLookup(c, emitted, source, g);
      return;
    case 'join':
      for (const { reading, to } of source.parts) {
        if (!c.needsGradient.has(reading.value)) continue;
        const order = orderOf(reading);
        const part = wholeStrided(reading.shape, order);
        const size = c.batch * elementCount(reading.shape);
        const data = arena(c.e, `${emitted.unit.name}/part-gradient`, 'float32', size, 'gradient');
        pushMove(c.e, emitted.unit.name, g.data, data, c.batch, { from: to, to: part });
        giveAt(c, emitted.unit.name, reading, part, { data, size, extent: null }, give);
      }
      return;
  }
}

/** Of a sum g itself, of magnitudes g sign(x), of squares 2 g x, of their root g x / y, which is 0 where y is. */
function throughReduction(
  c: Context,
  { unit: { name } }: EmittedUnit,
  { x, rows, of }: Source<'reduce'>,
  g: Flow,
): Flow {
  const { e, batch } = c;
  const { outer, size, inner } = rows;
  const shape = [batch * outer, size, inner];
  const left = [batch * outer, 1, inner];
  const at = (tensor: TensorId, own: readonly number[]): Operand => ({
    tensor,
    at: wholeStrided(own, [0, 1, 2]),
  });
  if (of === 'sum') return spreadOver(c, name, at(g.data, left), shape);
  const real = realData(e, name, c.kept.get(x)!);
  if (of === 'rootOfSquares') {
    const root = arena(e, `${name}/root`, 'float32', g.size);
    const params = { ...rows, outer: batch * outer, operation: REDUCTION.rootOfSquares };
    push(e, 'reduce_f32', name, { inputs: [real], outputs: [root] }, params);
    const above = pushBinary(
      e,
      name,
      'maximum',
      [at(root, left), numberOperand(e, name, SMALLEST_ROOT)],
      left,
    );
    const share = pushBinary(e, name, 'divide', [at(g.data, left), at(above.data, left)], left, 'gradient');
    return pushBinary(e, name, 'multiply', [at(real, shape), at(share.data, left)], shape, 'gradient');
  }
  const spread = spreadOver(c, name, at(g.data, left), shape);
  const constants = [constant(e, `${name}/no-parameters`, new Float32Array(2))];
  const slope = of === 'magnitudes' ? UNARY.abs : UNARY.square;
  const operands = { inputs: [real], constants, outputs: [spread.data] };
  push(e, 'unary_gradient_f32', name, operands, { size: spread.size, function: slope });
  return spread;
}

/** Below it a root is taken for it: what it is made of is 0 then. */
const SMALLEST_ROOT = 2 ** -100;

/** Each row sums what came back from where it was: a product with rows that are 1 at the number. */
function throughLookup(
  { e, updates, numbers, batch }: Context,
  { unit: { name }, names }: EmittedUnit,
  { rows, width, count }: Source<'lookup'>,
  g: Flow,
): void {
  const all = batch * count;
  const choices = constant(e, `${name}/choices`, Float32Array.of(0, 1));
  const places = arena(e, `${name}/places`, 'float32', all * rows, 'gradient');
  const operands = { inputs: [numbers!], constants: [choices], outputs: [places] };
  push(e, 'one_hot_f32', name, operands, { outer: all, depth: rows, inner: 1 });
  const table = arena(e, `${name}/table-gradient`, 'float32', rows * width, 'gradient');
  const counts = arena(e, `${name}/counts`, 'float32', rows, 'gradient');
  const product = { inputs: [g.data, places], outputs: [table, counts] };
  push(e, 'conv2d_weight_gradient_f32', name, product, denseParams(all, width, rows));
  updates.float(e, names.weights!, e.state.get(names.weights!)!, table);
}

/** da = g b', db = a' g: products of the codes, where there are codes. */
function throughProduct(
  c: Context,
  { unit: { name } }: EmittedUnit,
  { a, b, shape }: Source<'product'>,
  g: Flow,
  give: Give,
): void {
  const { e, batch, arithmetic, needsGradient } = c;
  const kept = arithmetic.keepGradient(e, name, g);
  const whole = [batch, ...shape];
  const gradient = { kept, at: wholeStrided(whole, plainLayout(whole.length)) };
  const operand = (reading: Reading) => ({
    kept: c.kept.get(reading.value)!,
    at: readingInBatch(c, reading),
  });
  type Factor = { readonly kept: Kept; readonly at: Strided };
  const turned = ({ kept: one, at }: Factor): Factor => ({ kept: one, at: swapped(at) });
  const giveProduct = (reading: Reading, left: Factor, right: Factor): void => {
    if (!needsGradient.has(reading.value)) return;
    const stack = [...shape.slice(0, -2), ...reading.shape.slice(-2)];
    if (!sameShape(stack, reading.shape)) {
      // A matrix that met several others has the sum of what each gives back.
      const plain = plainLayout(stack.length);
      const size = batch * elementCount(stack);
      const walks = walksOf(left, right, wholeStrided([batch, ...stack], plainLayout(stack.length + 1)));
      const all = arithmetic.product(e, name, walks, size, 'gradient');
      const sum = sumTo(e, name, all, [batch, ...stack], [batch, ...reading.shape]);
      giveAt(c, name, reading, wholeStrided(reading.shape, plain), sum, give);
      return;
    }
    const part = wholeStrided(reading.shape, orderOf(reading));
    const size = batch * elementCount(reading.shape);
    const walks = walksOf(left, right, inBatch(part, size, batch));
    const flow = arithmetic.product(e, name, walks, size, 'gradient');
    giveAt(c, name, reading, part, flow, give);
  };
  giveProduct(a, gradient, turned(operand(b)));
  giveProduct(b, turned(operand(a)), gradient);
}

function swapped(at: Strided): Strided {
  const rank = at.shape.length;
  return transposeView(at, [...plainLayout(rank).slice(0, -2), rank - 1, rank - 2]);
}

/** dx = y (g - sum of g y); of the logarithm: g - exp(y) sum of g. */
function throughSoftmax(
  c: Context,
  { unit, flow: output }: EmittedUnit,
  { rows, log }: Source<'softmax'>,
  g: Flow,
): Flow {
  const { e, batch } = c;
  const { name } = unit;
  const y = output?.data ?? realData(e, name, c.kept.get(unit.output)!);
  const shape = [batch * rows.outer, rows.size, rows.inner];
  const whole = wholeStrided(shape, [0, 1, 2]);
  const at = (tensor: TensorId): Operand => ({ tensor, at: whole });
  const sums = (from: TensorId): Operand => {
    const [outer, size, inner] = shape as [number, number, number];
    const tensor = arena(e, `${name}/row-sums`, 'float32', outer * inner);
    push(
      e,
      'reduce_f32',
      name,
      { inputs: [from], outputs: [tensor] },
      { outer, size, inner, operation: REDUCTION.sum },
    );
    return { tensor, at: wholeStrided([outer, 1, inner], [0, 1, 2]) };
  };
  if (log) {
    const shares = arena(e, `${name}/shares`, 'float32', g.size);
    const operands = {
      inputs: [y],
      constants: [constant(e, `${name}/none`, new Float32Array(2))],
      outputs: [shares],
    };
    push(e, 'unary_f32', name, operands, { size: g.size, function: UNARY.exp });
    const spread = pushBinary(e, name, 'multiply', [at(shares), sums(g.data)], shape);
    return pushBinary(e, name, 'subtract', [at(g.data), at(spread.data)], shape, 'gradient');
  }
  const products = pushBinary(e, name, 'multiply', [at(g.data), at(y)], shape);
  const rest = pushBinary(e, name, 'subtract', [at(g.data), sums(products.data)], shape);
  return pushBinary(e, name, 'multiply', [at(rest.data), at(y)], shape, 'gradient');
}

function throughNormalise(
  c: Context,
  { unit: { name }, names }: EmittedUnit,
  source: Source<'normalise'>,
  { data, size }: Flow,
  give: Give,
): void {
  const { e, batch, updates } = c;
  const { positions, groups, channels, centred, epsilon } = source;
  const width = groups * channels;
  const gamma =
    names.gamma === null ? constant(e, `${name}/fixed-gamma`, source.gamma) : e.state.get(names.gamma)!;
  const [dGamma, dBeta] = ['gamma', 'beta'].map((which) =>
    arena(e, `${name}/${which}-gradient`, 'float32', width, 'gradient'),
  ) as [TensorId, TensorId];
  const inputs = [
    realData(e, name, c.kept.get(source.x)!),
    gamma,
    constant(e, `${name}/gradient-epsilon`, Float32Array.of(epsilon)),
  ];
  const params = { batch: batch * source.batch, positions, groups, channels, centred: centred ? 1 : 0 };
  push(e, 'normalize_gradient_f32', name, { inputs, outputs: [data, dGamma, dBeta] }, params);
  if (names.gamma !== null) updates.float(e, names.gamma, gamma, dGamma);
  if (names.beta !== null) updates.float(e, names.beta, e.state.get(names.beta)!, dBeta);
  give(source.x, { data, size, extent: null }, false);
}

function throughBinary(
  c: Context,
  emitted: EmittedUnit,
  source: Source<'binary'>,
  g: Flow,
  give: Give,
): void {
  const { e } = c;
  const { unit, names } = emitted;
  const { a, b, operation } = source;
  const box = outputBox(c, source);
  const whole = wholeStrided(box, plainLayout(box.length));
  const gradient: Operand = { tensor: g.data, at: whole };
  const times = (one: Operand, how: 'multiply' | 'divide', term: Term): Operand => {
    const { data } = pushBinary(e, unit.name, how, [one, operandOf(c, unit, source, term)], box, 'gradient');
    return { tensor: data, at: whole };
  };
  const wanted = (term: Term): boolean =>
    term.kind === 'value' ? c.needsGradient.has(term.reading.value) : term.learned && names.weights !== null;
  const number = (value: number): Operand => numberOperand(e, unit.name, value);
  const negated = (one: Operand): Operand => {
    const { data } = pushBinary(e, unit.name, 'multiply', [one, number(-1)], box, 'gradient');
    return { tensor: data, at: whole };
  };
  const real = (term: Term): Operand => operandOf(c, unit, source, term);
  const where = (less: readonly [Operand, Operand], choice: readonly [Operand, Operand]): Operand => {
    return { tensor: pushWhereLess(e, unit.name, less, choice, box).data, at: whole };
  };
  const ofA = (): Operand => {
    switch (operation) {
      case 'add':
      case 'subtract':
        return gradient;
      case 'multiply':
      case 'divide':
        return times(gradient, operation, b);
      case 'maximum':
        return where([real(b), real(a)], [gradient, number(0)]);
      case 'minimum':
        return where([real(a), real(b)], [gradient, number(0)]);
      case 'prelu':
        return where([real(a), number(0)], [times(gradient, 'multiply', b), gradient]);
    }
  };
  const ofB = (): Operand => {
    switch (operation) {
      case 'add':
        return gradient;
      case 'subtract':
        return negated(gradient);
      case 'multiply':
        return times(gradient, 'multiply', a);
      case 'divide':
        return negated(times(times(times(gradient, 'multiply', a), 'divide', b), 'divide', b));
      // Where both are equal the second one is what passes.
      case 'maximum':
        return where([real(b), real(a)], [number(0), gradient]);
      case 'minimum':
        return where([real(a), real(b)], [number(0), gradient]);
      case 'prelu': {
        const below = pushBinary(e, unit.name, 'minimum', [real(a), number(0)], box);
        const both = [gradient, { tensor: below.data, at: whole }] as const;
        return { tensor: pushBinary(e, unit.name, 'multiply', both, box, 'gradient').data, at: whole };
      }
    }
  };
  // A table is updated last: gradients of others read it.
  const terms = [[a, ofA] as const, [b, ofB] as const];
  const ordered = a.kind === 'constant' ? terms.reverse() : terms;
  for (const [term, of] of ordered) {
    if (!wanted(term)) continue;
    const { tensor } = of();
    giveTerm(c, emitted, source, term, { tensor, isShared: tensor === g.data }, give);
  }
}
