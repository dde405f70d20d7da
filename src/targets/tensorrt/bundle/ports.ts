/** Inputs and outputs of an engine. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { DType, Graph, Port } from '../../../graph/types.ts';
import type { Release } from '../release/release.ts';
import type { BundlePort, PortType } from './input.ts';

const PORT_TYPES: readonly PortType[] = ['float32', 'int8', 'uint8', 'int32', 'int64', 'bool'];

/**
 * The ports of a graph, as they are bound.
 * @throws TinymlError E_OP for those of a type that no engine takes, and for names that trtexec cannot be given or C cannot hold: all of them
 */
export function portsOf(
  graph: Graph,
  release: Release,
): { readonly inputs: readonly BundlePort[]; readonly outputs: readonly BundlePort[] } {
  const faults = [...graph.inputs, ...graph.outputs]
    .filter(({ dtype }) => !isPortType(dtype))
    .map(({ name, dtype }) => `${JSON.stringify(name)}: engines take no ${dtype}`);
  const unspeakable = graph.inputs
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL ends an argument.
    .filter(({ name }) => name === '' || /[,'\u0000]/.test(name))
    .map(({ name }) => `${JSON.stringify(name)}: trtexec splits names of inputs at commas and quotes`);
  const unended = graph.outputs
    .filter(({ name }) => name === '' || name.includes('\0'))
    .map(({ name }) => `${JSON.stringify(name)}: names are strings of C`);
  if (faults.length + unspeakable.length + unended.length > 0) {
    throw new TinymlError('E_OP', 'TensorRT cannot bind all inputs and outputs of the model', {
      at: [...faults, ...unspeakable, ...unended],
      hint: 'give them other names or types where the model is exported',
    });
  }
  const tied = new Map(
    graph.state.flatMap(({ input, output }) => [[input, output] as const, [output, input]]),
  );
  const portOf = ({ name, value, dtype }: Port): BundlePort => {
    const type = dtype as PortType;
    const bound = type === 'int64' && release.version[0] < 10 ? 'int32' : type;
    return { name, dtype: type, bound, shape: graph.values.get(value)!.shape, tied: tied.get(name) ?? null };
  };
  return { inputs: graph.inputs.map(portOf), outputs: graph.outputs.map(portOf) };
}

function isPortType(dtype: DType): dtype is PortType {
  return (PORT_TYPES as readonly DType[]).includes(dtype);
}
