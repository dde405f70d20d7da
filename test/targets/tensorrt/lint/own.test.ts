import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../../../src/data/types.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import { importModel } from '../../../../src/onnx/import.ts';
import { prepareGraph } from '../../../../src/passes/pipeline.ts';
import { listProfiles } from '../../../../src/profiles/load.ts';
import { lintModel } from '../../../../src/targets/tensorrt/lint/index.ts';
import {
  type PrecisionChoice,
  quantizeForTensorRt,
} from '../../../../src/targets/tensorrt/quantise/index.ts';
import { type Platform, resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { randomInputs } from '../../../passes/helpers.ts';
import { resnet18, unet, yolo } from '../networks.ts';
import { fileOf } from './foreign.ts';

/** One of each kind that the lint can tell apart: all modules with all JetPacks. */
const PLATFORMS: readonly Platform[] = [
  ...new Map(
    listProfiles().flatMap((profile) =>
      profile.kind !== 'jetson'
        ? []
        : profile.software.map(({ jetpack }) => {
            const platform = resolvePlatform(profile, { jetpack });
            return [JSON.stringify([platform.release.id, profile.precisions]), platform] as const;
          }),
    ),
  ).values(),
];

const NETWORKS: Readonly<Record<string, () => Graph>> = {
  'ResNet-18': resnet18,
  'YOLOv8-like': yolo,
  'U-Net': unet,
};

async function* samples(graph: Graph): AsyncIterable<Sample> {
  yield { inputs: randomInputs(graph, 1, 1).map(({ data }) => data as Float32Array), label: null };
}

async function written(graph: Graph, platform: Platform, precisions: PrecisionChoice): Promise<Uint8Array> {
  if (!platform.profile.precisions.int8) return exportModel(graph);
  const { model } = await quantizeForTensorRt(graph, platform, () => samples(graph), { precisions });
  return exportModel(model.quantized ?? model.float);
}

for (const [name, network] of Object.entries(NETWORKS)) {
  // The small one in both ways: what is left out by choice is left out in the same way.
  for (const precisions of name === 'U-Net' ? (['auto', 'int8'] as const) : (['auto'] as const)) {
    test(`${name} as it is quantised here (${precisions}) breaks no rule, on any module with any JetPack`, async () => {
      const graph = prepareGraph(importModel(exportModel(network()), { path: name }));
      // What is written depends on the release alone, and on whether there is int8.
      const files = new Map<string, Uint8Array>();
      for (const platform of PLATFORMS) {
        const { release, profile, software } = platform;
        const key = `${release.integerWeights} ${profile.precisions.int8}`;
        const bytes = files.get(key) ?? (await written(graph, platform, precisions));
        files.set(key, bytes);
        const findings = lintModel(fileOf(bytes), platform).filter(({ severity }) => severity !== 'note');
        assert.deepEqual(findings, [], `${profile.id} with JetPack ${software.jetpack}`);
      }
      assert.ok(
        PLATFORMS.length > 8 && files.size >= 3,
        `${PLATFORMS.length} platforms, ${files.size} files`,
      );
    });
  }
}
