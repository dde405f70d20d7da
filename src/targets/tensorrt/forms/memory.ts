/** What a model needs of the memory that CPU and GPU of a Jetson share. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { formatBytes } from '../../../diagnostics/units.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { DType, Graph } from '../../../graph/types.ts';
import type { Platform, Precision } from '../release/platform.ts';

/** In bytes. */
type MemoryNeed = {
  /** Of all weights, in the precision of the platform. */
  readonly weights: number;
  /** The most that values need that are alive at once, in the precision of the platform. */
  readonly activations: number;
  /** What the builder may take for trying tactics. */
  readonly workspace: number;
  /** Weights in float32, which the builder holds beside those of the engine. */
  readonly build: number;
  /** What the module has for a build, the system aside. */
  readonly available: number;
};

/** Bytes of a float that is computed in the precision. */
const WIDTH: Readonly<Record<Precision, number>> = { int8: 1, fp16: 2, fp32: 4 };

const BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

/**
 * A lower bound: layers that are not computed in the precision, padding of channels and the runtime itself come on top. A model that
 * exceeds the module by it cannot be built there.
 * @throws TinymlError E_MEMORY with all numbers where the module has less
 */
export function requireMemory(graph: Graph, { profile, precision, workspaceBytes }: Platform): MemoryNeed {
  const elements = [...graph.constants.values()].reduce((sum, { data }) => sum + data.length, 0);
  const need: MemoryNeed = {
    weights: elements * WIDTH[precision],
    activations: liveBytes(graph, precision),
    workspace: workspaceBytes,
    build: elements * WIDTH.fp32,
    available: profile.limits.buildRamBytes,
  };
  const total = need.weights + need.activations + need.workspace + need.build;
  if (total <= need.available) return need;
  throw new TinymlError(
    'E_MEMORY',
    `building this model takes at least ${formatBytes(total)}, ${profile.name} has ${formatBytes(need.available)} for it`,
    {
      at: [
        `weights in ${precision.toUpperCase()}: ${formatBytes(need.weights)}, and in float32 while they are built: ${formatBytes(need.build)}`,
        `values that are alive at once: ${formatBytes(need.activations)}`,
        `workspace: ${formatBytes(need.workspace)}`,
      ],
      hint: 'take a smaller model or input, a smaller --workspace, or a module with more memory',
    },
  );
}

/** The most bytes of values that are alive at the same node: from where they are made to where they are read last. */
function liveBytes({ nodes, values, constants, inputs, outputs }: Graph, precision: Precision): number {
  const last = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of node.inputs) last.set(name, i);
  });
  for (const { value } of outputs) last.set(value, nodes.length);
  const bytesOf = (name: string): number => {
    const value = values.get(name);
    if (value === undefined || constants.has(name)) return 0;
    const width = value.dtype === 'float32' ? WIDTH[precision] : BYTES[value.dtype];
    return elementCount(value.shape) * width;
  };
  let alive = inputs.reduce((sum, { value }) => sum + bytesOf(value), 0);
  let most = alive;
  nodes.forEach((node, i) => {
    for (const name of node.outputs) alive += bytesOf(name);
    most = Math.max(most, alive);
    const read = new Set(node.inputs.filter((name) => last.get(name) === i));
    const unread = node.outputs.filter((name) => !last.has(name));
    for (const name of [...read, ...unread]) alive -= bytesOf(name);
  });
  return most;
}
