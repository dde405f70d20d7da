/**
 * Lowering: a quantised Graph (NCHW, float meaning) becomes a Program (NHWC, int8 steps). Each node is turned into
 * the calls of one or more kernels; Relu and Clip go into the clamp of the step before; reshapes and transposes
 * become views. Everything that has no int8 kernel is reported at once.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { makeNode } from '../../graph/build.ts';
import { REQUANTIZE, SILU } from '../../graph/own-operators.ts';
import { consumers } from '../../graph/rewrite.ts';
import type { Graph, Node, Port, Quant } from '../../graph/types.ts';
import type { QuantizeS8 } from '../../program/kernels/quantize-s8.ts';
import { ARENA, type Program, type ProgramPort, type TensorId } from '../../program/types.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  addTensor,
  contiguous,
  describe,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  startLowering,
} from '../shared/context.ts';
import {
  lowerConcat,
  lowerGather,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSplit,
  lowerTranspose,
} from '../shared/movement.ts';
import { physicalShape, type View, wholeView } from '../shared/views.ts';
import { lowerConv, lowerConvTranspose } from './conv.ts';
import { lowerGemm } from './dense.ts';
import { lowerAdd, lowerMul, lowerSoftmax, lowerUnary } from './elementwise.ts';
import { lowerAveragePool, lowerGlobalPool, lowerMaxPool, lowerReduceMean } from './pool.ts';

type Rule = (context: LoweringContext, node: Node) => void;

/** How each operator becomes steps. Operators outside the table are tried as a unary table. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Conv', lowerConv],
  ['ConvTranspose', lowerConvTranspose],
  ['Gemm', lowerGemm],
  ['Add', lowerAdd],
  ['Mul', lowerMul],
  ['Softmax', lowerSoftmax],
  ['MaxPool', lowerMaxPool],
  ['AveragePool', lowerAveragePool],
  ['GlobalAveragePool', (context, node) => lowerGlobalPool(context, node, 'average')],
  ['GlobalMaxPool', (context, node) => lowerGlobalPool(context, node, 'max')],
  ['ReduceMean', lowerReduceMean],
  ['Reshape', lowerReshape],
  ['Flatten', lowerReshape],
  ['Squeeze', lowerReshape],
  ['Unsqueeze', lowerReshape],
  ['Transpose', lowerTranspose],
  ['Slice', lowerSlice],
  ['Split', lowerSplit],
  ['Gather', lowerGather],
  ['Concat', lowerConcat],
  ['Pad', lowerPad],
  ...[
    'Identity',
    REQUANTIZE,
    'Relu',
    'Clip',
    'LeakyRelu',
    'PRelu',
    'Elu',
    'Selu',
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    SILU,
    'Tanh',
    'Gelu',
    'Softplus',
    'Softsign',
    'Erf',
    'Exp',
    'Log',
    'Sqrt',
    'Abs',
    'Neg',
    'Reciprocal',
    'Ceil',
    'Floor',
    'Round',
    'Sign',
    'Sub',
    'Div',
    'Pow',
    'Max',
    'Min',
  ].map((op): [string, Rule] => [op, lowerUnary]),
]);

/** Operators whose output can be represented in the quantisation of their input, when the model gives none. */
const CARRIES_QUANT = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Slice',
  'Split',
  'Gather',
  'Identity',
  'MaxPool',
  'GlobalMaxPool',
  'Relu',
  'Clip',
]);

/** True for operators that have at least one int8 form. */
export function hasKernel(op: string): boolean {
  return RULES.has(op);
}

/** What lowering made of one node: how many steps, or why it has none. */
export type NodeOutcome =
  | { readonly node: Node; readonly kind: 'native'; readonly kernels: readonly string[] }
  | { readonly node: Node; readonly kind: 'fused' }
  | { readonly node: Node; readonly kind: 'view' }
  | {
      readonly node: Node;
      readonly kind: 'unsupported';
      readonly why: string;
      readonly hint: string | undefined;
    };

/** Where a value lies. */
export type Place = {
  readonly view: View;
  /** The features of a [rows, features] value lie in this order: order[physical] = ONNX index. Null: in their own. */
  readonly order: Int32Array | null;
};

export type Placed = {
  readonly program: Program;
  /** Of every value that exists as codes, by name. */
  readonly places: ReadonlyMap<string, Place>;
};

/**
 * Lowers a quantised graph.
 * @throws TinymlError E_OP or E_QUANT listing every node that has no int8 form.
 */
export function lower(graph: Graph): Program {
  return lowerWithPlaces(graph).program;
}

/** The same, and where the values of the graph lie in the tensors of the Program. */
export function lowerWithPlaces(graph: Graph): Placed {
  if ([...graph.values.values()].every(({ quant }) => quant === null)) {
    throw new TinymlError('E_QUANT', 'the model is in float, not quantised', {
      at: graph.inputs.map(({ name }) => `input "${name}"`),
      hint: 'run `tinyml quantize` on it first',
    });
  }
  const { program, places, outcomes } = lowerWithOutcomes(graph);
  const problems = outcomes.filter((outcome) => outcome.kind === 'unsupported');
  if (problems.length === 0) return { program, places };
  const [first] = problems;
  const unquantized = problems.every(({ why }) => why.includes('not quantised'));
  throw new TinymlError(
    unquantized ? 'E_QUANT' : 'E_OP',
    problems.length === 1 ? first!.why : `${problems.length} nodes have no int8 form`,
    {
      at: problems.map(({ node, why }) =>
        problems.length === 1 ? describe(node) : `${describe(node)}: ${why}`,
      ),
      hint: first!.hint ?? 'tinyml inspect --target lists what runs on the device',
    },
  );
}

/** The Program of what could be lowered, and the fate of every node. */
export function lowerWithOutcomes(graph: Graph): Placed & { readonly outcomes: readonly NodeOutcome[] } {
  const context = startLowering(graph, 'int8', carriedQuants(graph));
  const inputs = graph.inputs.map((port) => lowerInput(context, port));
  const broken = new Set<string>();
  const outcomes = graph.nodes.flatMap((node): NodeOutcome[] => {
    if (context.fused.has(node)) return [{ node, kind: 'fused' }];
    // What reads the output of a node that failed has no fault of its own to report.
    if (node.inputs.some((name) => broken.has(name))) {
      for (const output of node.outputs) broken.add(output);
      return [];
    }
    const before = context.steps.length;
    try {
      const rule = RULES.get(node.op);
      if (rule === undefined) {
        return [failed(node, `${node.op} has no int8 kernel`, undefined, broken)];
      }
      rule(context, node);
    } catch (error) {
      if (!(error instanceof TinymlError) || error.code === 'E_INTERNAL') throw error;
      return [failed(node, error.message, error.hint, broken)];
    }
    const kernels = context.steps.slice(before).map((step) => step.kernel);
    return [kernels.length === 0 ? { node, kind: 'view' } : { node, kind: 'native', kernels }];
  });
  const outputs = graph.outputs
    .filter((port) => !broken.has(port.value))
    .map((port) => lowerOutput(context, port));
  const program: Program = {
    name: graph.name,
    inputs,
    outputs,
    tensors: context.tensors,
    steps: context.steps,
  };
  return { ...withoutUnused(program, context), outcomes };
}

function failed(node: Node, why: string, hint: string | undefined, broken: Set<string>): NodeOutcome {
  for (const output of node.outputs) broken.add(output);
  return { node, kind: 'unsupported', why, hint };
}

/** Quantisation of every value, carried forward through operators that only move or select values. */
function carriedQuants(graph: Graph): ReadonlyMap<string, Quant> {
  const quants = new Map<string, Quant>();
  for (const { name, quant } of graph.values.values()) if (quant !== null) quants.set(name, quant);
  const readers = consumers(graph);
  for (const node of graph.nodes) {
    const carried = quants.get(node.inputs[0] ?? '');
    if (carried === undefined || !CARRIES_QUANT.has(node.op)) continue;
    for (const output of node.outputs) {
      // A value that only an activation with its own scale reads stays open: the activation will be fused.
      const next = readers.get(output) ?? [];
      const fusable = next.length === 1 && (next[0]!.op === 'Relu' || next[0]!.op === 'Clip');
      if (!quants.has(output) && !fusable) quants.set(output, carried);
    }
  }
  return quants;
}

function lowerInput(context: LoweringContext, port: Port): ProgramPort {
  const { name, value } = port;
  const onnxShape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const shape = physicalShape(onnxShape, layout);
  const quant = activationQuant(context, value, makeNode('Input', [], [value], {}, name));
  const stored = addTensor(context, { name: value, dtype: 'int8', shape, quant, storage: ARENA });
  context.views.set(value, wholeView(stored, onnxShape, layout));
  if (port.dtype !== 'float32') return { name, tensor: stored, onnxShape, layout };
  const real = floatTensorOf(context, value, shape);
  context.steps.push({ kernel: 'quantize_s8', ...conversion(context, name, real, stored, quant) });
  return { name, tensor: real, onnxShape, layout };
}

function lowerOutput(context: LoweringContext, port: Port): ProgramPort {
  const { name, value } = port;
  const onnxShape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const anchor = makeNode('Output', [value], [], {}, name);
  const quant = activationQuant(context, value, anchor);
  const stored = contiguous(context, value, anchor);
  if (port.dtype !== 'float32') return { name, tensor: stored, onnxShape, layout };
  const real = floatTensorOf(context, value, physicalShape(onnxShape, layout));
  context.steps.push({ kernel: 'dequantize_s8', ...conversion(context, name, stored, real, quant) });
  return { name, tensor: real, onnxShape, layout };
}

function floatTensorOf(context: LoweringContext, value: string, shape: readonly number[]): TensorId {
  return addTensor(context, { name: `${value}_float`, dtype: 'float32', shape, quant: null, storage: ARENA });
}

/** Operands of a conversion between float32 and int8 at the border of the model. */
function conversion(
  context: LoweringContext,
  name: string,
  from: TensorId,
  to: TensorId,
  { scale, zeroPoint }: ActivationQuant,
): Omit<QuantizeS8, 'kernel'> {
  return {
    name,
    inputs: [from],
    constants: [addConstant(context, `${name}_scale`, Float32Array.of(scale))],
    outputs: [to],
    params: { size: elements(context.tensors[to]!.shape), zeroPoint },
  };
}

/** Drops tensors that no step or port uses, and renumbers the rest. */
function withoutUnused(program: Program, { views, featureOrders }: LoweringContext): Placed {
  const used = new Set([
    ...program.inputs.map((port) => port.tensor),
    ...program.outputs.map((port) => port.tensor),
    ...program.steps.flatMap((step) => [...step.inputs, ...step.constants, ...step.outputs]),
  ]);
  const numbers = new Map<number, number>();
  const tensors = program.tensors.filter((_, id) => {
    if (!used.has(id)) return false;
    numbers.set(id, numbers.size);
    return true;
  });
  const renumber = (ids: readonly number[]): number[] => ids.map((id) => numbers.get(id)!);
  const port = (old: ProgramPort): ProgramPort => ({ ...old, tensor: numbers.get(old.tensor)! });
  const places = new Map(
    [...views].flatMap(([name, view]): [string, Place][] => {
      const tensor = numbers.get(view.tensor);
      const order = featureOrders.get(name) ?? null;
      return tensor === undefined ? [] : [[name, { view: { ...view, tensor }, order }]];
    }),
  );
  const steps = program.steps.map((step) => ({
    ...step,
    inputs: renumber(step.inputs),
    constants: renumber(step.constants),
    outputs: renumber(step.outputs),
  }));
  return {
    program: {
      ...program,
      inputs: program.inputs.map(port),
      outputs: program.outputs.map(port),
      tensors,
      steps,
    },
    places,
  };
}
