/** A Jetson: models become files from which TensorRT builds an engine on the board. */

import { predictFloat } from '../../execute/predict.ts';
import { resolveModel } from '../../passes/resolve.ts';
import type { JetsonProfile } from '../../profiles/types.ts';
import { affineQuantizer } from '../../quantize/quantize-model.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import type { Subject, Support, Target, TargetSettings } from '../target.ts';
import { type Platform, resolvePlatform } from './release/platform.ts';

export function tensorRt(profile: JetsonProfile, settings: TargetSettings): Target {
  const platform = resolvePlatform(profile, settings);
  return {
    id: profile.id,
    title: platformTitle(platform),
    quantize: affineQuantizer(TFLITE_INT8, (graph) => graph),
    predict: ({ model, dims }, jobs) => predictFloat(resolveModel(model, { dims }), jobs),
    support: (subject) => supportOf(subject, platform),
    emit: null,
    lint: null,
  };
}

function platformTitle({ profile, software, powerMode, precision, dlaCore }: Platform): string {
  const dla = dlaCore === null ? '' : `, DLA core ${dlaCore}`;
  return `${profile.id}, JetPack ${software.jetpack}, TensorRT ${software.tensorrt}, ${powerMode.name}, ${precision}${dla}`;
}

function supportOf({ graph }: Subject, { profile, precision }: Platform): Support {
  const nodes = graph.nodes.map(({ name, op }) => {
    return { name, op, macs: null, text: precision, facts: { precision } };
  });
  return { target: profile.id, nodes, integer: null, failure: null };
}
