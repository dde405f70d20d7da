/**
 * Float graphs on the host engine: Programs of float32 kernels where there are any, the operators' own meaning between
 * them. The bits are the same on every engine; src/ops/execute.ts, which sums in float64, says what is right within
 * float32 rounding.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { createMachine, runWithStops } from '../engine/index.ts';
import { type Kernels, loadKernels } from '../engine/load.ts';
import { dataInputs, dataOutputs, statePairs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { type FloatSegment, lowerFloat } from '../lower/float32/lower.ts';
import { checkOperators, dyingValues, prepareNode, readPorts } from '../ops/execute.ts';
import { createTools, type Tools } from '../ops/prepare.ts';
import { deviceForms } from '../passes/device-forms.ts';
import { planMemory } from '../program/plan.ts';
import type { ProgramPort } from '../program/types.ts';

/** A value as it lies in memory, valid during the call that gets it. */
export type Seen = {
  /** ONNX shape. */
  readonly shape: readonly number[];
  /** Physical axis i of the row-major `data` holds ONNX axis layout[i]: [0, 2, 3, 1] for NHWC. */
  readonly layout: readonly number[];
  readonly data: Float32Array;
};

/** Gets the watched values as soon as they are known: model inputs first. */
type Visit = (value: string, seen: Seen) => void;

type Executor = {
  /**
   * Inputs and outputs in the order of `dataInputs` and `dataOutputs`, with the shapes of their values. State is kept from
   * run to run.
   * @throws TinymlError E_DATA if an input does not fit its port
   */
  readonly run: (inputs: readonly Tensor[], visit?: Visit) => readonly Tensor[];
  /** Makes all state zero, as it is before the first run. */
  readonly reset: () => void;
};

type ExecutorOptions = {
  /** float32 values that `visit` gets; what nobody watches may never exist. */
  readonly watch?: ReadonlySet<string>;
  readonly kernels?: Kernels;
};

/** One part of a run: reads and adds known values. */
type Stage = {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly run: (known: Map<string, Tensor>, visit: Visit | undefined) => void;
};

/**
 * @throws TinymlError E_OP naming all operators that are not supported, E_INTERNAL for a graph with quantised values;
 *   what `infer` of a node and loadKernels throw
 */
export function createExecutor(
  given: Graph,
  { watch = new Set(), kernels = loadKernels() }: ExecutorOptions = {},
): Executor {
  checkOperators(given);
  const graph = deviceForms(given);
  if ([...graph.values.values()].some(({ quant }) => quant !== null)) {
    throw new TinymlError('E_INTERNAL', 'a quantised graph is no float graph');
  }
  const tools = createTools();
  const stages = lowerFloat(graph, watch).map((part) =>
    part.kind === 'program' ? programStage(part, kernels) : nodeStage(graph, part.node, watch, tools),
  );
  const read = new Set([
    ...stages.flatMap((stage) => stage.inputs),
    ...graph.outputs.map((port) => port.value),
  ]);
  return executorOf({
    inputs: graph.inputs,
    outputs: graph.outputs,
    state: graph.state,
    values: graph.values,
    constants: new Map([...graph.constants].filter(([name]) => read.has(name))),
    stages,
    dying: dyingValues(graph, stages),
    watch,
  });
}

/** What runs need of a graph. Engines have weights of their own: those of the graph can go. */
type Prepared = Pick<Graph, 'inputs' | 'outputs' | 'state' | 'values' | 'constants'> & {
  readonly stages: readonly Stage[];
  /** Per stage, the values that no later one reads. */
  readonly dying: readonly (readonly string[])[];
  readonly watch: ReadonlySet<string>;
};

function executorOf(prepared: Prepared): Executor {
  const { values, constants, stages, dying, watch } = prepared;
  const ports = dataInputs(prepared);
  const outputs = dataOutputs(prepared);
  const pairs = statePairs(prepared);
  const first = pairs.map(({ input }): Tensor => {
    const { shape } = values.get(input.value)!;
    return { dtype: 'float32', shape, data: new Float32Array(elementCount(shape)) };
  });
  let carried = first;
  return {
    reset: () => {
      carried = first;
    },
    run: (inputs, visit) => {
      const known = new Map(constants);
      const take = (value: string, tensor: Tensor): void => {
        known.set(value, tensor);
        if (watch.has(value)) visit?.(value, seenWhole(tensor));
      };
      readPorts({ inputs: ports, values }, inputs).forEach((tensor, i) => {
        take(ports[i]!.value, tensor);
      });
      pairs.forEach(({ input }, i) => {
        take(input.value, carried[i]!);
      });
      stages.forEach((stage, i) => {
        stage.run(known, visit);
        for (const name of dying[i]!) known.delete(name);
      });
      // An output may be an input, whose memory is the caller's.
      carried = pairs.map(({ output }) => copyOf(known.get(output.value)!));
      return outputs.map((port) => known.get(port.value)!);
    },
  };
}

function copyOf(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}

/** Runs the steps up to each watched value, shows it, and goes on. */
function programStage({ program, watches }: FloatSegment, kernels: Kernels): Stage {
  const core = { dsp: false, mve: false };
  const plan = planMemory(program, { library: 'builtin', core, restarts: 0 });
  const { view, run } = createMachine(program, plan, kernels);
  const viewOf = ({ tensor }: Pick<ProgramPort, 'tensor'>) => view(tensor) as Float32Array;
  const inputs = program.inputs.map((port) => ({ name: port.name, data: viewOf(port) }));
  const outputs = program.outputs.map((port) => ({ ...port, data: viewOf(port) }));
  const stops = watches.map((watch): { value: string; after: number; seen: Seen } => {
    const { value, after, shape, layout } = watch;
    return { value, after, seen: { shape, layout, data: viewOf(watch) } };
  });
  return {
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    run: (known, visit) => {
      for (const { name, data } of inputs) data.set(known.get(name)!.data as Float32Array);
      if (visit === undefined) run(0, program.steps.length);
      else runWithStops(run, program.steps.length, stops, ({ value, seen }) => visit(value, seen));
      for (const { name, onnxShape, data } of outputs) {
        known.set(name, { dtype: 'float32', shape: onnxShape, data: data.slice() });
      }
    },
  };
}

function nodeStage(graph: Graph, node: Node, watch: ReadonlySet<string>, tools: Tools): Stage {
  const prepared = prepareNode(graph, node, graph.constants, tools);
  return {
    inputs: node.inputs,
    outputs: node.outputs,
    run: (known, visit) => {
      const outputs = prepared(node.inputs.map((name) => (name === '' ? null : known.get(name)!)));
      node.outputs.forEach((name, i) => {
        if (name === '') return;
        known.set(name, outputs[i]!);
        if (watch.has(name)) visit?.(name, seenWhole(outputs[i]!));
      });
    },
  };
}

function seenWhole({ shape, data }: Tensor): Seen {
  return { shape, layout: shape.map((_, axis) => axis), data: data as Float32Array };
}
