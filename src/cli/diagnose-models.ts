/** The models that diagnose takes: a float one, and its quantised form. */
import { TinymlError } from '../diagnostics/errors.ts';
import { sameShape } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf, withContract } from '../input/contract.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { realInputs } from '../passes/whole-inputs.ts';
import type { Scheme } from '../quantize/scheme.ts';
import { inspectGraph } from '../report/inspection.ts';
import type { Target } from '../targets/target.ts';
import type { Context } from './context.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import type { Options } from './options.ts';
import { withAskedState, withFloatState } from './state.ts';

/** @throws TinymlError E_USAGE for targets with rules of their own */
export function schemeOf({ id, scheme }: Target): Scheme {
  if (scheme !== null) return scheme;
  throw new TinymlError('E_USAGE', 'models are taken apart in the integers of microcontrollers alone', {
    at: `--target ${id}`,
    hint: 'for a Jetson, "tinyml quantize" measures each layer by itself, and --per-layer-precision leaves it out of int8',
  });
}

/** @throws TinymlError E_QUANT for a model that is quantised already */
export async function openFloat(
  path: string,
  options: Options,
  context: Context,
): Promise<{ readonly graph: Graph; readonly withNorms: Graph }> {
  const model = await openModel(path, options, context);
  const dims = dimensions(options);
  const { graph } = preparedModel(model, { dims }, options, context);
  if (inspectGraph(graph).quantisation !== 'float') {
    throw new TinymlError('E_QUANT', 'the model is quantised already', {
      at: path,
      hint: 'give the float model it was made of, and this one behind it: tinyml diagnose model.onnx model.int8.onnx',
    });
  }
  return {
    graph: realInputs(withFloatState(graph, options, context)),
    withNorms: realInputs(prepareGraph(model, { dims, keepBatchNorm: true })),
  };
}

/** A float model that says nothing of its input takes what its quantised form says. */
export function withContractOf(float: Graph, given: Graph | null): Graph {
  const own = contractOf(float);
  const other = given === null ? own : contractOf(given);
  return withContract(float, {
    preprocess: own.preprocess ?? other.preprocess,
    labels: own.labels.length > 0 ? own.labels : other.labels,
  });
}

/** @throws TinymlError E_QUANT for a float model, E_USAGE for that of another network */
export async function openGiven(
  path: string,
  float: Graph,
  options: Options,
  context: Context,
): Promise<Graph> {
  // What --preprocess says was said of the first model.
  const { preprocess: _, labels: __, ...rest } = options;
  const model = await openModel(path, rest, context);
  const { graph: prepared } = preparedModel(model, { dims: dimensions(options) }, rest, context);
  if (inspectGraph(prepared).quantisation === 'float') {
    throw new TinymlError('E_QUANT', 'the second model is in float', {
      at: path,
      hint: 'leave it out: diagnose quantises the first one itself',
    });
  }
  const graph = { ...withAskedState(prepared, options), state: float.state };
  const shapes = (one: Graph): readonly (readonly number[])[] =>
    [...one.inputs, ...one.outputs].map(({ value }) => one.values.get(value)!.shape);
  const [own, other] = [shapes(float), shapes(graph)];
  const known = float.nodes.filter(({ outputs }) => graph.values.has(outputs[0] ?? '')).length;
  if (own.length !== other.length || own.some((shape, i) => !sameShape(shape, other[i]!)) || known === 0) {
    throw new TinymlError('E_USAGE', 'the two models are not the same network', {
      at: path,
      hint: 'give the float model that the quantised one was made of: their tensors must have the same names',
    });
  }
  return graph;
}
