/**
 * Lowering: a quantised Graph (NCHW, float meaning) becomes a Program (NHWC steps). Each node is turned into
 * the calls of one or more kernels; Relu and Clip go into the clamp of the step before; reshapes and transposes
 * become views. A value with quantisation is kept as codes, any other as float32; a node computes in integers where all that
 * it reads and makes has codes, else in float32. Everything that has no kernel is reported at once.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { makeNode } from '../graph/build.ts';
import { consumers } from '../graph/rewrite.ts';
import { dataInputs, dataOutputs, statePairs } from '../graph/state.ts';
import type { Graph, Node, Port, Quant } from '../graph/types.ts';
import { deviceForms } from '../passes/device-forms.ts';
import type { Program } from '../program/program.ts';
import { ARENA, type ProgramPort, type ProgramTensor } from '../program/types.ts';
import { withoutUnused } from '../program/unused.ts';
import { floatRule } from './float32/rules.ts';
import { fuseAttention } from './int8/fuse-attention.ts';
import { guardOptions } from './int8/gate.ts';
import { guardSteps } from './int8/guard-steps.ts';
import { hasCodes, hasWideCodes } from './int8/has-codes.ts';
import { MAKES_WIDE, RULES } from './int8/rules.ts';
import { withoutUnreadStatistics } from './int8/unread-statistics.ts';
import { isDynamic, withoutRule } from './int8/without-rule.ts';
import { wideRule } from './int16/rules.ts';
import { keepStateInPlace } from './keep-state-in-place.ts';
import { isUnsupported, loweringError, type NodeOutcome, refused, type Unsupported } from './outcomes.ts';
import { realGraph } from './real-graph.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConversion,
  addTensor,
  contiguous,
  defineValue,
  describe,
  elements,
  floatTensor,
  INPUT,
  inStorage,
  keepAsStored,
  type LoweringContext,
  layoutOf,
  OUTPUT,
  shapeOf,
  startLowering,
  storageOf,
  TRUTH,
  unsupported,
  viewOfContext,
} from './shared/context.ts';
import { isWhole, type Layout, physicalShape, plainLayout, type View, wholeView } from './shared/views.ts';
import { lowerStateInput, nextState, portTensor, storeState } from './state.ts';

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
  'ReduceMax',
  'ReduceMin',
  'Resize',
  'DepthToSpace',
  'SpaceToDepth',
  'Tile',
  'Expand',
  'GatherElements',
  'GatherND',
  'Trilu',
  'Relu',
  'Clip',
]);

/** Where a value lies. */
type Place = {
  readonly view: View;
  /** The features of a [rows, features] value lie in this order: order[physical] = ONNX index. Null: in their own. */
  readonly order: Int32Array | null;
  /** In a state tensor, which holds one value after another: the number of steps behind which it is this one. */
  readonly since: number;
};

type Placed = {
  readonly program: Program;
  /** Of every value that exists as it is kept (`storageOf`), by name. */
  readonly places: ReadonlyMap<string, Place>;
};

/**
 * Lowers a quantised graph.
 * @throws TinymlError E_OP or E_QUANT listing every node that has no int8 form.
 */
export function lower(graph: Graph): Program {
  const whole = fuseAttention(withoutUnreadStatistics(keepStateInPlace(lowerWithPlaces(graph).program)));
  return guardSteps(whole, guardOptions(graph));
}

/**
 * The same, all of it computed in every run, with every value in a tensor of its own, or in a view of one: where they lie. New
 * state is computed apart and copied at the end, but for what gates keep.
 */
export function lowerWithPlaces(graph: Graph): Placed {
  const values = [...graph.values.values()];
  const dynamic = loweringError(graph.nodes.filter(isDynamic).map(refusedBeforehand), severalWithoutForm);
  if (dynamic !== null) throw dynamic;
  if (values.some(({ dtype }) => dtype === 'float32') && values.every(({ quant }) => quant === null)) {
    throw new TinymlError('E_QUANT', 'the model is in float, not quantised', {
      at: graph.inputs.map(({ name }) => `input "${name}"`),
      hint: 'run `tinyml quantize` on it first, or give `tinyml deploy` what to calibrate it with: --data',
    });
  }
  const { program, places, outcomes } = lowerWithOutcomes(graph);
  const problem = loweringError(outcomes, severalWithoutForm);
  if (problem !== null) throw problem;
  return { program, places };
}

function severalWithoutForm(count: number): string {
  return `${count} nodes have no int8 form`;
}

function refusedBeforehand(node: Node): Unsupported {
  return refused(node, withoutRule(node), false);
}

/** Of a quantised graph, the nodes that have a form with 16-bit codes. */
export function nodesWithWideForm(graph: Graph): ReadonlySet<Node> {
  const context = inStorage(startLowering(graph, 'int8', carriedQuants(graph)), 'int16');
  return new Set(graph.nodes.filter((node) => wideRule(context, node) !== null));
}

/** The Program of what could be lowered, and the fate of every node; ports appear only where they cannot be lowered. */
export function lowerWithOutcomes(given: Graph): Placed & { readonly outcomes: readonly NodeOutcome[] } {
  const graph = deviceForms(given);
  const context = startLowering(graph, 'int8', carriedQuants(graph));
  const inFloat = graph.nodes.filter((node) => !hasCodes(context, node));
  const floats = { ...inStorage(context, 'float32'), graph: realGraph(graph, inFloat) };
  const wide = inStorage(context, 'int16');
  const unknown = new Set<string>();
  const judge = <Made>(node: Node, make: () => Made): Made | Unsupported => {
    try {
      checkElements(context, node);
      return make();
    } catch (error) {
      if (!(error instanceof TinymlError) || error.code === 'E_INTERNAL') throw error;
      standIn(context, node, unknown);
      return refused(node, error, error.code === 'E_OP' && hasFloatForm(context, node));
    }
  };
  const pairs = statePairs(graph);
  const ports: ReturnType<typeof judge<ProgramPort>>[] = dataInputs(graph).map((port) => {
    const node = inputNode(port);
    return judge(node, () => lowerInput(context, port, node));
  });
  const states = pairs.map(({ input }) => {
    const node = inputNode(input);
    return judge(node, () => lowerStateInput(context, input.value, node));
  });
  const since = new Map<string, number>();
  const outcomes = graph.nodes.flatMap((node): NodeOutcome[] => {
    if (context.fused.has(node)) return [{ node, kind: 'fused' }];
    // Of what reads a value that has no codes, because what makes it failed, nothing can be said.
    if (node.inputs.some((name) => unknown.has(name))) {
      standIn(context, node, unknown);
      return [];
    }
    const before = context.steps.length;
    const outcome = judge(node, () => lowerNode({ codes: context, wide, floats }, node));
    for (const value of node.outputs) since.set(value, context.steps.length);
    if (outcome !== undefined) return [outcome];
    const kernels = context.steps.slice(before).map((step) => step.kernel);
    return [kernels.length === 0 ? { node, kind: 'view' } : { node, kind: 'native', kernels }];
  });
  const results = dataOutputs(graph)
    .filter((port) => !unknown.has(port.value))
    .map((port) => {
      const node = outputNode(port);
      return judge(node, () => lowerOutput(context, port, node));
    });
  const next = pairs
    .filter(
      ({ input, output }) =>
        !unknown.has(input.value) && !unknown.has(output.value) && !context.settled.has(output.value),
    )
    .map((pair) => {
      const node = outputNode(pair.output);
      return judge(node, () => ({ pair, view: nextState(context, pair, node) }));
    });
  for (const made of next) if ('pair' in made) storeState(context, made.pair, made.view);
  const program: Program = {
    name: graph.name,
    inputs: ports.filter(isPort),
    outputs: results.filter(isPort),
    tensors: context.tensors,
    steps: context.steps,
  };
  const refusals = (made: unknown): readonly Unsupported[] => (isUnsupported(made) ? [made] : []);
  return {
    ...placed(program, context, since),
    outcomes: [
      ...[...ports, ...states].flatMap(refusals),
      ...outcomes,
      ...[...results, ...next].flatMap(refusals),
    ],
  };
}

/** One lowering, for nodes that compute with codes of 8 bits, of 16 bits, and in float32. */
type Lowerings = {
  readonly codes: LoweringContext;
  readonly wide: LoweringContext;
  readonly floats: LoweringContext;
};

function lowerNode({ codes, wide, floats }: Lowerings, node: Node): void {
  const coded = hasCodes(codes, node);
  const inFloat = coded ? null : floatRule(viewOfContext(floats), node, true);
  const inWide = coded && hasWideCodes(codes, node) ? wideRule(wide, node) : null;
  const context = inFloat !== null ? floats : inWide !== null ? wide : codes;
  (inFloat?.lower ?? inWide ?? narrowRule(codes, node))(context, node);
  for (const value of madeBy(context, node)) {
    if (storageOf(context, value) !== context.storage) keepAsStored(context, value, node);
  }
}

/** @throws TinymlError E_OP for a node without a form in 8 bits, or that makes codes of 16 bits */
function narrowRule(codes: LoweringContext, node: Node): (context: LoweringContext, node: Node) => void {
  const rule = RULES.get(node.op);
  if (rule === undefined) throw withoutRule(node);
  const isWide = (value: string): boolean => value !== '' && storageOf(codes, value) === 'int16';
  if (!MAKES_WIDE.has(node.op) && node.outputs.some(isWide)) {
    throw unsupported(
      node,
      `${node.op} has no kernel that makes 16-bit codes`,
      'quantise its output to 8 bits',
    );
  }
  return rule;
}

/** Whether a node that has codes could be left in float32. */
function hasFloatForm(codes: LoweringContext, node: Node): boolean {
  if (node.op === INPUT || node.op === OUTPUT || !hasCodes(codes, node)) return false;
  const real = { ...codes, graph: realGraph(codes.graph, [node]) };
  return floatRule(viewOfContext(real), node, true) !== null;
}

/** The values that the steps of a node write: its outputs, or those of the activations computed with it. */
function madeBy({ consumers, fused, views }: LoweringContext, { outputs }: Node): readonly string[] {
  const behind = outputs.flatMap((output) => consumers.get(output) ?? []).filter((node) => fused.has(node));
  return [...outputs, ...behind.flatMap((node) => node.outputs)].filter((value) => views.has(value));
}

function inputNode({ name, value }: Port): Node {
  return makeNode(INPUT, [], [value], {}, name);
}

function outputNode({ name, value }: Port): Node {
  return makeNode(OUTPUT, [value], [], {}, name);
}

function isPort(made: ProgramPort | Unsupported): made is ProgramPort {
  return 'tensor' in made;
}

/** @throws TinymlError E_OP for a node that reads or makes a tensor without elements: there is nothing to compute. */
function checkElements(context: LoweringContext, node: Node): void {
  const { constants } = context.graph;
  const empty = [...node.inputs, ...node.outputs].find(
    (name) => name !== '' && !constants.has(name) && elements(shapeOf(context, name)) === 0,
  );
  if (empty === undefined) return;
  throw new TinymlError('E_OP', `"${empty}" has no elements (shape ${shapeOf(context, empty).join('x')})`, {
    at: describe(node),
    hint: 'remove the part of the model that computes nothing',
  });
}

/** Places for what a failed node would have made, so that the nodes behind it are judged too. */
function standIn(context: LoweringContext, node: Node, unknown: Set<string>): void {
  for (const output of node.outputs) {
    const kept = inStorage(context, storageOf(context, output));
    if (output === '' || kept.views.has(output)) continue;
    // An activation behind it is computed with it only where it is computed.
    for (const reader of context.consumers.get(output) ?? []) context.fused.delete(reader);
    const hasCodes = context.quants.has(output) && elements(shapeOf(context, output)) > 0;
    if (hasCodes) defineValue(kept, output, STAND_IN);
    else unknown.add(output);
  }
}

const STAND_IN: ActivationQuant = { scale: 1, zeroPoint: 0 };

/** Quantisation of every value, carried forward through operators that only move or select values. */
function carriedQuants(graph: Graph): ReadonlyMap<string, Quant> {
  const quants = new Map<string, Quant>();
  for (const { name, quant } of graph.values.values()) if (quant !== null) quants.set(name, quant);
  const readers = consumers(graph);
  for (const node of graph.nodes) {
    const carried = quants.get(node.inputs[0] ?? '');
    if (carried === undefined || !CARRIES_QUANT.has(node.op)) continue;
    for (const output of node.outputs) {
      if (graph.values.get(output)?.dtype !== 'float32') continue;
      // A value that only an activation with its own scale reads stays open: the activation will be fused.
      const next = readers.get(output) ?? [];
      const fusable = next.length === 1 && (next[0]!.op === 'Relu' || next[0]!.op === 'Clip');
      if (!quants.has(output) && !fusable) quants.set(output, carried);
    }
  }
  return quants;
}

function lowerInput(context: LoweringContext, port: Port, anchor: Node): ProgramPort {
  const { name, value } = port;
  const onnxShape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const shape = physicalShape(onnxShape, layout);
  if (port.dtype === 'float32' && storageOf(context, value) === 'float32') {
    const tensor = addTensor(context, floatTensor(value, shape));
    context.viewsIn.float32.set(value, wholeView(tensor, onnxShape, layout));
    return { name, tensor, onnxShape, layout };
  }
  const whole = wholeNumbers(context, value);
  if (whole !== null) {
    const tensor = addTensor(context, { name: value, ...whole, shape, storage: ARENA });
    context.views.set(value, wholeView(tensor, onnxShape, layout));
    return { name, tensor, onnxShape, layout };
  }
  const kept = inStorage(context, storageOf(context, value));
  const quant = activationQuant(kept, value, anchor);
  const stored = addTensor(context, { name: value, dtype: kept.storage, shape, quant, storage: ARENA });
  kept.views.set(value, wholeView(stored, onnxShape, layout));
  if (port.dtype !== 'float32') return { name, tensor: stored, onnxShape, layout };
  const real = addTensor(context, floatTensor(value, shape));
  addConversion(inStorage(context, 'float32'), kept, value, real, stored, anchor);
  return { name, tensor: real, onnxShape, layout };
}

/** How a value that is no real number is kept: truth as codes 0 and 1, whole numbers as int32; null for real numbers. */
function wholeNumbers(
  { graph }: LoweringContext,
  value: string,
): Pick<ProgramTensor, 'dtype' | 'quant'> | null {
  switch (graph.values.get(value)!.dtype) {
    case 'bool':
      return { dtype: 'int8', quant: TRUTH };
    case 'int32':
    case 'int64':
      return { dtype: 'int32', quant: null };
    default:
      return null;
  }
}

function lowerOutput(context: LoweringContext, port: Port, anchor: Node): ProgramPort {
  const { name, value } = port;
  if (context.graph.inputs.some((input) => input.name === name && input.value === value)) {
    throw unsupported(anchor, `output "${name}" is the input of that name: there is nothing to compute`);
  }
  const onnxShape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const view = context.views.get(value);
  if (view !== undefined && wholeNumbers(context, value) !== null) {
    const lies = layoutOfView(view);
    if (isWhole(view, lies)) return { name, tensor: view.tensor, onnxShape, layout: lies };
  }
  // A constant is refused as one that has no codes.
  const real = port.dtype === 'float32' && !context.graph.constants.has(value);
  const coded = storageOf(context, value) === 'int16' ? 'int16' : 'int8';
  const wanted = inStorage(context, real ? 'float32' : coded);
  const tensor = contiguous(wanted, value, anchor);
  return { name, tensor: portTensor(wanted, tensor, value, anchor), onnxShape, layout };
}

/** The order of axes in which a view lies. */
function layoutOfView({ strides }: View): Layout {
  return plainLayout(strides.length).toSorted((a, b) => strides[b]! - strides[a]! || a - b);
}

/** Drops the tensors that no step or port uses, and tells where the values lie in the others. */
function placed(
  whole: Program,
  { graph, quants, viewsIn, featureOrders }: LoweringContext,
  since: ReadonlyMap<string, number>,
): Placed {
  const { program, numbers } = withoutUnused(whole);
  const views = Object.entries(viewsIn).flatMap(([storage, all]) =>
    [...all].filter(([name]) => storageOf({ graph, quants }, name) === storage),
  );
  const places = new Map(
    views.flatMap(([name, view]): [string, Place][] => {
      const tensor = numbers.get(view.tensor);
      const order = featureOrders.get(name) ?? null;
      return tensor === undefined
        ? []
        : [[name, { view: { ...view, tensor }, order, since: since.get(name) ?? 0 }]];
    }),
  );
  return { program, places };
}
