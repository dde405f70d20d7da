/**
 * Lowering of float graphs: as many nodes as possible become Programs of float32 steps (NHWC), the others keep their own
 * meaning and run between them. Nothing is refused: what has no kernel stays a node.
 */
import { makeNode } from '../../graph/build.ts';
import { outputValues, producers } from '../../graph/rewrite.ts';
import type { Graph, Node, Port } from '../../graph/types.ts';
import { type OperandView, viewGraph } from '../../passes/match.ts';
import { spellOut } from '../../passes/spell-out.ts';
import { lastWriters } from '../../program/plan.ts';
import type { Program } from '../../program/program.ts';
import { ARENA, type ProgramPort, type TensorId } from '../../program/types.ts';
import {
  addTensor,
  contiguous,
  contiguousIn,
  type LoweringContext,
  layoutOf,
  OUTPUT,
  shapeOf,
  startLowering,
} from '../shared/context.ts';
import { type Layout, plainLayout, wholeView } from '../shared/views.ts';
import { floatRule } from './rules.ts';

/** A value that can be seen while a Program runs: it lies in `tensor` once `after` steps have run, and maybe no longer. */
type Watch = {
  readonly value: string;
  readonly tensor: TensorId;
  /** ONNX shape. */
  readonly shape: readonly number[];
  /** Physical axis i holds ONNX axis layout[i]. */
  readonly layout: Layout;
  readonly after: number;
};

/** Inputs and outputs of the Program are named after the values, in plain row-major order. */
export type FloatSegment = {
  readonly kind: 'program';
  readonly program: Program;
  /** In the order of `after`. */
  readonly watches: readonly Watch[];
};

type FloatPart = FloatSegment | { readonly kind: 'node'; readonly node: Node };

/**
 * The parts of a graph without quantisation, in the order in which they run.
 * @param watched values that must be seen: they are not computed away
 */
export function lowerFloat(graph: Graph, watched: ReadonlySet<string>): readonly FloatPart[] {
  const view = viewGraph(spellOut(graph));
  return partition(view).flatMap((nodes): FloatPart[] => {
    const isWork = nodes.some((node) => floatRule(view, node)?.kind === 'computes');
    return isWork
      ? [lowerSegment(subgraph(view, nodes), watched)]
      : nodes.map((node) => ({ kind: 'node', node }));
  });
}

/** Longest runs of consecutive nodes that all have a rule; every other node alone. */
function partition(view: OperandView): readonly (readonly Node[])[] {
  const parts: Node[][] = [];
  let open: Node[] | null = null;
  for (const node of view.graph.nodes) {
    if (floatRule(view, node) === null) {
      parts.push([node]);
      open = null;
    } else if (open === null) {
      open = [node];
      parts.push(open);
    } else {
      open.push(node);
    }
  }
  return parts;
}

/** The nodes as a graph of their own: what they read from outside goes in, what is read outside comes out. */
function subgraph({ graph, readers }: OperandView, nodes: readonly Node[]): Graph {
  const inside = new Set(nodes);
  const made = producers({ nodes });
  const outputs = outputValues(graph);
  const isGiven = (name: string): boolean => name !== '' && !made.has(name) && !graph.constants.has(name);
  const given = new Set(nodes.flatMap((node) => node.inputs.filter(isGiven)));
  const taken = [...made.keys()].filter(
    (name) =>
      name !== '' && (outputs.has(name) || (readers.get(name) ?? []).some((node) => !inside.has(node))),
  );
  const port = (value: string): Port => ({ name: value, value, dtype: 'float32' });
  return { ...graph, state: [], nodes, inputs: [...given].map(port), outputs: taken.map(port) };
}

function lowerSegment(graph: Graph, watched: ReadonlySet<string>): FloatSegment {
  const context = startLowering(graph, 'float32', new Map(), watched);
  const view: OperandView = { graph, readers: context.consumers, outputs: context.outputValues };
  const inputs = graph.inputs.map((port) => lowerInput(context, port));
  const seen: Omit<Watch, 'after'>[] = [];
  for (const node of graph.nodes) {
    if (!context.fused.has(node)) floatRule(view, node)!.lower(context, node);
    for (const value of node.outputs) {
      if (!watched.has(value)) continue;
      const tensor = contiguous(context, value, node);
      seen.push({ value, tensor, shape: shapeOf(context, value), layout: layoutOf(context, value) });
    }
  }
  const outputs = graph.outputs.map((port) => lowerOutput(context, port));
  const written = lastWriters(context.steps);
  const watches = seen.map((watch) => ({ ...watch, after: (written.get(watch.tensor) ?? -1) + 1 }));
  return {
    kind: 'program',
    program: { name: graph.name, inputs, outputs, tensors: context.tensors, steps: context.steps },
    watches: watches.sort((a, b) => a.after - b.after),
  };
}

function lowerInput(context: LoweringContext, { name, value }: Port): ProgramPort {
  const onnxShape = shapeOf(context, value);
  const layout = plainLayout(onnxShape.length);
  const tensor = addTensor(context, {
    name: value,
    dtype: 'float32',
    shape: onnxShape,
    quant: null,
    storage: ARENA,
  });
  context.views.set(value, wholeView(tensor, onnxShape, layout));
  return { name, tensor, onnxShape, layout };
}

function lowerOutput(context: LoweringContext, { name, value }: Port): ProgramPort {
  const onnxShape = shapeOf(context, value);
  const layout = plainLayout(onnxShape.length);
  const anchor = makeNode(OUTPUT, [value], [], {}, name);
  return { name, tensor: contiguousIn(context, value, anchor, layout), onnxShape, layout };
}
