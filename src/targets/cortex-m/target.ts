/** Firmware for Cortex-M: models become C, which is planned, written and verified here. */
import { predictFloat } from '../../execute/predict.ts';
import { predictQuantized } from '../../execute/predict-quantized.ts';
import type { Graph } from '../../graph/types.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { quantizeGraph } from '../../quantize/quantize-graph.ts';
import { affineQuantizer, refusePrecisions } from '../../quantize/quantize-model.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import {
  type Deployment,
  type EmitOptions,
  requireNoSettings,
  type Subject,
  type Target,
  type TargetSettings,
} from '../target.ts';
import { assess } from './assess.ts';
import { deploymentOf } from './deployment.ts';
import { requireFpuFor } from './float-layers.ts';
import { foreignFiles } from './foreign-files.ts';
import { supportOf } from './support.ts';
import { trainingDeployment } from './training/deployment.ts';

export function cortexM(profile: CortexMProfile, settings: TargetSettings): Target {
  requireNoSettings(profile.id, settings);
  return {
    id: profile.id,
    title: `${profile.id} (${profile.core})`,
    quantize: async (graph, calibration, request) => {
      requireFpuFor(request.float ?? [], profile);
      return affineQuantizer(TFLITE_INT8, (same) => same)(graph, calibration, request);
    },
    scheme: TFLITE_INT8,
    floatLayers: profile.features.fpu !== 'none',
    predict: ({ graph, float }, jobs) => (float ? predictFloat(graph, jobs) : predictQuantized(graph, jobs)),
    predicted: 'as the device computes it',
    support: (subject) => supportOf(subject, profile),
    emit: {
      prepare: (subject, options) => prepare(subject, options, profile),
      assess: (subject, options) => assess(subject, profile, options),
      foreignFiles,
    },
    lint: null,
    times: null,
  };
}

async function prepare(subject: Subject, options: EmitOptions, profile: CortexMProfile): Promise<Deployment> {
  const { training } = options;
  const { bundle, ...deployment } =
    training === null
      ? deploymentOf(await quantizedGraph(subject, options), profile, options)
      : await trainingDeployment(subject, training, options, profile);
  return { ...deployment, bundle: async (request) => bundle(request) };
}

async function quantizedGraph({ graph, float }: Subject, { calibration }: EmitOptions): Promise<Graph> {
  if (!float || calibration === null) return graph;
  refusePrecisions(calibration.request.perLayerPrecision);
  return (await quantizeGraph(graph, calibration.samples, calibration.request)).graph;
}
