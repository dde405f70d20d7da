/** A Jetson: models become files from which TensorRT builds an engine on the board. */
import { predictFloat } from '../../execute/predict.ts';
import type { JetsonProfile } from '../../profiles/types.ts';
import type { Target, TargetSettings } from '../target.ts';
import { timeReport } from './board/time-report.ts';
import { readInferences, readLayerInfo, readLayerTimes } from './board/trt-profile.ts';
import { foreignFiles } from './bundle/foreign-files.ts';
import { deploymentOf } from './deployment.ts';
import { linterOf } from './linter.ts';
import { qdqGraph } from './models.ts';
import { runnableForm } from './quantise/index.ts';
import { tensorRtQuantizer } from './quantizer.ts';
import { type Platform, resolvePlatform } from './release/platform.ts';
import { supportOf } from './support.ts';

/** @throws TinymlError E_PROFILE for settings that the module or its JetPack cannot have */
export function tensorRt(profile: JetsonProfile, settings: TargetSettings): Target {
  const platform = resolvePlatform(profile, settings);
  return {
    id: profile.id,
    title: titleOf(platform),
    quantize: tensorRtQuantizer(platform),
    scheme: null,
    floatLayers: false,
    predict: (subject, jobs) =>
      predictFloat(subject.float ? subject.graph : runnableForm(qdqGraph(subject)), jobs),
    predicted: 'rounded where Q and DQ stand, in float32 between them',
    support: (subject) => supportOf(subject, platform),
    emit: {
      prepare: (subject, options) => deploymentOf(subject, options, platform),
      assess: null,
      foreignFiles,
    },
    lint: linterOf(platform),
    times: ({ profile: times, layers, times: inferences }, model) =>
      timeReport(
        {
          ...readLayerTimes(times),
          info: layers === null ? [] : readLayerInfo(layers),
          inferences: inferences === null ? [] : readInferences(inferences),
        },
        model === null ? null : qdqGraph(model),
        platform,
      ),
  };
}

function titleOf({ profile, software, powerMode, precision, dlaCore }: Platform): string {
  const dla = dlaCore === null ? '' : `, DLA core ${dlaCore}`;
  return `${profile.id}, JetPack ${software.jetpack}, TensorRT ${software.tensorrt}, ${powerMode.name}, ${precision}${dla}`;
}
