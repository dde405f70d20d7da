/** Prints README.md: what an engineer with this module does with the bundle, and what to expect. */
import { formatBytes, formatCount } from '../../../diagnostics/units.ts';
import { graphMacs } from '../../../passes/graph-macs.ts';
import { peakRate } from '../../../profiles/jetson.ts';
import type { LayerPrecision } from '../release/model.ts';
import type { Platform } from '../release/platform.ts';
import { typingOf } from '../release/typing.ts';
import { cachedRanges } from './calibration-cache.ts';
import { deepStreamText } from './deepstream.ts';
import { inferText } from './infer.ts';
import type { BundleFile, BundleInput, BundlePort } from './input.ts';
import * as paths from './paths.ts';
import { markdownCode } from './quote/markdown.ts';
import { tritonText } from './triton.ts';

export function printReadme(input: BundleInput): readonly BundleFile[] {
  const { platform, name, golden, source } = input;
  const { profile, software, powerMode } = platform;
  const text = `# ${name} for ${profile.name}

For JetPack ${software.jetpack} (L4T ${software.l4t}) with TensorRT ${software.tensorrt}, precision ${platform.precision.toUpperCase()}${platform.dlaCore === null ? '' : `, DLA core ${platform.dlaCore} with the GPU for what it cannot`}. An engine is
built on the board: it runs on no other module and no other release. Made by tinyml ${source.toolVersion}.

## On the board

Copy this folder, all of it. There:

\`\`\`sh
./build.sh           # builds ${paths.enginePath(name)}; takes minutes
sudo ./verify.sh     # golden inputs, tolerances, times with locked clocks in power mode ${powerMode.name}
\`\`\`

Without \`sudo\` the clocks stay free and times vary. Then, at the desk:

\`\`\`sh
scp 'board:${name}/build/*.json' .
tinyml verify ${name} --results results.json
tinyml report ${name}/model.onnx --trt-profile profile.json --layers layers.json --times times.json ${settingsText(platform)}
\`\`\`

A build may take ${formatBytes(profile.limits.buildRamBytes)} of the ${formatBytes(profile.memory.bytes)} that CPU and GPU share, ${formatBytes(platform.workspaceBytes)} of it as workspace. Where it is killed, add swap
or deploy with a smaller \`--workspace\`. \`build_engine.py\` does the same through the Python API.

## Ports

| port | type | shape | name |
|---|---|---|---|
${[...input.inputs.map((port) => portRow('input', port)), ...input.outputs.map((port) => portRow('output', port))].join('\n')}

${preprocessText(input)}## What to expect

${rooflineText(input)}
${accuracyText(input)}Outputs of ${golden.length} golden cases lie in \`golden/\`, as the executor of tinyml computes them. An engine rounds where FP16 or TF32 do and sums in another
order, so each output has a tolerance: four times the largest difference that rounding to FP16 made to it here, and 1/1024 of its largest
magnitude${typingOf(platform) === 'cache' ? '; and, as TensorRT decides which tensors are in INT8 where it has a calibration cache, the difference to the float model' : ''}.

${toleranceText(input)}
${layersText(input)}${cacheText(input)}${input.pass === null ? '' : PASS_TEXT}${inferText()}${deepStreamText(input)}${tritonText(input)}`;
  return [['README.md', text]];
}

/** The platform as options of the command line: the defaults of the module are those of its newest JetPack. */
function settingsText({ profile, software, precision, powerMode, dlaCore }: Platform): string {
  const dla = dlaCore === null ? '' : ` --dla ${dlaCore}`;
  return `--target ${profile.id} --jetpack ${software.jetpack} --precision ${precision} --power-mode ${powerMode.name}${dla}`;
}

const PASS_TEXT =
  '\n## Gates\n\n`pass/` holds the gated model: see `pass/README.md`. All else here is the model without its gates.\n';

function portRow(direction: 'input' | 'output', { dtype, bound, shape, name, tied }: BundlePort): string {
  const type = dtype === bound ? dtype : `${bound} (${dtype} in the ONNX file)`;
  const state = tied === null ? '' : `, state: ${markdownCode(tied)}`;
  return `| ${direction} | ${type} | ${shape.join('x')} | ${markdownCode(name)}${state} |`;
}

function preprocessText({ preprocess, labels }: BundleInput): string {
  const classes = labels.length === 0 ? '' : `${labels.length} labels are in \`manifest.json\`.\n\n`;
  if (preprocess === null) return classes;
  const { scale, mean, std, channels, layout, sound } = preprocess;
  const front =
    sound === null
      ? ''
      : `Sound at ${sound.rate} Hz${sound.features === null ? ', samples / 32768' : ' goes through the front end of `preprocess.sound.features` in `manifest.json`'}. `;
  const order = channels === null ? '' : `, channels ${channels}`;
  return `${front}Each value goes in as (value * ${scale} - mean) / std, mean ${mean.join(', ')}, std ${std.join(', ')}${order}${layout === null ? '' : `, layout ${layout}`}.\n\n${classes}`;
}

/** Bytes of a weight in the precision that most layers have. */
const WEIGHT_BYTES = { int8: 1, fp16: 2, fp32: 4 } as const;

/** Times below which nothing can go on the GPU: the arithmetic at its peak, and the weights once through memory. */
function rooflineText({ platform, model }: BundleInput): string {
  const { profile, powerMode, precision } = platform;
  const rate = precision === 'fp32' ? null : peakRate(profile, powerMode, precision);
  const macs = graphMacs(model.float);
  const weights = [...model.float.constants.values()].reduce(
    (sum, { dtype, data }) => sum + (dtype === 'float32' ? data.length : 0),
    0,
  );
  const bytes = weights * WEIGHT_BYTES[precision];
  const arithmetic =
    rate === null
      ? `Its peak rate in ${precision.toUpperCase()} is not known here.`
      : `In power mode ${powerMode.name} the GPU computes ${precision.toUpperCase()} at ${(rate / 1e12).toFixed(1)} ${precision === 'int8' ? 'TOPS' : 'TFLOPS'} dense: ${shortTime((2 * macs) / rate)}.`;
  return `One run is ${formatCount(macs)} multiply-accumulates. ${arithmetic} Its weights, ${formatBytes(bytes)}, come through a memory of at most ${(profile.memory.bandwidth / 1e9).toFixed(1)} GB/s
in ${shortTime(bytes / profile.memory.bandwidth)}. ${platform.dlaCore === null ? 'No engine is faster than the longer of both; small' : 'The DLA has a peak of its own, which is not known here. Small'} networks take many times as long, as every kernel has to be started.
`;
}

function shortTime(seconds: number): string {
  return seconds < 1e-3 ? `${(1e6 * seconds).toPrecision(2)} us` : `${(1e3 * seconds).toPrecision(3)} ms`;
}

function accuracyText({ accuracy }: BundleInput): string {
  if (accuracy === null) return '';
  const { metric, float, deployed, samples } = accuracy;
  const here = deployed === null ? '' : `, ${deployed} for the model of this bundle`;
  return `Measured here on ${samples} samples: ${metric} ${float} in float32${here}.\n\n`;
}

function toleranceText({ outputs, golden }: BundleInput): string {
  const rows = golden.flatMap(({ name, tolerances }) =>
    outputs.map(
      (output, i) => `| ${name} | ${markdownCode(output.name)} | ${tolerances[i]!.toPrecision(3)} |`,
    ),
  );
  return `| case | output | may be off by |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function layersText({ model, platform }: BundleInput): string {
  const fallen = model.layers.filter(({ reason }) => reason !== null);
  const count = (precision: LayerPrecision['precision']): number =>
    model.layers.filter((layer) => layer.precision === precision).length;
  const counts = (['int8', 'fp16', 'fp32'] as const)
    .filter((precision) => count(precision) > 0)
    .map((precision) => `${count(precision)} in ${precision.toUpperCase()}`);
  const head = `## Precisions\n\n${counts.join(', ')}.${fallen.length === 0 ? ` All are in what was asked for, ${platform.precision.toUpperCase()}, or cannot be in anything else.` : ''}\n`;
  if (fallen.length === 0) return head;
  const rows = fallen.map(
    ({ node, op, precision, reason }) =>
      `| ${markdownCode(node)} | ${markdownCode(op)} | ${precision.toUpperCase()} | ${reason!.replaceAll('|', '/').replaceAll('\n', ' ')} |`,
  );
  return `${head}\n| layer | operator | precision | why |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function cacheText(input: BundleInput): string {
  const { platform } = input;
  const { size } = cachedRanges(input);
  if (size === 0) return '';
  const used =
    typingOf(platform) === 'cache'
      ? 'The DLA of this release takes scales from there alone, so `model.onnx` holds no Q and DQ.'
      : 'Nothing here needs it: scales are in `model.onnx`. It is for tools that take a float model and a cache: `model.fp32.onnx` goes with it.';
  return `\n## Calibration cache\n\n\`${paths.CALIBRATION_CACHE}\` holds the scales of ${size} tensors for TensorRT ${platform.release.version.join('.')}. ${used}\n`;
}
