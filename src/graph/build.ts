/** Building graphs by hand: for tests, and for passes that make nodes. */
import { TinymlError } from '../diagnostics/errors.ts';
import { uniqueName } from './rewrite.ts';
import type {
  Attribute,
  DType,
  Graph,
  ImportedModel,
  Node,
  Port,
  Quant,
  StateTie,
  Tensor,
  Value,
} from './types.ts';

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const strings = (value: readonly string[]): Attribute => ({ kind: 'strings', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });

/** A node; its name defaults to that of its first output. */
export function makeNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  name: string = outputs[0] ?? op,
): Node {
  return { name, op, inputs, outputs, attributes };
}

export function perTensor(scale: number, zeroPoint: number, dtype: Quant['dtype'] = 'int8'): Quant {
  return { dtype, scale: Float32Array.of(scale), zeroPoint: Int32Array.of(zeroPoint), axis: null };
}

/** Zero points default to 0. */
export function perChannel(
  scale: readonly number[],
  axis: number,
  dtype: Quant['dtype'] = 'int8',
  zeroPoint: readonly number[] = scale.map(() => 0),
): Quant {
  return { dtype, scale: Float32Array.from(scale), zeroPoint: Int32Array.from(zeroPoint), axis };
}

type ValueOptions = { readonly dtype?: DType; readonly quant?: Quant | null };
type NodeOptions = ValueOptions & {
  /** Shape of the output; not needed for `model`. */
  readonly shape?: readonly number[];
  /** Name of the node and of its output; default the operator in lower case. */
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
};

export type GraphBuilder = {
  /** A model input; gives its name. A quantised input takes integers if `port` says so. */
  readonly input: (
    name: string,
    shape: readonly number[],
    options?: ValueOptions & { port?: DType },
  ) => string;
  readonly constant: (name: string, tensor: Tensor, quant?: Quant | null) => string;
  /** A node with one output; gives the name of the output. */
  readonly node: (op: string, inputs: readonly string[], options?: NodeOptions) => string;
  readonly output: (value: string, options?: { readonly name?: string; readonly dtype?: DType }) => void;
  /** Ties an output of the model to an input. */
  readonly tie: (input: string, output: string) => void;
  /** The graph. @throws TinymlError E_INTERNAL if a node has no shape. */
  readonly build: () => Graph;
  /** The same as an imported model: shapes of nodes and quantisation are left out. */
  readonly model: () => ImportedModel;
};

export function graphBuilder(name: string): GraphBuilder {
  const inputs: Port[] = [];
  const outputs: Port[] = [];
  const state: StateTie[] = [];
  const nodes: Node[] = [];
  const values = new Map<string, Value>();
  const unshaped = new Set<string>();
  const constants = new Map<string, Tensor>();

  const add = (value: Value): string => {
    if (values.has(value.name)) throw new TinymlError('E_INTERNAL', `value "${value.name}" is made twice`);
    values.set(value.name, value);
    return value.name;
  };

  return {
    input: (name, shape, { dtype = 'float32', quant = null, port = dtype } = {}) => {
      inputs.push({ name, value: name, dtype: port });
      return add({ name, dtype, shape, quant });
    },
    constant: (name, tensor, quant = null) => {
      constants.set(name, tensor);
      return add({ name, dtype: quant === null ? tensor.dtype : 'float32', shape: tensor.shape, quant });
    },
    node: (op, nodeInputs, options = {}) => {
      const { shape, dtype = 'float32', quant = null, attributes = {} } = options;
      const name = options.name ?? uniqueName(op.toLowerCase(), (taken) => values.has(taken));
      if (shape === undefined) unshaped.add(name);
      nodes.push(makeNode(op, nodeInputs, [name], attributes));
      return add({ name, dtype, shape: shape ?? [], quant });
    },
    output: (value, options = {}) => {
      const dtype = options.dtype ?? values.get(value)?.dtype ?? 'float32';
      outputs.push({ name: options.name ?? value, value, dtype });
    },
    tie: (input, output) => {
      state.push({ input, output });
    },
    build: () => {
      if (unshaped.size > 0) {
        throw new TinymlError('E_INTERNAL', `no shape was given for ${[...unshaped].join(', ')}`);
      }
      return { name, inputs, outputs, state, metadata: new Map(), nodes, values, constants };
    },
    model: () => ({
      name,
      inputs: inputs.map(({ name, value, dtype }) => ({ name, dtype, shape: values.get(value)!.shape })),
      outputs: outputs.map((port) => port.value),
      state,
      collapsed: [],
      metadata: new Map(),
      nodes,
      constants,
      source: {
        path: `${name}.onnx`,
        sha256: '',
        bytes: 0,
        irVersion: 10,
        opset: 21,
        producer: 'tinyml',
        externalFiles: [],
      },
    }),
  };
}
