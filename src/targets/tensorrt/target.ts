/** A Jetson: models become files from which TensorRT builds an engine on the board. */
import type { JetsonProfile } from '../../profiles/types.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import type { Subject, Support, Target } from '../target.ts';
import { type Platform, resolvePlatform } from './release/platform.ts';

export function tensorRt(profile: JetsonProfile): Target {
  const platform = resolvePlatform(profile, {});
  return {
    id: profile.id,
    scheme: TFLITE_INT8,
    forms: (graph) => graph,
    support: (subject) => supportOf(subject, platform),
    emit: null,
    verify: null,
  };
}

function supportOf({ graph }: Subject, { profile, precision }: Platform): Support {
  const nodes = graph.nodes.map(({ name, op }) => {
    return { name, op, macs: null, text: precision, facts: { precision } };
  });
  return { target: profile.id, nodes, integer: null, failure: null };
}
