/**
 * Gates in ONNX: what stands for each of their operators, in standard nodes named `<node>/<part>`. Said once, here: written
 * at export and recognised at import (`src/passes/collapse-gates.ts`).
 */
import { int, ints, makeNode, string } from '../graph/build.ts';
import { CHANGED_UNITS, gateNumbers, MAX_AGE, STATISTIC_LIMITS, sceneCutCount } from '../graph/gates.ts';
import { PATCH_GATE, PATCH_REUSE, PATCH_STATISTICS } from '../graph/own-operators.ts';
import { floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Attribute, Node, Tensor } from '../graph/types.ts';
import { DATA_TYPE } from './element-types.ts';

/** Nodes that stand for one, and the constants that they bring along. */
export type StandardForm = {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
};

type Shapes = (value: string) => readonly number[];

/** Operators that `gateForm` writes. */
export const GATE_OPERATORS: ReadonlySet<string> = new Set([PATCH_STATISTICS, PATCH_GATE, PATCH_REUSE]);

/**
 * An operator of gates as nodes of ai.onnx, in the forms of CANONICAL_OPSET. Which nodes these are depends on the
 * attributes alone; shapes only enter into the numbers of constants.
 * @param newName makes names of values inside
 */
export function gateForm(node: Node, shapes: Shapes, newName: (wanted: string) => string): StandardForm {
  const form = startForm(node, newName);
  switch (node.op) {
    case PATCH_STATISTICS:
      writeStatistics(node, form);
      break;
    case PATCH_GATE:
      writeGate(node, shapes, form);
      break;
    case PATCH_REUSE:
      writeReuse(node, shapes, form);
  }
  return { nodes: form.nodes, constants: form.constants };
}

type Attributes = Readonly<Record<string, Attribute>>;

type Form = {
  readonly nodes: Node[];
  readonly constants: Map<string, Tensor>;
  /** A node with one output; gives its name. */
  readonly add: (
    part: string,
    op: string,
    inputs: readonly string[],
    options?: { readonly attributes?: Attributes; readonly output?: string },
  ) => string;
  readonly constant: (part: string, tensor: Tensor) => string;
  readonly scalar: (part: string, value: number) => string;
};

function startForm({ name }: Node, newName: (wanted: string) => string): Form {
  const nodes: Node[] = [];
  const constants = new Map<string, Tensor>();
  const constant: Form['constant'] = (part, tensor) => {
    const value = newName(`${name}/${part}`);
    constants.set(value, tensor);
    return value;
  };
  return {
    nodes,
    constants,
    constant,
    scalar: (part, value) => constant(part, floatTensor([], [value])),
    add: (part, op, inputs, { attributes = {}, output = newName(`${name}/${part}`) } = {}) => {
      nodes.push(makeNode(op, inputs, [output], attributes, `${name}/${part}`));
      return output;
    },
  };
}

const castTo = (type: 'float32' | 'bool'): { readonly attributes: Attributes } => ({
  attributes: { to: int(DATA_TYPE[type]) },
});

function writeStatistics(node: Node, { add, constant, scalar }: Form): void {
  const [x = '', reference = ''] = node.inputs;
  const { unit, patch } = gateNumbers(node);
  const window = { attributes: { kernel_shape: ints([patch, patch]), strides: ints([patch, patch]) } };
  const channels = constant('channels', int64Tensor([1]));
  /** Over all elements of a patch: first over its pixels, then over the channels. */
  const pooled = (part: string, pool: string, reduce: string, from: string): string =>
    add(`${part}_all`, reduce, [add(part, pool, [from], window), channels], {
      attributes: { keepdims: int(1) },
    });
  const mean = (part: string, from: string): string => pooled(part, 'AveragePool', 'ReduceMean', from);
  const share = (part: string, from: string, limit: number): string =>
    add(`${part}_share`, 'Div', [from, scalar(`${part}_limit`, limit * unit)]);

  const change = add('change', 'Abs', [add('difference', 'Sub', [x, reference])]);
  const changed = add('changed', 'Greater', [change, scalar('changed_from', CHANGED_UNITS * unit)]);
  const { meanChange, maxChange, mean: most } = STATISTIC_LIMITS;
  const shares = [
    share('mean_change', mean('mean_change', change), meanChange),
    share('max_change', pooled('max_change', 'MaxPool', 'ReduceMax', change), maxChange),
    share('mean', mean('mean', add('magnitude', 'Abs', [x])), most),
    mean('changed_mean', add('changed_one', 'Cast', [changed], castTo('float32'))),
  ];
  const all = add('shares', 'Concat', shares, { attributes: { axis: int(1) } });
  add('limit', 'Min', [all, scalar('most', 1)], { output: node.outputs[0]! });
}

function writeGate(node: Node, shapes: Shapes, form: Form): void {
  const { add, scalar } = form;
  const [scores = '', x = '', reference = '', age = '', clock = ''] = node.inputs;
  const [blended = '', mask = '', nextAge = '', nextClock = ''] = node.outputs;
  const [, , rows = 0, columns = 0] = shapes(scores);
  const { patch, maxAge, keyFrame, sceneCut } = gateNumbers(node);
  const cut = sceneCutCount(sceneCut, rows * columns);
  const either = (part: string, a: string, b: string): string => add(part, 'Or', [a, b]);
  const atLeast = (part: string, value: string, limit: number): string =>
    add(part, 'GreaterOrEqual', [value, scalar(`${part}_limit`, limit)]);

  const high = add('high', 'Greater', [scores, scalar('zero', 0)]);
  const active = maxAge === 0 ? high : either('active', high, atLeast('aged', age, maxAge));
  const first = add('first', 'Equal', [clock, scalar('reset', 0)]);
  const due = keyFrame === 0 ? first : either('key', first, atLeast('due', clock, keyFrame));
  const full = cut === Infinity ? due : either('full', due, isCut());
  const taken = either('taken', active, full);

  add('mask', 'Cast', [taken], { ...castTo('float32'), output: mask });
  const one = scalar('one', 1);
  const most = scalar('most', MAX_AGE);
  const older = (part: string, value: string): string =>
    add(`${part}_limited`, 'Min', [add(part, 'Add', [value, one]), most]);
  const fresh = scalar('fresh', 0);
  add('next_age', 'Where', [taken, fresh, older('older', age)], { output: nextAge });
  add('next_clock', 'Where', [full, one, older('later', clock)], { output: nextClock });
  // Not from the mask itself: it may be quantised.
  const spread = add('taken_one', 'Cast', [taken], castTo('float32'));
  writeBlend(form, spread, patch, x, reference, blended);

  function isCut(): string {
    const count = add('count', 'ReduceSum', [add('active_one', 'Cast', [active], castTo('float32'))], {
      attributes: { keepdims: int(1) },
    });
    return atLeast('cut', count, cut);
  }
}

function writeReuse(node: Node, shapes: Shapes, form: Form): void {
  const [y = '', reference = '', mask = ''] = node.inputs;
  const [, , height = 0] = shapes(y);
  const [, , rows = 1] = shapes(mask);
  writeBlend(form, mask, height / rows, y, reference, node.outputs[0]!);
}

/** `x` where the mask [1, 1, rows, columns] of 0 and 1, spread over `size` x `size` pixels each, is 1. */
function writeBlend(
  { add, constant }: Form,
  mask: string,
  size: number,
  x: string,
  reference: string,
  output: string,
): void {
  const scales = constant('scales', floatTensor([4], [1, 1, size, size]));
  const spread = add('spread', 'Resize', [mask, '', scales], {
    attributes: {
      coordinate_transformation_mode: string('asymmetric'),
      mode: string('nearest'),
      nearest_mode: string('floor'),
    },
  });
  const where = add('where', 'Cast', [spread], castTo('bool'));
  add('blend', 'Where', [where, x, reference], { output });
}
