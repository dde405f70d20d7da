/** The ports of a graph that carry its state, and those that carry data. */
import { TinymlError } from '../diagnostics/errors.ts';
import { sameShape } from './tensor.ts';
import type { Graph, Port, StateTie } from './types.ts';

/** A tie with its ports. */
export type StatePair = { readonly input: Port; readonly output: Port };

export function statePairs({ inputs, outputs, state }: PortsOf): readonly StatePair[] {
  return state.flatMap((tie): StatePair[] => {
    const input = inputs.find(({ name }) => name === tie.input);
    const output = outputs.find(({ name }) => name === tie.output);
    return input === undefined || output === undefined ? [] : [{ input, output }];
  });
}

type PortsOf = Pick<Graph, 'inputs' | 'outputs' | 'state'>;

/** Inputs that data goes into. */
export function dataInputs({ inputs, state }: Pick<Graph, 'inputs' | 'state'>): readonly Port[] {
  const carried = new Set(state.map(({ input }) => input));
  return inputs.filter(({ name }) => !carried.has(name));
}

/** Outputs that results come from. */
export function dataOutputs({ outputs, state }: Pick<Graph, 'outputs' | 'state'>): readonly Port[] {
  const carried = new Set(state.map(({ output }) => output));
  return outputs.filter(({ name }) => !carried.has(name));
}

/**
 * The graph with this state instead of its own.
 * @param code of the error: E_USAGE for a wish of the user, E_ONNX_INVALID for what a file states
 * @throws TinymlError with every tie that cannot be, and the pairs of ports that could be tied
 */
export function withState(
  graph: Graph,
  state: readonly StateTie[],
  code: 'E_USAGE' | 'E_ONNX_INVALID',
): Graph {
  const ties = state.flatMap((tie, i) => {
    const fault = faultOf(graph, tie, state.slice(0, i));
    return fault === null ? [] : [{ fault, at: `${tie.input}=${tie.output}` }];
  });
  const faults = ties.length > 0 ? ties : nothingLeft(graph, state);
  const [first] = faults;
  if (first === undefined) return { ...graph, state };
  throw new TinymlError(
    code,
    faults.length === 1 ? first.fault : `${faults.length} faults in the state of the model`,
    {
      at: faults.map(({ at, fault }) => (faults.length === 1 ? at : `${at}: ${fault}`)),
      hint: candidatesText(graph),
    },
  );
}

/** Why an output cannot go into an input, after the ties before it. */
function faultOf(graph: Graph, tie: StateTie, before: readonly StateTie[]): string | null {
  const input = graph.inputs.find(({ name }) => name === tie.input);
  const output = graph.outputs.find(({ name }) => name === tie.output);
  if (input === undefined) return `the model has no input "${tie.input}"`;
  if (output === undefined) return `the model has no output "${tie.output}"`;
  if (before.some((other) => other.input === tie.input)) return `the input "${tie.input}" is tied twice`;
  if (before.some((other) => other.output === tie.output)) return `the output "${tie.output}" is tied twice`;
  if (input.value === output.value) return `"${tie.output}" is "${tie.input}" itself: it would never change`;
  const [from, to] = [typeOf(graph, output), typeOf(graph, input)];
  if (from !== to) return `"${tie.output}" is ${from}, "${tie.input}" ${to}`;
  if (graph.values.get(input.value)!.dtype !== 'float32') {
    return `state of ${from} is not kept: it must be float32 or quantised`;
  }
  return null;
}

function nothingLeft(
  graph: Graph,
  state: readonly StateTie[],
): readonly { readonly fault: string; readonly at: string }[] {
  if (state.length === 0) return [];
  if (dataInputs({ ...graph, state }).length === 0) {
    return [{ fault: 'all inputs are state: none is left for data', at: 'the inputs of the model' }];
  }
  if (dataOutputs({ ...graph, state }).length === 0) {
    return [{ fault: 'all outputs are state: none is left for results', at: 'the outputs of the model' }];
  }
  return [];
}

/** Whether an output has the shape and type of an input, and is another value. */
export function canTie(graph: Graph, input: Port, output: Port): boolean {
  return (
    input.dtype === output.dtype &&
    input.value !== output.value &&
    graph.values.get(input.value)!.dtype === 'float32' &&
    sameShape(graph.values.get(input.value)!.shape, graph.values.get(output.value)!.shape)
  );
}

function typeOf(graph: Graph, { value, dtype }: Port): string {
  return `${dtype} ${graph.values.get(value)!.shape.join('x')}`;
}

function candidatesText(graph: Graph): string {
  const pairs = graph.inputs.flatMap((input) =>
    graph.outputs
      .filter((output) => canTie(graph, input, output))
      .map((output) => `${input.name}=${output.name} (${typeOf(graph, input)})`),
  );
  if (pairs.length === 0) return 'no output of the model has the shape and type of an input';
  return `outputs of equal shape and type: ${pairs.join(', ')}`;
}
