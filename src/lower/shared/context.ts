/** What lowering gathers while it walks the graph: tensors, steps, and where each value lies. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { consumers, outputValues } from '../../graph/rewrite.ts';
import { sameShape } from '../../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import type { OperandView } from '../../passes/match.ts';
import type { Step } from '../../program/kernels/index.ts';
import { ARENA, dtypeOf, type ProgramTensor, type TensorId } from '../../program/types.ts';
import { copyBoxes } from './copy-boxes.ts';
import { chooseLayouts } from './layout.ts';
import { permute } from './permute.ts';
import { isWhole, type Layout, physicalShape, plainLayout, type View, wholeView } from './views.ts';

/** Per-tensor int8 quantisation of an activation. */
export type ActivationQuant = { readonly scale: number; readonly zeroPoint: number };

/** What the elements of a value are while a Program runs: codes, or the real numbers themselves. */
type StorageType = 'int8' | 'int16' | 'float32';

/**
 * The graph as one node is lowered. A node computes in one type: its rule reads and writes all values in `storage`, and finds
 * them so, whatever the nodes around it compute in. `inStorage` gives the same lowering to nodes of another type.
 */
export type LoweringContext = {
  /** Where `storage` is float32: without quantisation, its constants the numbers that they stand for. */
  readonly graph: Graph;
  readonly storage: StorageType;
  readonly consumers: ReadonlyMap<string, readonly Node[]>;
  /** Values that must exist as they are: outputs of the model, and what somebody wants to see. */
  readonly outputValues: ReadonlySet<string>;
  readonly layouts: ReadonlyMap<string, Layout>;
  /** The codes of values: those that have none are float32. */
  readonly quants: ReadonlyMap<string, Quant>;
  readonly tensors: ProgramTensor[];
  readonly steps: Step[];
  /** Where values lie in `storage`: as they are made, and as a node of another type asked for them. */
  readonly views: Map<string, View>;
  readonly viewsIn: Readonly<Record<StorageType, Map<string, View>>>;
  /** [rows, features] values whose features lie in another order: featureOrder[physical] = ONNX index. */
  readonly featureOrders: Map<string, Int32Array>;
  /** Values of ties that lie in the state already when the run ends. */
  readonly settled: Set<string>;
  /** Activation nodes that went into the clamp of the step before. */
  readonly fused: Set<Node>;
};

/** The place of a node in messages; of a port, where the node stands for one. */
export function describe(node: Node): string {
  if (node.op === INPUT) return `input "${node.name}"`;
  return node.op === OUTPUT ? `output "${node.name}"` : `node "${node.name}" (${node.op})`;
}

/** Operators of the nodes that stand for the inputs and outputs of a model where one is lowered. */
export const INPUT = 'Input';
export const OUTPUT = 'Output';

/** A node that the kernels cannot express; lowering gathers all of them into one error, with the ways out. */
export function unsupported(node: Node, why: string, wayOut = WAY_OUT): TinymlError {
  return new TinymlError('E_OP', why, { at: describe(node), hint: wayOut });
}

/** Where nothing better can be said. */
export const WAY_OUT =
  'rewrite this part of the model with operators that run in int8: docs/operators.md lists them';

/** What questions about operands need. */
export function viewOfContext({ graph, consumers, outputValues }: LoweringContext): OperandView {
  return { graph, readers: consumers, outputs: outputValues };
}

export function shapeOf(context: Pick<LoweringContext, 'graph'>, value: string): readonly number[] {
  return context.graph.values.get(value)!.shape;
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function layoutOf(context: LoweringContext, value: string): Layout {
  return context.layouts.get(value) ?? plainLayout(shapeOf(context, value).length);
}

/** @throws TinymlError E_QUANT if the value has no per-tensor 8-bit quantisation. */
export function activationQuant(context: LoweringContext, value: string, node: Node): ActivationQuant {
  const quant = context.quants.get(value);
  if (quant === undefined) throw withoutCodes(context.graph, value, node);
  if (quant.axis !== null || quant.scale.length !== 1 || quant.dtype === 'int32') {
    throw new TinymlError('E_QUANT', `activation "${value}" must have one scale of 8-bit or 16-bit codes`, {
      at: describe(node),
      hint: 'quantise activations per tensor to 8 bits (ONNX Runtime: QuantFormat.QDQ, per_channel for weights only)',
    });
  }
  const scale = quant.scale[0]!;
  const zeroPoint = quant.dtype === 'uint8' ? quant.zeroPoint[0]! - 128 : quant.zeroPoint[0]!;
  if (quant.dtype === 'int16' && zeroPoint !== 0) {
    throw new TinymlError('E_QUANT', `"${value}" has 16-bit codes with the zero point ${zeroPoint}, not 0`, {
      at: describe(node),
      hint: 'quantise symmetrically to 16 bits (ONNX Runtime: ActivationSymmetric), or to 8 bits',
    });
  }
  const kept = storageOf(context, value);
  if (kept === 'int8' && context.storage === 'int16') return { scale: scale / WIDER, zeroPoint: 0 };
  if (kept === 'int16' && context.storage === 'int8') return { scale: scale * NARROWER, zeroPoint: 0 };
  return { scale, zeroPoint };
}

/** Codes of 8 bits less their zero point, times this, are exact in 16 bits; those of 16 bits by this fit 8 bits. */
const WIDER = 128;
const NARROWER = 256;

/** Why a value has no codes: it is a constant, no real number, or left out where the model was quantised. */
function withoutCodes({ constants, values }: Graph, value: string, node: Node): TinymlError {
  const at = describe(node);
  const { dtype } = values.get(value)!;
  const constant = constants.get(value);
  if (constant !== undefined) return constantOperand(constant, value, node);
  if (dtype !== 'float32') {
    return new TinymlError('E_OP', `"${value}" is ${dtype}, and only float32 values have int8 codes`, {
      at,
      hint: `cut the part that computes with ${dtype} off the model, and let the application do its work (rows of an embedding: look them up there, and give them as a float32 input)`,
    });
  }
  return new TinymlError('E_QUANT', `"${value}" has no scale: the model is quantised in part only`, {
    at,
    hint:
      `give "${value}" a scale where the model was quantised (Brevitas: output_quant of that layer, or a QuantIdentity behind it;` +
      ' ONNX Runtime: do not exclude its node), or give the whole float model to `tinyml quantize`',
  });
}

/** A constant where only an activation has codes. */
function constantOperand({ shape }: Tensor, value: string, node: Node): TinymlError {
  const at = describe(node);
  if (node.op === OUTPUT) {
    return new TinymlError('E_OP', `"${value}" is a constant, which has no codes`, {
      at,
      hint: 'remove it from the model: the application can hold the constant itself',
    });
  }
  return new TinymlError(
    'E_OP',
    `${node.op} has no int8 form for the constant "${value}" of shape ${shape.join('x') || 'scalar'}`,
    { at, hint: `make "${value}" an input of the model: the application can hold the constant and give it` },
  );
}

/** Truth as codes: 0 and 1. */
export const TRUTH: ActivationQuant = { scale: 1, zeroPoint: 0 };

/** The codes in which the node at hand has an activation or truth: null where it computes in float32. @throws as `activationQuant` */
export function operandQuant(context: LoweringContext, value: string, node: Node): ActivationQuant | null {
  switch (context.storage) {
    case 'int8':
      return context.graph.values.get(value)?.dtype === 'bool'
        ? TRUTH
        : activationQuant(context, value, node);
    case 'int16':
      return activationQuant(context, value, node);
    case 'float32':
      return null;
  }
}

/** What a value is kept as between nodes. */
export function storageOf(
  { graph, quants }: Pick<LoweringContext, 'graph' | 'quants'>,
  value: string,
): StorageType {
  // What is no real number, rules of the integers keep in their own way.
  if (graph.values.get(value)?.dtype !== 'float32') return 'int8';
  const quant = quants.get(value);
  if (quant === undefined) return 'float32';
  return quant.dtype === 'int16' ? 'int16' : 'int8';
}

/** The same lowering, for nodes that compute in another type. */
export function inStorage(context: LoweringContext, storage: StorageType): LoweringContext {
  return { ...context, storage, views: context.viewsIn[storage] };
}

/** What lowering starts with. */
export function startLowering(
  graph: Graph,
  storage: StorageType,
  quants: ReadonlyMap<string, Quant>,
  watched: ReadonlySet<string> = new Set(),
): LoweringContext {
  const views = (): Map<string, View> => new Map();
  const viewsIn = { int8: views(), int16: views(), float32: views() };
  return {
    graph,
    storage,
    quants,
    consumers: consumers(graph),
    outputValues: new Set([...outputValues(graph), ...watched]),
    layouts: chooseLayouts(graph),
    tensors: [],
    steps: [],
    views: viewsIn[storage],
    viewsIn,
    featureOrders: new Map(),
    settled: new Set(),
    fused: new Set(),
  };
}

export function addTensor(context: LoweringContext, tensor: ProgramTensor): TensorId {
  context.tensors.push(tensor);
  return context.tensors.length - 1;
}

/** A constant table of the step that comes next, named after its layer. */
export function addConstant(
  context: LoweringContext,
  name: string,
  data: Int8Array | Int16Array | Int32Array | Float32Array,
  shape: readonly number[] = [data.length],
): TensorId {
  const dtype = dtypeOf(data);
  return addTensor(context, { name, dtype, shape, quant: null, storage: { kind: 'constant', data } });
}

/** Makes the tensor of a value, in the value's own layout if no other is given. */
export function defineValue(
  context: LoweringContext,
  value: string,
  quant: ActivationQuant | null,
  layout: Layout = layoutOf(context, value),
): TensorId {
  const shape = shapeOf(context, value);
  const id = addTensor(context, {
    name: value,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant,
    storage: ARENA,
  });
  context.views.set(value, wholeView(id, shape, layout));
  return id;
}

/** The tensor that holds the value contiguously in its own layout; copies once where the view is scattered. */
export function contiguous(context: LoweringContext, value: string, node: Node): TensorId {
  return contiguousIn(context, value, node, layoutOf(context, value));
}

/** The same in a layout that the reader asks for. */
export function contiguousIn(context: LoweringContext, value: string, node: Node, layout: Layout): TensorId {
  const constant = context.storage === 'float32' ? context.graph.constants.get(value) : undefined;
  if (constant !== undefined) return constantIn(context, value, constant, layout);
  const view = viewOf(context, value, node);
  const covers = elements(context.tensors[view.tensor]!.shape) === elements(view.shape);
  if (covers && isWhole(view, layout)) return view.tensor;
  const shape = shapeOf(context, value);
  const id = addTensor(context, {
    name: `${value}_contiguous`,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant: operandQuant(context, value, node),
    storage: ARENA,
  });
  const target = wholeView(id, shape, layout);
  addCopy(context, node, view, target);
  if (sameShape(layout, layoutOf(context, value))) context.views.set(value, target);
  return id;
}

/** A float32 constant of the graph where a kernel takes an activation. */
function constantIn(
  context: LoweringContext,
  value: string,
  { shape, data }: Tensor,
  layout: Layout,
): TensorId {
  const values = permute(data as Float32Array, shape, layout);
  return addConstant(context, value, values, physicalShape(shape, layout));
}

export function viewOf(context: LoweringContext, value: string, node: Node): View {
  const view = context.views.get(value);
  const constant = context.storage === 'float32' ? context.graph.constants.get(value) : undefined;
  if (view === undefined && constant !== undefined) {
    const layout = plainLayout(constant.shape.length);
    return wholeView(constantIn(context, value, constant, layout), constant.shape, layout);
  }
  return view ?? converted(context, value, node);
}

/** A value in the storage of the context, from the one that it has: by one step, however many nodes read it so. */
function converted(context: LoweringContext, value: string, node: Node): View {
  const from = inStorage(context, storageOf(context, value));
  if (from.storage === context.storage || !from.views.has(value))
    throw withoutCodes(context.graph, value, node);
  const layout = layoutOf(context, value);
  const source = contiguousIn(from, value, node, layout);
  const { shape } = context.tensors[source]!;
  const tensor =
    context.storage === 'float32'
      ? floatTensor(value, shape)
      : {
          ...floatTensor(`${value}_${context.storage}`, shape),
          dtype: context.storage,
          quant: activationQuant(context, value, node),
        };
  const target = addTensor(context, tensor);
  addConversion(from, context, value, source, target, node);
  const view = wholeView(target, shapeOf(context, value), layout);
  context.views.set(value, view);
  return view;
}

/** Turns a value that a node computed in another type into what others find it as; that is what it is from then on. */
export function keepAsStored(context: LoweringContext, value: string, node: Node): void {
  const kept = inStorage(context, storageOf(context, value));
  const source = contiguous(context, value, node);
  const stored = defineValue(kept, value, operandQuant(kept, value, node));
  addConversion(context, kept, value, source, stored, node);
  context.views.delete(value);
}

/** A value in float32, beside its codes where it has some. @param shape physical */
export function floatTensor(value: string, shape: readonly number[]): ProgramTensor {
  return { name: `${value}_float`, dtype: 'float32', shape, quant: null, storage: ARENA };
}

/** The step that makes elements of one type of those of another: the steps are named after the node. */
export function addConversion(
  from: LoweringContext,
  to: LoweringContext,
  value: string,
  source: TensorId,
  target: TensorId,
  node: Node,
): void {
  const { steps } = from;
  const size = elements(from.tensors[target]!.shape);
  const given = { name: node.name, inputs: [source] };
  const outputs = [target];
  const scaleOf = (scale: number): readonly TensorId[] => [
    addConstant(from, `${node.name}_scale`, Float32Array.of(scale)),
  ];
  const [read, written] = [operandQuant(from, value, node), operandQuant(to, value, node)];
  if (read === null && written !== null) {
    const constants = scaleOf(written.scale);
    if (to.storage === 'int16')
      steps.push({ kernel: 'quantize_s16', ...given, constants, outputs, params: { size } });
    else {
      const { zeroPoint } = written;
      steps.push({ kernel: 'quantize_s8', ...given, constants, outputs, params: { size, zeroPoint } });
    }
  } else if (read !== null && written === null) {
    const constants = scaleOf(read.scale);
    if (from.storage === 'int16')
      steps.push({ kernel: 'dequantize_s16', ...given, constants, outputs, params: { size } });
    else {
      const { zeroPoint } = read;
      steps.push({ kernel: 'dequantize_s8', ...given, constants, outputs, params: { size, zeroPoint } });
    }
  } else if (read !== null && written !== null) {
    const params = { size, ...quantizeMultiplier(read.scale / written.scale) };
    steps.push(
      to.storage === 'int16'
        ? {
            kernel: 'requantize_s8_s16',
            ...given,
            constants: [],
            outputs,
            params: { ...params, inputOffset: -read.zeroPoint },
          }
        : {
            kernel: 'requantize_s16_s8',
            ...given,
            constants: [],
            outputs,
            params: { ...params, outputOffset: written.zeroPoint },
          },
    );
  }
}

const COPY = { int8: 'copy_s8', int16: 'copy_s16', float32: 'copy_f32' } as const satisfies Readonly<
  Record<StorageType, string>
>;

/** One copy step per box of at most four loops; none where there is nothing to copy. */
export function addCopy(context: LoweringContext, node: Node, from: View, to: View): void {
  for (const params of copyBoxes(from, to)) {
    context.steps.push({
      kernel: COPY[context.storage],
      name: node.name,
      inputs: [from.tensor],
      constants: [],
      outputs: [to.tensor],
      params,
    });
  }
}
