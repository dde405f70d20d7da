/** Bundles of a small gated model, written to a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sample } from '../../../../src/data/types.ts';
import { withoutGates } from '../../../../src/gate/video/gates.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import type { TargetSettings } from '../../../../src/targets/target.ts';
import { goldenCases } from '../../../../src/targets/tensorrt/bundle/golden.ts';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import { passBundle } from '../../../../src/targets/tensorrt/bundle/pass/pass.ts';
import { portsOf } from '../../../../src/targets/tensorrt/bundle/ports.ts';
import { quantizeForTensorRt } from '../../../../src/targets/tensorrt/quantise/index.ts';
import type { TensorRtModel } from '../../../../src/targets/tensorrt/release/model.ts';
import { type Platform, resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { EXACT, gated, scene } from '../../../gate/scenes.ts';

export const GATED = gated(EXACT);

/** Every third frame comes twice: then nothing changes. */
const MOVING = scene(11).flatMap((frame, i) => (i % 3 === 1 ? [frame, frame] : [frame]));

export const FRAMES: readonly Sample[] = MOVING.map(({ data }, index) => ({
  inputs: [data as Float32Array],
  label: null,
  frame: { index, last: index === MOVING.length - 1, judged: true },
}));

export function platformOf(profile: string, settings: TargetSettings): Platform {
  return resolvePlatform(loadProfile(profile) as JetsonProfile, settings);
}

/** The model without gates, in int8 where the platform computes so. */
export async function modelFor(graph: Graph, platform: Platform): Promise<TensorRtModel> {
  const float = withoutGates(graph);
  if (platform.precision !== 'int8') return { float, quantized: null, layers: [], ranges: new Map() };
  async function* samples() {
    yield* FRAMES;
  }
  return (await quantizeForTensorRt(float, platform, samples, { precisions: 'int8' })).model;
}

/** Writes a whole bundle; gives the texts and bytes by their paths. */
export async function writeBundle(folder: string, platform: Platform, samples = FRAMES) {
  const model = await modelFor(GATED, platform);
  const ports = portsOf(model.float, platform.release);
  const files = bundleFiles({
    platform,
    name: 'backbone',
    source: { sha256: '0'.repeat(64), bound: new Map(), toolVersion: '0.0.0' },
    model,
    onnx: { model: exportModel(model.quantized ?? model.float), float: exportModel(model.float) },
    ...ports,
    golden: goldenCases(model, 'weak', ports, []),
    preprocess: null,
    labels: [],
    accuracy: null,
    pass: passBundle(GATED, model, platform, samples, '0.0.0'),
  });
  for (const [path, contents] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  return files;
}
