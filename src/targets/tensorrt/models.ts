/** From a file as it was given to the model that everything for a Jetson is made of. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { withState } from '../../graph/state.ts';
import type { Graph } from '../../graph/types.ts';
import { resolveModel } from '../../passes/resolve.ts';
import type { Calibration, EmitOptions, Subject } from '../target.ts';
import { preparedFor, stripQdq } from './forms/index.ts';
import {
  quantizeForTensorRt,
  readPrecisions,
  readQuantized,
  type TensorRtQuantizeOptions,
} from './quantise/index.ts';
import type { TensorRtModel } from './release/model.ts';
import type { Platform } from './release/platform.ts';

/**
 * A float model is quantised where the platform computes in int8; a quantised one is taken as it is, or in float where it does not.
 * @throws TinymlError E_QUANT for a float model that is to run in int8 and comes without data, E_USAGE for data that nothing needs
 */
export async function modelOf(
  subject: Subject,
  { calibration, float }: Pick<EmitOptions, 'calibration' | 'float'>,
  platform: Platform,
): Promise<TensorRtModel> {
  if (platform.precision !== 'int8') {
    if (calibration !== null) throw idleData(platform);
    const graph = subject.float ? subject.graph : floatFormOf(subject, float);
    return floatModel(preparedFor(graph, platform), platform);
  }
  if (!subject.float) return quantizedModel(subject, float);
  if (calibration === null) throw missingData(platform);
  const graph = preparedFor(subject.graph, platform);
  return (await quantizeForTensorRt(graph, platform, calibration.samples, optionsOf(calibration))).model;
}

/** How the command line asks to quantise, as quantisation for TensorRT takes it. @throws TinymlError E_USAGE, E_FILE */
export function optionsOf({ request }: Pick<Calibration, 'request'>): TensorRtQuantizeOptions {
  const { observer, equalize, jobs, onProgress, perLayerPrecision: how = 'auto', biasCorrection } = request;
  if (biasCorrection) {
    throw new TinymlError('E_USAGE', 'biases stay in float32 on a Jetson: there is nothing to correct', {
      at: '--bias-correction on',
      hint: 'leave it out',
    });
  }
  const own = [
    ...(request.chooseObserver ? ['--observer auto'] : []),
    ...((request.observers?.size ?? 0) > 0 ? ['--observer-of'] : []),
    ...(request.smooth ? ['--smooth'] : []),
    ...(request.weightRange === 'mse' ? ['--weights mse'] : []),
    ...(request.rounding === 'adaptive' ? ['--round adaptive'] : []),
    ...((request.float ?? []).length > 0 ? ['--float'] : []),
    ...((request.bits ?? []).length > 0 ? ['--bits'] : []),
    ...((request.weightBits ?? []).length > 0 ? ['--weight-bits'] : []),
  ];
  if (own.length > 0) {
    throw new TinymlError(
      'E_USAGE',
      'weights and ranges for a Jetson are chosen by the rules of TensorRT alone',
      {
        at: own,
        hint: 'leave it out; --per-layer-precision leaves single layers out of int8',
      },
    );
  }
  return {
    ...(observer === undefined ? {} : { observer }),
    ...(equalize === undefined ? {} : { equalize }),
    ...(onProgress === undefined ? {} : { onProgress }),
    jobs,
    precisions: how === 'auto' || how === 'int8' ? how : readPrecisions(how),
  };
}

/** The graph of a quantised file, with its Q and DQ as nodes and the state of the prepared one. */
export function qdqGraph({ model, graph, dims }: Subject): Graph {
  return withState(resolveModel(model, { dims }), graph.state, 'E_ONNX_INVALID');
}

function floatFormOf(subject: Subject, float: Subject | null): Graph {
  if (float === null) return stripQdq(qdqGraph(subject));
  // What is carried over is what the quantised model carries over.
  return withState(float.graph, subject.graph.state, 'E_USAGE');
}

function floatModel(graph: Graph, { precision }: Platform): TensorRtModel {
  const layers = graph.nodes.map(({ name, op }) => ({ node: name, op, precision, reason: null }));
  return { float: graph, quantized: null, layers, ranges: new Map() };
}

/** @throws TinymlError as `readQuantized` */
function quantizedModel(subject: Subject, float: Subject | null): TensorRtModel {
  return readQuantized(qdqGraph(subject), floatFormOf(subject, float));
}

function missingData({ profile }: Platform): TinymlError {
  return new TinymlError('E_QUANT', 'a float model needs calibration data to run in int8', {
    at: `--target ${profile.id}`,
    hint: 'give --data, or the file of "tinyml quantize", or --precision fp16',
  });
}

function idleData({ profile, precision }: Platform): TinymlError {
  const because = profile.precisions.int8 ? '' : `, as it has no INT8 (sm_${profile.gpu.sm})`;
  return new TinymlError(
    'E_USAGE',
    `nothing is quantised: ${profile.name} computes in ${precision} here${because}`,
    {
      at: '--data',
      hint: 'leave it out; --golden takes inputs for the bundle',
    },
  );
}
