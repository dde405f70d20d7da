/** From a float graph to the file with Q and DQ that TensorRT takes. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { PATCH_GATE } from '../../graph/own-operators.ts';
import { toolVersion } from '../../package-root.ts';
import { judgeLayers } from '../../quantize/judge.ts';
import type { QuantizeModel } from '../../quantize/quantize-model.ts';
import { preparedFor, writeModel } from './forms/index.ts';
import { optionsOf } from './models.ts';
import { layerErrors, quantizeForTensorRt } from './quantise/index.ts';
import type { Platform } from './release/platform.ts';

/** On how many samples errors are measured. */
const ERROR_SAMPLES = 16;

/** @throws (from what it gives) TinymlError E_PROFILE where the platform does not compute in int8, E_USAGE for gated models; else as `quantizeForTensorRt` and `writeModel` */
export function tensorRtQuantizer(platform: Platform): QuantizeModel {
  return async (graph, calibration, request) => {
    if (platform.precision !== 'int8') throw notInt8(platform);
    if (graph.nodes.some(({ op }) => op === PATCH_GATE)) throw withGates(platform);
    const { model, report, clip } = await quantizeForTensorRt(
      preparedFor(graph, platform),
      platform,
      calibration,
      optionsOf({ request }),
    );
    const { float, quantized, layers } = model;
    return {
      bytes: writeModel(quantized ?? float, platform, { layers, producerVersion: toolVersion() }).bytes,
      report,
      errorSamples: ERROR_SAMPLES,
      layerErrors: async (some, onProgress) =>
        quantized === null ? [] : layerErrors(float, quantized, clip(some), onProgress),
      judge: (errors) => judgeLayers(float, report, errors),
      precisions: layers,
      narrow: null,
    };
  };
}

/** A file with pairs around gates is for nobody: engines have the layers behind a gate twice, for lists and for whole frames. */
function withGates({ profile }: Platform): TinymlError {
  return new TinymlError('E_USAGE', 'a gated model is quantised for a Jetson as it is deployed', {
    at: `--target ${profile.id}`,
    hint: `give it in float to "tinyml deploy --target ${profile.id} --data ..."`,
  });
}

function notInt8({ profile, precision }: Platform): TinymlError {
  const { name, id, gpu, precisions } = profile;
  if (precisions.int8) {
    return new TinymlError('E_PROFILE', `nothing is quantised for ${precision}`, {
      at: `--precision ${precision}`,
      hint: 'give the float model to "tinyml deploy"',
    });
  }
  return new TinymlError('E_PROFILE', `${name} (sm_${gpu.sm}) has no INT8: nothing is quantised for it`, {
    at: `--target ${id}`,
    hint: `give the float model to "tinyml deploy --target ${id}": it runs in FP16`,
  });
}
