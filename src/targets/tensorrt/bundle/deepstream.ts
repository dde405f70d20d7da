/** The configuration of the model for nvinfer of DeepStream, where nvinfer can give the model what it was trained on. */
import type { Preprocess } from '../../../data/preprocess.ts';
import type { Precision } from '../release/platform.ts';
import type { BundleFile, BundleInput } from './input.ts';
import * as paths from './paths.ts';

/** What nvinfer would have to be told; or why it cannot be told. */
type NvInfer =
  | { readonly kind: 'able'; readonly keys: readonly Key[]; readonly labels: string | null }
  | { readonly kind: 'unable'; readonly reason: string };

type Key = readonly [key: string, value: string | number];

export function printDeepStream(input: BundleInput): readonly BundleFile[] {
  const nvinfer = nvinferOf(input);
  if (nvinfer.kind === 'unable') return [];
  const { keys, labels } = nvinfer;
  const text = `# For nvinfer of DeepStream ${input.platform.software.deepstream}, as the first network of a pipeline. Made by tinyml ${input.source.toolVersion}.
# Build the engine first: no model is named here, as nvinfer builds INT8 engines without a calibration cache in FP16, and says so only in its log.
[property]
${keys.map(([key, value]) => `${key}=${value}`).join('\n')}
`;
  return [[CONFIG, text], ...(labels === null ? [] : ([[`deepstream/${LABELS}`, labels]] as const))];
}

export function deepStreamText(input: BundleInput): string {
  const nvinfer = nvinferOf(input);
  const text =
    nvinfer.kind === 'unable'
      ? `No configuration is written for it: ${nvinfer.reason}.`
      : `\`${CONFIG}\` is for nvinfer. Run \`./build.sh\` first: it takes the engine as it is, and builds none.`;
  return `\n## DeepStream\n\n${text}\n`;
}

const CONFIG = 'deepstream/config_infer_primary.txt';
const LABELS = 'labels.txt';

const NETWORK_MODES: Readonly<Record<Precision, number>> = { fp32: 0, int8: 1, fp16: 2 };
const COLOR_FORMATS = { rgb: 0, bgr: 1, gray: 2 } as const;

function nvinferOf(input: BundleInput): NvInfer {
  const { platform, inputs, outputs, preprocess, labels } = input;
  const { deepstream, jetpack } = platform.software;
  const unable = (reason: string): NvInfer => ({ kind: 'unable', reason });
  if (deepstream === null) return unable(`no DeepStream is known for JetPack ${jetpack}`);
  const [image] = inputs;
  if (inputs.length !== 1 || image === undefined || image.tied !== null) {
    return unable('nvinfer feeds one input, an image');
  }
  const [batch = 0, channels = 0, height = 0, width = 0] = image.shape;
  if (image.bound !== 'float32' || image.shape.length !== 4 || (channels !== 1 && channels !== 3)) {
    return unable(
      `nvinfer feeds float32 of shape N x 1 or 3 x height x width; the input is ${image.bound} of ${image.shape.join('x')}`,
    );
  }
  if (preprocess === null)
    return unable('what is done to pixels before the model sees them is not known: say it with --preprocess');
  if (preprocess.layout === 'nhwc') return unable('nvinfer feeds channels first');
  const scaling = scalingOf(preprocess, channels);
  if (typeof scaling === 'string') return unable(scaling);
  const { resize } = preprocess;
  if (preprocess.sound !== null) return unable('nvinfer feeds images, and the model was trained on sound');
  if (resize?.method === 'area') return unable('nvinfer does not resize by the mean of areas');
  if (resize?.method === 'antialias') return unable('nvinfer does not resize with antialiasing');
  if (resize?.fit === 'crop') return unable('nvinfer does not crop images to the shape of the input');
  if (resize?.fit === 'pad' && deepstream === '6.0') {
    return unable('nvinfer of DeepStream 6.0 is not known to pad images on both sides');
  }
  const isClassifier =
    labels.length > 0 && outputs.length === 1 && outputs[0]!.shape.at(-1) === labels.length;
  const split = labels.find((label) => /[;\r\n\0]/.test(label));
  if (isClassifier && split !== undefined) {
    return unable(`nvinfer splits labels at semicolons and line breaks, and one has them`);
  }
  const { dlaCore } = platform;
  return {
    kind: 'able',
    labels: isClassifier ? `${labels.join(';')}\n` : null,
    keys: [
      ['gie-unique-id', 1],
      ['process-mode', 1],
      ['model-engine-file', `../${paths.enginePath(input.name)}`],
      ['network-mode', NETWORK_MODES[platform.precision]],
      ['batch-size', batch],
      ['infer-dims', [channels, height, width].join(';')],
      [
        'model-color-format',
        channels === 1 ? COLOR_FORMATS.gray : COLOR_FORMATS[preprocess.channels ?? 'rgb'],
      ],
      ...scaling,
      ...(resize?.fit === 'pad'
        ? ([
            ['maintain-aspect-ratio', 1],
            ['symmetric-padding', 1],
          ] as const)
        : []),
      ['scaling-filter', resize?.method === 'nearest' ? 0 : 1],
      ...(isClassifier
        ? ([
            ['network-type', 1],
            ['classifier-threshold', 0],
            ['labelfile-path', LABELS],
          ] as const)
        : ([
            ['network-type', 100],
            ['output-tensor-meta', 1],
          ] as const)),
      ...(dlaCore === null
        ? []
        : ([
            ['enable-dla', 1],
            ['use-dla-core', dlaCore],
          ] as const)),
    ],
  };
}

/**
 * Ours is (value * scale - mean[c]) / std[c]; that of nvinfer is factor * (value - offset[c]), one factor for all channels.
 * @returns a reason where it cannot be written so
 */
function scalingOf({ scale, mean, std }: Preprocess, channels: number): readonly Key[] | string {
  const factors = new Set(std.map((one) => scale / one));
  const [factor = 0] = factors;
  if (factors.size > 1) {
    return `nvinfer scales all channels by one factor, and these have ${std.map((one) => scale / one).join(', ')}: fold them into the first convolution before export`;
  }
  // nvinfer takes no factor that is not positive, and falls back to 1.
  if (!(factor > 0 && Number.isFinite(factor))) return `nvinfer cannot scale pixels by ${factor}`;
  const offsets = Array.from({ length: channels }, (_, c) => mean[mean.length === 1 ? 0 : c]! / scale);
  return [
    ['net-scale-factor', factor],
    ...(offsets.every((offset) => offset === 0) ? [] : ([['offsets', offsets.join(';')]] as const)),
  ];
}
