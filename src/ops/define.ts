/** What every operator shares: its definition, the checks around it, and the errors it reports. */
import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount, MAX_ELEMENTS, toNumbers } from '../graph/tensor.ts';
import type { DType, Node, Tensor } from '../graph/types.ts';
import type { InputInfo, Operator, OutputInfo, QuantRule } from './types.ts';

export type Inputs = readonly (InputInfo | null)[];
export type Tensors = readonly (Tensor | null)[];

/** The greatest number of inputs of operators that take a list of operands, all of which are there. */
export const MANY = 2 ** 16;

/** An operator without the checks that `defineOperator` adds. */
type Definition = {
  readonly name: string;
  /** Least and greatest number of inputs; the first `least` must be there, the others may be absent. */
  readonly inputs: readonly [number, number];
  readonly infer: (node: Node, inputs: Inputs) => readonly OutputInfo[];
  /** Gets the inferred outputs, so that shapes are worked out (and bounded) in one place only. */
  readonly run: (node: Node, inputs: Tensors, outputs: readonly OutputInfo[]) => readonly Tensor[];
  readonly macs?: Operator['macs'];
  readonly quant: QuantRule;
};

export const COMPUTED: QuantRule = { kind: 'computed' };
export const SAME_AS_INPUT: QuantRule = { kind: 'same-as-input' };
export const FLOAT: QuantRule = { kind: 'float' };

/**
 * The operator of a definition: `infer` also checks that required inputs are there, that every named output
 * is made and that no output is larger than MAX_ELEMENTS; `run` infers first, so it never allocates unchecked.
 */
export function defineOperator(definition: Definition): Operator {
  const { name, inputs: arity, quant } = definition;
  const infer: Operator['infer'] = (node, inputs) => {
    checkArity(node, inputs, arity);
    const outputs = definition.infer(node, inputs);
    const unmade = node.outputs.slice(outputs.length).find((output) => output !== '');
    if (unmade !== undefined) unsupported(node, `output "${unmade}" is not supported`);
    for (const { shape } of outputs) checkSize(node, shape);
    return outputs;
  };
  return {
    name,
    infer,
    run: (node, inputs) => definition.run(node, inputs, infer(node, inputs)),
    macs: definition.macs ?? (() => 0),
    quant,
  };
}

function checkArity(node: Node, inputs: Inputs, [least, greatest]: readonly [number, number]): void {
  // Operands of a list (Concat, Min) are all there.
  const needed = greatest === MANY ? Math.max(least, inputs.length) : least;
  const missing = Array.from({ length: needed }, (_, i) => i).find((i) => !inputs[i]);
  if (missing === undefined && inputs.length <= greatest) return;
  const problem =
    missing === undefined
      ? `${inputs.length} inputs where at most ${greatest} are allowed`
      : `input ${missing} is missing`;
  throw new TinymlError('E_ONNX_INVALID', problem, {
    at: describeNode(node),
    hint: 'export the model again; onnx.checker names the fault',
  });
}

/** @throws TinymlError E_SHAPE if a tensor of this shape is impossible or larger than MAX_ELEMENTS. */
export function checkSize(node: Node, shape: readonly number[]): void {
  const valid = shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (valid && elementCount(shape) <= MAX_ELEMENTS) return;
  badShape(
    node,
    `a tensor of shape [${shape.join(', ')}] ${valid ? 'is too large' : 'is impossible'}`,
    valid ? `at most ${MAX_ELEMENTS} elements are supported` : undefined,
  );
}

/** The place of a node in messages. */
export function describeNode(node: Node): string {
  return `node "${node.name}" (${node.op})`;
}

/** @throws TinymlError E_OP, always. */
export function unsupported(
  node: Node,
  problem: string,
  hint = 'rewrite this part of the model with supported operators (docs/operators.md)',
): never {
  throw new TinymlError('E_OP', problem, { at: describeNode(node), hint });
}

/** @throws TinymlError E_SHAPE, always. */
export function badShape(
  node: Node,
  problem: string,
  hint = 'check the input shapes of the model, or export it again with fixed sizes',
): never {
  throw new TinymlError('E_SHAPE', problem, { at: describeNode(node), hint });
}

/** @throws TinymlError E_OP if the type of input `index` is not among `allowed`. */
export function requireType(node: Node, inputs: Inputs, index: number, allowed: readonly DType[]): void {
  const dtype = inputs[index]?.dtype;
  if (dtype !== undefined && !allowed.includes(dtype)) {
    unsupported(node, `input ${index} is of type ${dtype}; supported: ${allowed.join(', ')}`);
  }
}

/** The common type of the inputs that are there. @throws TinymlError E_ONNX_INVALID if they differ. */
export function commonType(node: Node, inputs: Inputs): DType {
  const types = new Set(inputs.flatMap((input) => (input ? [input.dtype] : [])));
  const [dtype] = types;
  if (dtype !== undefined && types.size === 1) return dtype;
  throw new TinymlError('E_ONNX_INVALID', `the inputs are of different types: ${[...types].join(', ')}`, {
    at: describeNode(node),
    hint: 'export the model again; onnx.checker names the fault',
  });
}

/** @throws TinymlError E_SHAPE unless the rank of input `index` lies in [least, greatest]. */
export function requireRank(
  node: Node,
  inputs: Inputs,
  index: number,
  least: number,
  greatest = least,
): void {
  const rank = inputs[index]!.shape.length;
  if (rank >= least && rank <= greatest) return;
  const wanted =
    greatest === least ? `${least}` : greatest === Infinity ? `at least ${least}` : `${least} to ${greatest}`;
  badShape(node, `input ${index} has ${rank} dimensions where ${wanted} are needed`);
}

/** The one output of most operators. */
export function output(dtype: DType, shape: readonly number[]): readonly OutputInfo[] {
  return [{ dtype, shape }];
}

/**
 * The numbers of an input that decides shapes; null where the optional input is absent.
 * @throws TinymlError E_SHAPE if the input is only known at run time.
 */
export function constantNumbers(node: Node, inputs: Inputs, index: number): readonly number[] | null {
  const input = inputs[index];
  if (!input) return null;
  if (input.data === null) {
    badShape(
      node,
      `the output shape depends on input ${index}, which is computed at run time`,
      'make that input constant: export the model with fixed shapes',
    );
  }
  return toNumbers(input.data);
}

/** `axis` in [0, rank), counted from the end where negative. @throws TinymlError E_SHAPE outside. */
export function normaliseAxis(node: Node, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(positive) && positive >= 0 && positive < rank) return positive;
  badShape(node, `axis ${axis} of a tensor with ${rank} dimensions`);
}

/** Distinct axes in [0, rank). @throws TinymlError E_SHAPE for axes outside or given twice. */
export function normaliseAxes(node: Node, axes: readonly number[], rank: number): readonly number[] {
  const positive = axes.map((axis) => normaliseAxis(node, axis, rank));
  if (new Set(positive).size < positive.length)
    badShape(node, `axes [${axes.join(', ')}] name one axis twice`);
  return positive;
}

/** The common shape of operands by ONNX (NumPy) broadcasting. @throws TinymlError E_SHAPE if there is none. */
export function broadcastShape(node: Node, shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const dims = shapes.map((shape) => shape[i - rank + shape.length] ?? 1).filter((dim) => dim !== 1);
    if (dims.some((dim) => dim !== dims[0])) {
      badShape(
        node,
        `shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} do not broadcast`,
      );
    }
    return dims[0] ?? 1;
  });
}
