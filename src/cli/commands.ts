import { INPUT_FORMS, OPTIMISE } from '../program/implementation.ts';
import { CALIBRATION_SAMPLES } from '../quantize/calibration-size.ts';
import { OBSERVERS } from '../quantize/observers/kinds.ts';
import { PROXIES, SIZES } from '../search/ranks.ts';

/**
 * The table of commands: what --help, shell completion and the documentation say, without loading any command.
 *
 * To add a command, add a row here and a file `src/cli/<name>.ts` that exports
 *
 *     export async function run(args: readonly string[], options: Options, context: Context): Promise<CommandResult>
 *
 * `args` are the positional arguments in the order of the row. `options` are already checked against the row and
 * merged from the command line, TINYML_* and tinyml.json; read them with the functions of `options.ts`. Options that name
 * files say in `opens` what is done with them; files found later are told to `context.reads`. `run`
 * writes files only through `context.outputs`, talks only through `context.note` and `context.progress`, and
 * returns its result; `main.ts` prints it. Types are in `context.ts`.
 */

/**
 * What a value is: free text; one of `choices`; a whole number; a number (`0.001`, `1e-3`); a size (`128K`, `1MiB`); a
 * share (`0.8`, `80%`); a count (`12M` = 12 million); several texts, by repetition or with commas; or nothing (a flag).
 */
type OptionKind = 'text' | 'integer' | 'number' | 'bytes' | 'fraction' | 'count' | 'list' | 'flag';

/** What a shell offers for a value. Values that are paths are read relative to the tinyml.json that states them. */
export type Completion = 'file' | 'folder' | 'path' | 'profile';

/**
 * What is done with the file that a value names: it is read, written, or a folder replaced as a whole. All of a command
 * are held against each other before its work (`file-uses.ts`).
 */
type Opens = 'read' | 'write' | 'replace';

export type OptionSpec = {
  /** Long name without dashes; also the key in tinyml.json and, in capitals, of TINYML_*. */
  readonly name: string;
  readonly short?: string | undefined;
  readonly kind: OptionKind;
  /** How the value is called in --help; absent for flags. */
  readonly value?: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string | number;
  /** For --help, instead of `default`: what is done without the option, where no one value says it. */
  readonly usual?: string;
  /** Smallest and largest value of an `integer` or a `number`. */
  readonly range?: readonly [min: number, max: number];
  /** Units that a `number` may have behind it, in lower case, and what one of each is in the unit of the option. */
  readonly units?: Readonly<Record<string, number>>;
  /** What helps where a value is none of `choices`. */
  readonly hint?: string;
  readonly required?: boolean;
  readonly completes?: Completion;
  readonly opens?: Opens;
  /** Values that are no paths, where others are. */
  readonly words?: RegExp;
};

export type ArgumentSpec = {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: Completion;
  readonly opens?: Opens;
};

export type CommandSpec = {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
};

const MAX_INT32 = 2 ** 31 - 1;

/** Options of every command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'json', kind: 'flag', description: 'print one JSON document instead of text' },
  {
    name: 'quiet',
    short: 'q',
    kind: 'flag',
    description: 'print nothing but the figures that sum a result up, and errors',
  },
  { name: 'verbose', short: 'v', kind: 'flag', description: 'say more; show the stack of an error' },
  {
    name: 'color',
    kind: 'text',
    value: 'when',
    description: 'colour',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
  },
  {
    name: 'seed',
    kind: 'integer',
    value: 'n',
    description: 'seed of everything random',
    range: [0, MAX_INT32],
    default: 1,
  },
  {
    name: 'jobs',
    short: 'j',
    kind: 'integer',
    value: 'n',
    description: 'threads that compute, and compilers at once',
    usual: 'one per core',
    range: [1, 1024],
  },
  { name: 'dry-run', kind: 'flag', description: 'do everything but write' },
  { name: 'strict', kind: 'flag', description: 'fail (exit 1) where something is warned of' },
];

const MODEL: ArgumentSpec = { name: 'model', description: 'ONNX model', completes: 'file', opens: 'read' };

const INT8_MODEL: ArgumentSpec = {
  name: 'model',
  description: 'quantised ONNX model (QDQ)',
  completes: 'file',
  opens: 'read',
};

const TARGET: OptionSpec = {
  name: 'target',
  short: 't',
  kind: 'text',
  value: 'profile',
  description: 'device profile: an id or a .json file',
  completes: 'profile',
  opens: 'read',
};
/** How a Jetson is to be used. */
const TARGET_SETTINGS: readonly OptionSpec[] = [
  {
    name: 'jetpack',
    kind: 'text',
    value: 'version',
    description: 'of a Jetson: the JetPack on it, e.g. 6.2',
    usual: 'the newest of the module',
  },
  {
    name: 'precision',
    kind: 'text',
    value: 'type',
    description: 'of a Jetson: what it computes in where the model does not say otherwise',
    usual: 'int8 where the module has it, else fp16',
    choices: ['int8', 'fp16', 'fp32'],
  },
  {
    name: 'power-mode',
    kind: 'text',
    value: 'name',
    description: 'of a Jetson: power mode, by the name that nvpmodel has for it',
    usual: 'the first of the profile',
  },
  {
    name: 'dla',
    kind: 'integer',
    value: 'core',
    description: 'of a Jetson: let this core of the DLA run what it can',
    usual: 'the GPU runs all',
    range: [0, 3],
  },
  {
    name: 'workspace',
    kind: 'bytes',
    value: 'size',
    description: 'of a Jetson: memory that the builder may use, e.g. 512M',
    usual: 'that of the profile',
  },
];
const PER_LAYER_PRECISION: OptionSpec = {
  name: 'per-layer-precision',
  kind: 'text',
  value: 'how',
  description: 'of a Jetson: which layers are in int8: auto, int8, or a .json file of layers and precisions',
  usual: 'auto',
  completes: 'file',
  opens: 'read',
  words: /^(auto|int8)$/,
};
const CALIBRATION_SIZE: OptionSpec = {
  name: 'calibration-size',
  short: 'n',
  kind: 'integer',
  value: 'n',
  description: 'samples (of a model with state: sequences) to calibrate with',
  range: [1, MAX_INT32],
  default: CALIBRATION_SAMPLES,
};
const CALIBRATION_SCALE: OptionSpec = {
  name: 'calibration-scale',
  kind: 'number',
  value: 'factor',
  description:
    'multiply the values of the calibration data, where they are of another unit than what the device sees',
  default: 1,
};
const DIM: OptionSpec = {
  name: 'dim',
  kind: 'list',
  value: 'name=n',
  description: 'give a symbolic dimension a value, e.g. batch=1',
};
const SHAPE: OptionSpec = {
  name: 'shape',
  kind: 'list',
  value: 'input=sizes',
  description: 'give an input its whole shape, e.g. x=1,3,48,192',
};
const BIND: OptionSpec = {
  name: 'bind',
  kind: 'list',
  value: 'input=value',
  description: 'make an input a constant, e.g. rate=16000, and fold the model with it',
};
/** What is said of the inputs of a model beside its file. */
const INPUTS: readonly OptionSpec[] = [DIM, SHAPE, BIND];
const STATE: OptionSpec = {
  name: 'state',
  kind: 'list',
  value: 'input=output',
  description: 'carry an output over to an input of the next run',
  usual: 'what the file or the names say',
};
const NO_STATE: OptionSpec = {
  name: 'no-state',
  kind: 'flag',
  description: 'leave inputs and outputs apart, whatever their names',
};
const SEQUENCE: OptionSpec = {
  name: 'sequence',
  kind: 'integer',
  value: 'n',
  description: 'consecutive samples that make a sequence, for a model with state',
  usual: 'all',
  range: [1, MAX_INT32],
};
const MAX_FRAMES: OptionSpec = {
  name: 'max-frames',
  kind: 'integer',
  value: 'n',
  description: 'use the first n frames of each clip',
  usual: 'all',
  range: [1, MAX_INT32],
};
/** What makes clips harder than they are. */
const DISTURBANCES: readonly OptionSpec[] = [
  {
    name: 'noise',
    kind: 'number',
    value: 'sigma',
    description: 'add noise of this standard deviation to clips, in units of pixels 0 .. 255',
    range: [0, 255],
    default: 0,
  },
  {
    name: 'gain',
    kind: 'number',
    value: 'share',
    description: 'let the brightness of clips rise and fall by this share, over 100 frames',
    range: [0, 1],
    default: 0,
  },
  {
    name: 'shake',
    kind: 'number',
    value: 'pixels',
    description: 'move clips by up to so many pixels from frame to frame',
    range: [0, 64],
    default: 0,
  },
];
const DATA: OptionSpec = {
  name: 'data',
  short: 'd',
  kind: 'text',
  value: 'path',
  description:
    'data set: folder of images, WAV, CSV or .npy files, one of these, IDX, CIFAR .bin, .npz, .npy, .f32 or clips',
  completes: 'path',
  opens: 'read',
};
const PREPROCESS: OptionSpec = {
  name: 'preprocess',
  kind: 'text',
  value: 'file',
  description: 'JSON file that says how raw data becomes model input, or raw: it goes in as it is',
  usual: 'what the model says',
  completes: 'file',
  opens: 'read',
  words: /^raw$/,
};
const LABELS: OptionSpec = {
  name: 'labels',
  kind: 'text',
  value: 'file',
  description: 'names of the classes, one a line, in the order of the outputs',
  usual: 'what the model says, else the names of class folders',
  completes: 'file',
  opens: 'read',
};
const MIN_ACCURACY: OptionSpec = {
  name: 'min-accuracy',
  kind: 'fraction',
  value: 'share',
  description: 'fail (exit 1) below this accuracy, e.g. 0.8 or 80%',
};
const MAX_RAM: OptionSpec = {
  name: 'max-ram',
  kind: 'bytes',
  value: 'size',
  description: 'fail (exit 1) above this RAM, e.g. 128K',
};
/** Of what plans a model. */
const WITHIN_RAM: OptionSpec = {
  ...MAX_RAM,
  description: 'take no more RAM than this, e.g. 128K: images go by rows where needed; else fail (exit 1)',
};
const MAX_FLASH: OptionSpec = {
  name: 'max-flash',
  kind: 'bytes',
  value: 'size',
  description: 'fail (exit 1) above this flash, e.g. 1M',
};
const MAX_LATENCY: OptionSpec = {
  name: 'max-latency',
  kind: 'number',
  value: 'ms',
  description: 'fail (exit 1) where an inference may take more milliseconds: the upper end of the estimate',
  range: [0, 1e6],
  units: { ms: 1, s: 1000, us: 0.001 },
};
const KERNELS: OptionSpec = {
  name: 'kernels',
  kind: 'text',
  value: 'library',
  description: 'kernel library',
  choices: ['builtin', 'cmsis-nn'],
  default: 'builtin',
};
const OPTIMISE_FOR: OptionSpec = {
  name: 'optimise',
  kind: 'text',
  value: 'what',
  description: 'what layers shall take little of, where they can be computed in more than one way',
  choices: OPTIMISE,
  default: 'balanced',
};
const INPUT_FORM: OptionSpec = {
  name: 'input',
  kind: 'text',
  value: 'form',
  description:
    'the input lies in RAM, whole, or comes in rows from a function of yours (a line buffer of a camera)',
  choices: INPUT_FORMS,
  default: 'resident',
};
const KEEP_DEAD_CHANNELS: OptionSpec = {
  name: 'keep-dead-channels',
  kind: 'flag',
  description: 'do not remove channels that are always constant',
};

/** How a model is prepared for planning, and the limits that its plan is held against. */
const PLANNING: readonly OptionSpec[] = [
  KERNELS,
  OPTIMISE_FOR,
  INPUT_FORM,
  ...INPUTS,
  PREPROCESS,
  LABELS,
  STATE,
  NO_STATE,
  KEEP_DEAD_CHANNELS,
  WITHIN_RAM,
  MAX_FLASH,
  MAX_LATENCY,
];
const REPORT: OptionSpec = {
  name: 'report',
  kind: 'text',
  value: 'file',
  description: 'write a self-contained HTML report',
  completes: 'file',
  opens: 'write',
};
const MARKDOWN: OptionSpec = {
  name: 'markdown',
  kind: 'flag',
  description: 'print Markdown, for a pull request',
};
/** Of what does many runs. */
const RUN_LOG: OptionSpec = {
  name: 'log',
  kind: 'text',
  value: 'file',
  description: 'write one JSON line per run as it ends',
  completes: 'file',
  opens: 'write',
  words: /^-$/,
};
const RUN_RESUME: OptionSpec = {
  name: 'resume',
  kind: 'flag',
  description: 'leave out runs that are in --log already',
};
const DEPFILE: OptionSpec = {
  name: 'depfile',
  kind: 'text',
  value: 'file',
  description: 'write the files read as a make rule, as gcc -MD -MP',
  completes: 'file',
  opens: 'write',
};

/** How networks are trained, whatever their arithmetic. */
/** Training of gates, with the names that training of models has. */
const GATE_TRAINING: readonly OptionSpec[] = [
  {
    name: 'epochs',
    kind: 'integer',
    value: 'n',
    description: 'passes over the frames',
    range: [1, 100000],
    default: 20,
  },
  {
    name: 'batch-size',
    short: 'b',
    kind: 'integer',
    value: 'n',
    description: 'frames per step',
    range: [1, 65536],
    default: 8,
  },
  {
    name: 'lr',
    kind: 'number',
    value: 'rate',
    description: 'largest learning rate, of Adam',
    range: [1e-12, 1e6],
    usual: '0.02; 0.0002 for convmixer',
  },
  {
    name: 'schedule',
    kind: 'text',
    value: 'kind',
    description: 'learning rate over time: constant, cosine, or step:<factor>@<epochs>',
    default: 'cosine',
  },
  {
    name: 'warmup',
    kind: 'text',
    value: 'n',
    description: 'let the learning rate rise for so many steps, or epochs (2epochs)',
    default: '0',
  },
  {
    name: 'margin',
    kind: 'number',
    value: 'share',
    description:
      'by how much skipped patches must matter less than kept ones, of the output; 0: do not contrast',
    range: [0, 1000],
    default: 2,
  },
  {
    name: 'budget-weight',
    kind: 'number',
    value: 'weight',
    description: 'weight of the budget in the loss; 0: only to calibrate',
    range: [0, 1e6],
    default: 10,
  },
  {
    name: 'distil',
    kind: 'number',
    value: 'weight',
    description: 'weight of the squared relative error of the output in the loss',
    range: [0, 1e6],
    default: 0,
  },
  {
    name: 'gate-norm',
    kind: 'text',
    value: 'how',
    description: 'how scores become shares in training; minmax: as published',
    choices: ['sigmoid', 'minmax'],
    default: 'sigmoid',
  },
  {
    name: 'fine-tune',
    kind: 'integer',
    value: 'epochs',
    description: 'train the backbone for the frames that the gate makes, at most so many passes; 0: leave it',
    range: [0, 100000],
    default: 0,
  },
  {
    name: 'fine-tune-lr',
    kind: 'number',
    value: 'rate',
    description: 'largest learning rate of the backbone',
    range: [1e-12, 1e6],
    usual: '0.0001',
  },
  {
    name: 'checkpoint',
    kind: 'text',
    value: 'file',
    description: 'keep the state of the training here, after every epoch and on Ctrl-C',
    completes: 'file',
    opens: 'write',
  },
  { name: 'resume', kind: 'flag', description: 'continue from --checkpoint' },
  {
    name: 'log',
    kind: 'text',
    value: 'file',
    description: 'write one JSON line per step and epoch; - for stdout',
    completes: 'file',
    opens: 'write',
    words: /^-$/,
  },
];

const TRAINING: readonly OptionSpec[] = [
  {
    name: 'epochs',
    kind: 'integer',
    value: 'n',
    description: 'passes over the training data',
    range: [1, 100000],
    default: 10,
  },
  {
    name: 'batch-size',
    short: 'b',
    kind: 'integer',
    value: 'n',
    description: 'samples per step',
    range: [1, 65536],
    default: 64,
  },
  {
    name: 'lr',
    kind: 'number',
    value: 'rate',
    description: 'largest learning rate',
    usual: '0.001 for adam, 0.01 for sgd; a hundredth where trained weights go on',
    range: [1e-12, 1e6],
  },
  {
    name: 'optimizer',
    kind: 'text',
    value: 'kind',
    description: 'how gradients become updates',
    usual: 'adam, sgd with --weights int8',
    choices: ['sgd', 'adam'],
  },
  {
    name: 'momentum',
    kind: 'number',
    value: 'share',
    description: 'momentum of sgd',
    usual: '0.9, 0 with --weights int8',
    range: [0, 0.9999],
  },
  {
    name: 'weight-decay',
    kind: 'number',
    value: 'rate',
    description: 'weight decay',
    range: [0, 1],
    default: 0,
  },
  {
    name: 'schedule',
    kind: 'text',
    value: 'kind',
    description: 'learning rate over time: constant, cosine, or step:<factor>@<epochs>',
    default: 'cosine',
  },
  {
    name: 'warmup',
    kind: 'text',
    value: 'n',
    description: 'let the learning rate rise for so many steps, or epochs (2epochs)',
    default: '0',
  },
  {
    name: 'label-smoothing',
    kind: 'number',
    value: 'share',
    description: 'share of the target that goes to all classes alike',
    range: [0, 0.9999],
    default: 0,
  },
  {
    name: 'augment',
    kind: 'list',
    value: 'changes',
    description: 'change samples at random: flip, crop:<pixels>, shift:<pixels>, brightness:<share>',
  },
];

const ON_DEVICE = new Set(['lr', 'optimizer', 'momentum', 'weight-decay', 'label-smoothing']);

const ACCUMULATE: OptionSpec = {
  name: 'accumulate',
  kind: 'integer',
  value: 'n',
  description: 'update once in so many steps, by the mean of their gradients',
  range: [1, 65536],
  default: 1,
};

/** Against forgetting, in steps of one sample. */
const REPLAY: readonly OptionSpec[] = [
  {
    name: 'replay',
    kind: 'integer',
    value: 'n',
    description: 'keep what the trained part begins with of so many samples, and learn from it again',
    range: [1, 65536],
  },
  {
    name: 'replay-steps',
    kind: 'integer',
    value: 'n',
    description: 'with --replay: steps on kept samples behind each new one',
    range: [1, 64],
    usual: '1',
  },
];

const CLASSES: OptionSpec = {
  name: 'classes',
  kind: 'integer',
  value: 'n',
  description: 'give the model a new last layer for so many classes',
  range: [2, 65536],
};

const FREEZE: OptionSpec = {
  name: 'freeze',
  kind: 'list',
  value: 'layers',
  description: 'layers not to train; * for any letters',
};

const SCHEME: OptionSpec = {
  name: 'scheme',
  kind: 'text',
  value: 'which',
  description: 'what is trained: full, last:<layers>, bias, or a .json file',
  default: 'full',
  completes: 'file',
  opens: 'read',
  words: /^(?!.*\.json$)/,
};

const PRC: OptionSpec = {
  name: 'prc',
  kind: 'text',
  value: 'kind',
  description: 'range of gradients: off, fixed:0.95, zscore:2.576, mse, learned',
  usual: 'mse, off with stochastic rounding',
};

const ROUND_GRADIENTS: OptionSpec = {
  name: 'round-gradients',
  kind: 'text',
  value: 'how',
  description: 'rounding of gradients',
  usual: 'nearest, stochastic below 8 bits',
  choices: ['nearest', 'stochastic'],
};

const KEPT_WEIGHTS: OptionSpec = {
  name: 'weights',
  kind: 'text',
  value: 'type',
  description: 'how weights are kept: float, or int8 with scaled updates (QAS)',
  choices: ['float', 'int8'],
  default: 'float',
};

const LOSS: OptionSpec = {
  name: 'loss',
  kind: 'text',
  value: 'kind',
  description:
    'cross-entropy of class labels, or mean squared error against the targets of the data, or the input itself',
  choices: ['cross-entropy', 'mse'],
  default: 'cross-entropy',
};

const RANGES: OptionSpec = {
  name: 'ranges',
  kind: 'text',
  value: 'how',
  description: 'ranges of values: learned on the way, or taken from the data before the first step and fixed',
  choices: ['learned', 'fixed'],
  default: 'learned',
};

/** Where firmware does otherwise than `tinyml train`. */
export const DEVICE_DEFAULTS: Readonly<Record<string, string>> = {
  weights: 'int8',
  'round-gradients': 'stochastic',
  ranges: 'fixed',
};

/** Of training, what firmware has: the names that `tinyml train` has for it. Steps there are of one sample. */
export const TRAINING_ON_DEVICE: readonly OptionSpec[] = [
  ...[SCHEME, CLASSES, FREEZE, KEPT_WEIGHTS, RANGES, LOSS],
  ...TRAINING.filter(({ name }) => ON_DEVICE.has(name)),
  ...[ACCUMULATE, ...REPLAY, ROUND_GRADIENTS, PRC],
].map(({ default: value, ...spec }) => ({
  ...spec,
  description: `with --training: ${spec.description}`,
  ...(value === undefined ? {} : { usual: String(value) }),
  ...(spec.name in DEVICE_DEFAULTS ? { usual: DEVICE_DEFAULTS[spec.name]! } : {}),
}));

/** What says whether training helps. */
const VALIDATION: readonly OptionSpec[] = [
  {
    ...DATA,
    name: 'validation',
    short: undefined,
    description: 'data set measured after every epoch; the best epoch is kept',
  },
  {
    name: 'validation-share',
    kind: 'fraction',
    value: 'share',
    description: 'keep this share of the training data for validation instead',
    usual: '10% where trained weights go on; 0 for none',
  },
];
const PATIENCE: OptionSpec = {
  name: 'patience',
  kind: 'integer',
  value: 'n',
  description: 'stop after n epochs without a better validation',
  range: [1, 100000],
};

/** How a float model is quantised, for targets that compute every layer in integers. */
const QUANTIZING: readonly OptionSpec[] = [
  {
    name: 'observer',
    kind: 'text',
    value: 'kind',
    description: 'how activation ranges are chosen; auto: as serves the outputs best on the calibration data',
    choices: [...OBSERVERS, 'auto'],
    default: 'percentile',
  },
  {
    name: 'observer-of',
    kind: 'list',
    value: 'tensor=kind',
    description: 'how the range of one tensor is chosen, and of all that share its scale',
  },
  {
    name: 'io',
    kind: 'text',
    value: 'type',
    description: 'type of model inputs and outputs',
    choices: ['int8', 'float'],
    default: 'int8',
  },
  { name: 'equalize', kind: 'flag', description: 'equalise weight ranges across layers first' },
  {
    name: 'smooth',
    kind: 'flag',
    description: 'move outlier channels of activations into the weights that read them',
  },
  {
    name: 'bias-correction',
    kind: 'text',
    value: 'on|off',
    description: 'take the mean error of the rounded weights off the biases',
    choices: ['on', 'off'],
    default: 'off',
  },
  {
    name: 'weights',
    kind: 'text',
    value: 'range',
    description:
      'what the codes of a weight channel cover: its largest weight, or what makes the least error',
    choices: ['max', 'mse'],
    default: 'max',
  },
  {
    name: 'round',
    kind: 'text',
    value: 'how',
    description: 'weights to the nearest code, or to the one that serves the outputs of their layer',
    choices: ['nearest', 'adaptive'],
    default: 'nearest',
  },
  {
    name: 'float',
    kind: 'list',
    value: 'layers',
    description:
      'leave these layers in float32, by name, operator, range (first..last), or all: for cores with an FPU',
  },
  {
    name: 'bits',
    kind: 'list',
    value: 'layer=16',
    description:
      'compute these layers with 16-bit codes: by name, operator, range (first..last), all, or auto to choose',
  },
  {
    name: 'weight-bits',
    kind: 'list',
    value: 'layer=4[:group]',
    description:
      'keep the weights of these layers with 4 bits, named as for --bits; groups of inputs may share a factor (all=4:32)',
  },
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'inspect',
    summary: 'show inputs, operators, shapes, cost and quantisation of a model',
    arguments: [MODEL],
    options: [TARGET, ...TARGET_SETTINGS, ...INPUTS, STATE, NO_STATE],
    examples: [
      'tinyml inspect model.onnx',
      'tinyml inspect model.onnx --target stm32h743',
      'tinyml inspect model.onnx --target jetson-orin-nano --jetpack 6.2',
    ],
  },
  {
    name: 'lint',
    summary: 'check a model against the rules of TensorRT, and repair what can be repaired',
    arguments: [MODEL],
    options: [
      { ...TARGET, required: true },
      ...TARGET_SETTINGS,
      ...INPUTS,
      {
        name: 'cache',
        kind: 'text',
        value: 'file',
        description: 'a calibration cache that is to go with the model: check it, too',
        completes: 'file',
        opens: 'read',
      },
      { name: 'fix', kind: 'flag', description: 'repair what can be repaired, and write it to --output' },
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the repaired model goes (needed with --fix)',
        completes: 'file',
        opens: 'write',
      },
      {
        name: 'sarif',
        kind: 'text',
        value: 'file',
        description: 'write the findings as SARIF 2.1.0, for code hosts',
        completes: 'file',
        opens: 'write',
      },
      DEPFILE,
    ],
    examples: [
      'tinyml lint model.onnx --target jetson-orin-nano --jetpack 6.2',
      'tinyml lint model.onnx --target jetson-orin-nano --fix -o model.fixed.onnx --sarif lint.sarif',
      'tinyml lint model.onnx --target jetson-xavier-nx --jetpack 5.1 --cache calibration.cache',
    ],
  },
  {
    name: 'analyze',
    summary: 'say what a model needs on devices: RAM, flash, instructions, time, and all that does not run',
    arguments: [MODEL],
    options: [
      { ...TARGET, description: `${TARGET.description}; without it, every microcontroller` },
      ...TARGET_SETTINGS,
      ...PLANNING,
      REPORT,
    ],
    examples: [
      'tinyml analyze model.onnx',
      'tinyml analyze model.int8.onnx --target nrf52840 --max-latency 100',
      'tinyml analyze model.onnx --target jetson-orin-nano',
    ],
  },
  {
    name: 'fit',
    summary: 'find the microcontrollers that a model fits, and the cheapest change that makes it fit others',
    arguments: [MODEL],
    options: PLANNING,
    examples: ['tinyml fit model.onnx', 'tinyml fit model.int8.onnx --max-latency 100 --max-flash 256K'],
  },
  {
    name: 'quantize',
    summary: 'quantise a float model to INT8 with calibration data',
    arguments: [MODEL],
    options: [
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the quantised model goes',
        required: true,
        completes: 'file',
        opens: 'write',
      },
      { ...DATA, required: true },
      {
        ...DATA,
        name: 'eval',
        short: 'e',
        description: 'labelled data set to measure accuracy on, before and after',
      },
      PREPROCESS,
      LABELS,
      TARGET,
      ...TARGET_SETTINGS,
      ...INPUTS,
      STATE,
      NO_STATE,
      SEQUENCE,
      MAX_FRAMES,
      CALIBRATION_SIZE,
      CALIBRATION_SCALE,
      KEEP_DEAD_CHANNELS,
      PER_LAYER_PRECISION,
      ...QUANTIZING,
      MIN_ACCURACY,
      {
        name: 'max-drop',
        kind: 'fraction',
        value: 'share',
        description: 'fail (exit 1) if accuracy drops by more, e.g. 0.01 or 1%',
      },
      {
        name: 'bits-ram',
        kind: 'bytes',
        value: 'size',
        description: 'with --bits auto: the arena that the model may take, e.g. 64K',
      },
      DEPFILE,
      REPORT,
    ],
    examples: [
      'tinyml quantize model.onnx -o model.int8.onnx --data calibration/',
      'tinyml quantize model.onnx -o model.int8.onnx --data train.npz --eval test.npz --max-drop 1%',
      'tinyml quantize model.onnx -o model.qdq.onnx --data train.npz --target jetson-orin-nano --jetpack 6.2',
    ],
  },
  {
    name: 'diagnose',
    summary: 'say which layers quantising costs most and why, and measure what helps',
    arguments: [
      { ...MODEL, description: 'float ONNX model' },
      {
        ...INT8_MODEL,
        name: 'int8',
        description: 'its quantised form, if another than quantize makes',
        optional: true,
      },
    ],
    options: [
      { ...DATA, required: true },
      {
        ...DATA,
        name: 'eval',
        short: 'e',
        description: 'data set that errors are measured on, and accuracy where it has labels',
        usual: 'errors are measured on --data',
      },
      {
        name: 'eval-size',
        kind: 'integer',
        value: 'n',
        description: 'samples that accuracy is measured on',
        range: [1, MAX_INT32],
        default: 1000,
      },
      PREPROCESS,
      LABELS,
      TARGET,
      ...INPUTS,
      STATE,
      NO_STATE,
      SEQUENCE,
      MAX_FRAMES,
      CALIBRATION_SIZE,
      CALIBRATION_SCALE,
      ...QUANTIZING,
      {
        name: 'apply',
        kind: 'flag',
        description: 'write the model with the remedies that help most together',
      },
      {
        name: 'remedy',
        kind: 'list',
        value: 'id',
        description: 'with --apply: apply these remedies instead, whatever they gain',
      },
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the model of --apply goes',
        completes: 'file',
        opens: 'write',
      },
      MIN_ACCURACY,
      {
        name: 'max-drop',
        kind: 'fraction',
        value: 'share',
        description: 'fail (exit 1) if the int8 model is less accurate than the float one by more, e.g. 1%',
      },
      {
        name: 'min-sqnr',
        kind: 'number',
        value: 'dB',
        description: 'fail (exit 1) if signal to error of an output is less',
        range: [-100, 200],
      },
      MARKDOWN,
      DEPFILE,
      REPORT,
    ],
    examples: [
      'tinyml diagnose model.onnx --data train/ --eval test/',
      'tinyml diagnose model.onnx model.int8.onnx --data train/ --eval test/ --report diagnosis.html',
      'tinyml diagnose model.onnx --data train/ --eval test/ --apply -o model.int8.onnx --max-drop 1%',
    ],
  },
  {
    name: 'train',
    summary: 'train a model in INT8 (Octo), with fake quantisation or in float',
    arguments: [MODEL],
    options: [
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the trained model goes (needed unless --plan)',
        completes: 'file',
        opens: 'write',
      },
      {
        name: 'float-output',
        kind: 'text',
        value: 'file',
        description: 'write the trained model in float32 too, normalisations folded',
        completes: 'file',
        opens: 'write',
      },
      { ...DATA, description: 'training data (needed unless --plan); the formats are those of quantize' },
      ...VALIDATION,
      { ...DATA, name: 'eval', short: 'e', description: 'data set to measure the trained model on' },
      PREPROCESS,
      LABELS,
      ...INPUTS,
      {
        name: 'method',
        kind: 'text',
        value: 'kind',
        description: 'INT8 forward and backward, fake quantisation, or float32',
        choices: ['octo', 'qat', 'float'],
        default: 'octo',
      },
      ...TRAINING,
      ACCUMULATE,
      ...REPLAY,
      LOSS,
      {
        name: 'init',
        kind: 'text',
        value: 'from',
        description: "start from the model's weights or from random ones",
        choices: ['model', 'random'],
        default: 'model',
      },
      CLASSES,
      FREEZE,
      SCHEME,
      {
        name: 'bits-w',
        kind: 'integer',
        value: 'n',
        description: 'bits of weights',
        range: [2, 8],
        default: 8,
      },
      {
        name: 'bits-a',
        kind: 'integer',
        value: 'n',
        description: 'bits of activations',
        range: [2, 8],
        default: 8,
      },
      {
        name: 'bits-g',
        kind: 'integer',
        value: 'n',
        description: 'bits of gradients',
        range: [2, 8],
        default: 8,
      },
      {
        name: 'activations',
        kind: 'text',
        value: 'kind',
        description: 'codes of activations',
        usual: 'affine',
        choices: ['symmetric', 'affine'],
      },
      {
        name: 'lac',
        kind: 'text',
        value: 'kind',
        description: 'loss-aware compensation',
        usual: 'off',
        choices: ['off', 'channel', 'position', 'tied'],
      },
      {
        name: 'lac-l2',
        kind: 'number',
        value: 'rate',
        description: 'penalty on the compensation',
        range: [0, 1e6],
        default: 1e-4,
      },
      PRC,
      ROUND_GRADIENTS,
      KEPT_WEIGHTS,
      RANGES,
      {
        name: 'faithful',
        kind: 'flag',
        description: "repeat the choices of Octo's published code, for ablation",
      },
      {
        name: 'backend',
        kind: 'text',
        value: 'name',
        description: 'what computes the steps',
        choices: ['native', 'tfjs-node'],
        default: 'native',
      },
      {
        name: 'checkpoint',
        kind: 'text',
        value: 'file',
        description: 'keep the state of the run here, after every epoch and on Ctrl-C',
        completes: 'file',
        opens: 'write',
      },
      { name: 'resume', kind: 'flag', description: 'continue from --checkpoint' },
      PATIENCE,
      {
        name: 'log',
        kind: 'text',
        value: 'file',
        description: 'write one JSON line per step and epoch; - for stdout',
        completes: 'file',
        opens: 'write',
        words: /^-$/,
      },
      DEPFILE,
      REPORT,
      { name: 'plan', kind: 'flag', description: 'print the memory of a step and stop' },
      MIN_ACCURACY,
    ],
    examples: [
      'tinyml train model.onnx -o trained.onnx --data train.npz --eval test.npz',
      'tinyml train model.onnx -o small.onnx --data train/ --validation-share 10% --patience 5 --augment flip,crop:4',
      'tinyml train model.onnx -o tuned.onnx --data mine/ --classes 3 --scheme last:2 --weights int8',
      'tinyml train model.onnx -o trained.onnx --data train.npz --checkpoint run.ckpt --resume',
      'tinyml train model.onnx --plan --scheme bias --batch-size 1',
    ],
  },
  {
    name: 'split',
    summary: 'cut a network in two, and code what crosses the wire between them',
    arguments: [MODEL],
    options: [
      { ...DATA, required: true, description: 'data that the codec is fitted to, and the tail trained on' },
      {
        ...DATA,
        name: 'eval',
        short: 'e',
        required: true,
        description: 'labelled data set to measure traffic and accuracy on',
      },
      PREPROCESS,
      LABELS,
      ...INPUTS,
      { ...CALIBRATION_SIZE, description: 'samples to calibrate with and to fit codecs to' },
      CALIBRATION_SCALE,
      {
        name: 'cut',
        kind: 'text',
        value: 'value',
        description:
          'the value that crosses the wire; auto: the one of the fewest bytes within --max-ram and --max-drop',
        usual: 'a table of all',
      },
      {
        name: 'ratio',
        kind: 'number',
        value: 'times',
        description: 'how much smaller than float32 messages are on the mean',
        range: [2, 10_000],
        default: 32,
      },
      {
        name: 'epochs',
        kind: 'integer',
        value: 'n',
        description: 'of training behind, or across, the codec',
        range: [0, 10_000],
        default: 0,
      },
      {
        name: 'train',
        kind: 'text',
        value: 'parts',
        choices: ['tail', 'both'],
        description:
          'what is trained: the tail, or both parts with a narrow layer between them, across the codec',
        default: 'tail',
      },
      {
        name: 'narrow',
        kind: 'integer',
        value: 'n',
        description: 'of --train both: numbers of a square of 2 x 2 positions that cross',
        range: [1, 4096],
        usual: 'as many as get 2.5 bits each',
      },
      {
        name: 'lr',
        kind: 'number',
        value: 'rate',
        description: 'learning rate of the first step; it falls as a cosine',
        range: [1e-9, 10],
        default: 0.0003,
      },
      { ...MAX_RAM, description: 'choose no cut, and fail (exit 1), above this RAM of the head, e.g. 128K' },
      {
        name: 'max-drop',
        kind: 'fraction',
        value: 'share',
        description: 'choose no cut, and fail (exit 1), that costs more accuracy, e.g. 0.01 or 1%',
        usual: 'auto: 1%, else none',
      },
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'folder',
        description: 'where head.onnx, tail.onnx and codec.tsgq go',
        completes: 'path',
        opens: 'write',
      },
    ],
    examples: [
      'tinyml split model.onnx --data train/ --eval test/',
      'tinyml split model.onnx --data train/ --eval test/ --cut pool1 --ratio 64 --epochs 3 -o parts/',
      'tinyml split model.onnx --data train/ --eval test/ --cut auto --max-ram 20K --ratio 100 --train both --epochs 3 -o parts/',
    ],
  },
  {
    name: 'prune',
    summary: 'leave out the tokens, heads, neurons and channels that matter least, and train on',
    arguments: [MODEL],
    options: [
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the smaller float model goes',
        required: true,
        completes: 'file',
        opens: 'write',
      },
      { ...DATA, required: true, description: 'data that say what matters' },
      {
        ...DATA,
        name: 'eval',
        short: 'e',
        description: 'labelled data set to measure accuracy on, before and after',
      },
      PREPROCESS,
      LABELS,
      { ...TARGET, required: true },
      ...TARGET_SETTINGS,
      ...INPUTS,
      { ...CALIBRATION_SIZE, description: 'samples to measure with' },
      CALIBRATION_SCALE,
      {
        name: 'tokens',
        kind: 'list',
        value: 'shares',
        description:
          'share of the tokens (or, above 1, how many) that each layer starts from, and one for what is behind the last attention; the last one holds for layers behind it',
        usual: 'all',
      },
      {
        name: 'heads',
        kind: 'list',
        value: 'shares',
        description: 'share of the heads of each layer, or how many, e.g. 4; 1: all',
        usual: 'all',
      },
      {
        name: 'ffn',
        kind: 'list',
        value: 'shares',
        description:
          'share of the neurons between the two dense layers of each layer of a transformer, or how many',
        usual: 'all',
      },
      {
        name: 'channels',
        kind: 'list',
        value: 'shares',
        description: 'share of the channels of each group of convolutions and dense layers, or how many',
        usual: 'all',
      },
      {
        name: 'max-instructions',
        kind: 'count',
        value: 'n',
        description: 'find the largest schedule of no more instructions, e.g. 5M',
      },
      { ...MAX_RAM, description: 'find the largest schedule of no more RAM, e.g. 32K' },
      { ...MAX_FLASH, description: 'find the largest schedule of no more flash, e.g. 128K' },
      { ...MIN_ACCURACY, description: 'find the smallest schedule of no less accuracy, e.g. 0.8 or 80%' },
      {
        name: 'max-drop',
        kind: 'fraction',
        value: 'share',
        description: 'find the smallest schedule that loses no more accuracy, e.g. 0.01 or 1%',
      },
      {
        name: 'fine-tune',
        kind: 'integer',
        value: 'epochs',
        description: 'train the smaller model on --data, so many passes; 0: leave it',
        range: [0, 100000],
        default: 0,
      },
      {
        name: 'method',
        kind: 'text',
        value: 'kind',
        description: 'how it is trained: float32, fake quantisation, or INT8 forward and backward',
        choices: ['float', 'qat', 'octo'],
        default: 'float',
      },
      ...TRAINING.filter(({ name }) => name !== 'epochs').map((option) =>
        option.name === 'lr' ? { ...option, usual: '0.0001 for adam, 0.001 for sgd' } : option,
      ),
      ...VALIDATION,
      PATIENCE,
      DEPFILE,
      REPORT,
    ],
    examples: [
      'tinyml prune model.onnx -o smaller.onnx --data train/ --target stm32l4r5 --tokens 1,0.5 --heads 4 --ffn 0.75',
      'tinyml prune model.onnx -o smaller.onnx --data train/ --eval test/ --target stm32l4r5 --max-instructions 5M',
      'tinyml prune model.onnx -o smaller.onnx --data train/ --eval test/ --target stm32l4r5 --max-drop 1% --fine-tune 5',
    ],
  },
  {
    name: 'gate',
    summary: 'put gates into a model that skip patches of frames which did not change',
    arguments: [MODEL],
    options: [
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the gated model goes (needed unless --plan)',
        completes: 'file',
        opens: 'write',
      },
      {
        name: 'ids-output',
        kind: 'text',
        value: 'folder',
        description: 'write it too as models that take numbers of patches, for TensorRT',
        completes: 'folder',
        opens: 'replace',
      },
      {
        name: 'gate',
        kind: 'text',
        value: 'kind',
        description:
          'what decides: the change of a patch against a threshold, chance, or a gate that is trained',
        choices: ['diff', 'random', 'micro', 'convmixer'],
        default: 'diff',
      },
      {
        ...DATA,
        description: 'clips that say what changes: video files, .y4m, .rgb, a folder of them, .npz',
      },
      PREPROCESS,
      LABELS,
      MAX_FRAMES,
      ...DISTURBANCES,
      SEQUENCE,
      {
        name: 'layers',
        kind: 'list',
        value: 'names',
        description: 'a gate in front of each of these layers, or auto: one for the input frame',
        default: 'auto',
      },
      {
        name: 'patch',
        kind: 'integer',
        value: 'pixels',
        description: 'side of a patch; it divides the sides of the frame',
        usual: '8; with --plan 4, 8, 16 and 32',
        range: [4, 32],
      },
      {
        name: 'mode',
        kind: 'text',
        value: 'kind',
        description: 'recompute all that a patch may change, or the patch alone',
        choices: ['exact', 'fast'],
        default: 'exact',
      },
      {
        name: 'threshold',
        kind: 'number',
        value: 'codes',
        description: 'mean change of an active patch, for diff; 0: any code that differs',
        usual: 'what skips --budget of the patches of the clips; without clips 3',
        range: [0, 15],
      },
      {
        name: 'budget',
        kind: 'fraction',
        value: 'share',
        description: 'share of the patches of all frames to skip',
        usual: '70%',
      },
      {
        name: 'max-age',
        kind: 'integer',
        value: 'frames',
        description: 'compute a patch that was kept so often; 0: never for that',
        range: [0, 255],
        default: 0,
      },
      {
        name: 'key-frame',
        kind: 'integer',
        value: 'frames',
        description: 'compute a whole frame every so often; 0: never for that',
        range: [0, 255],
        default: 30,
      },
      {
        name: 'scene-cut',
        kind: 'number',
        value: 'share',
        description: 'compute the whole frame where so many patches are active; above 1: never for that',
        range: [0.01, 2],
        default: 0.8,
      },
      {
        name: 'dense-above',
        kind: 'number',
        value: 'share',
        description: 'compute densely where more patches are active; 1: never; no result depends on it',
        range: [0.01, 1],
        default: 1,
      },
      {
        name: 'plan',
        kind: 'flag',
        description: 'only show what gating would cost and save, for patches and stages',
      },
      ...GATE_TRAINING,
      { ...TARGET, description: 'device profile that the caches must fit: an id or a .json file' },
      ...INPUTS,
      STATE,
      NO_STATE,
      DEPFILE,
      REPORT,
    ],
    examples: [
      'tinyml gate backbone.onnx --plan --target stm32h743',
      'tinyml gate backbone.onnx -o gated.onnx --data clips/ --budget 0.7 --target stm32h743',
      'tinyml gate backbone.onnx -o gated.onnx --threshold 3',
      'tinyml gate backbone.onnx -o gated.onnx --gate micro --data clips/ --budget 0.85',
    ],
  },
  {
    name: 'search',
    summary: 'find a network for a device: plan thousands of a space, train the few that stand out',
    arguments: [
      {
        ...MODEL,
        description: 'float ONNX model, around which networks are looked for; or --space',
        optional: true,
      },
    ],
    options: [
      { ...TARGET, required: true },
      {
        name: 'space',
        kind: 'text',
        value: 'file',
        description: 'JSON file of a space of networks, instead of one around a model',
        completes: 'file',
        opens: 'read',
      },
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the trained winner goes (needed unless --plan)',
        completes: 'file',
        opens: 'write',
      },
      { ...DATA, description: 'training data (needed unless --plan); the formats are those of quantize' },
      { ...DATA, name: 'eval', short: 'e', description: 'data set to measure the winner on, once' },
      PREPROCESS,
      LABELS,
      ...INPUTS,
      KERNELS,
      { ...MAX_RAM, description: 'of candidates: RAM of the arena at most, by rows where needed, e.g. 64K' },
      { ...MAX_FLASH, description: 'of candidates: constant tables at most, e.g. 256K' },
      {
        ...MAX_LATENCY,
        description: 'of candidates: milliseconds at most, of the upper end of the estimate',
      },
      {
        name: 'candidates',
        short: 'n',
        kind: 'integer',
        value: 'n',
        description: 'networks that are planned',
        range: [2, 1_000_000],
        default: 2000,
      },
      {
        name: 'rank',
        kind: 'text',
        value: 'by',
        description:
          'what says, without training, which of them is better: its size, or a proxy, for which --data is needed',
        choices: [...SIZES, ...PROXIES],
        default: 'macs',
      },
      {
        name: 'trials',
        kind: 'integer',
        value: 'n',
        description: 'candidates that are trained to be compared, half of them those with the most MACs',
        range: [1, 1000],
        default: 6,
      },
      {
        name: 'trial-epochs',
        kind: 'integer',
        value: 'n',
        description: 'passes over the training data in trials',
        range: [1, 100000],
        default: 2,
      },
      {
        name: 'method',
        kind: 'text',
        value: 'kind',
        description: 'as of train: INT8 forward and backward, fake quantisation, or float32',
        choices: ['octo', 'qat', 'float'],
        default: 'octo',
      },
      ...TRAINING,
      {
        name: 'validation-share',
        kind: 'fraction',
        value: 'share',
        description: 'share of the training data that trials are compared on',
        default: 0.1,
      },
      {
        name: 'limit-train',
        kind: 'integer',
        value: 'n',
        description: 'use n samples of the training data, a choice by --seed',
        usual: 'all',
        range: [1, MAX_INT32],
      },
      {
        name: 'log',
        kind: 'text',
        value: 'file',
        description: 'write one JSON line per score and trial as it ends',
        completes: 'file',
        opens: 'write',
        words: /^-$/,
      },
      {
        name: 'checkpoint',
        kind: 'text',
        value: 'file',
        description: 'keep the state of the training of the winner here, after every epoch and on Ctrl-C',
        completes: 'file',
        opens: 'write',
      },
      {
        name: 'resume',
        kind: 'flag',
        description: 'leave out what is in --log already, and go on from --checkpoint where that is there',
      },
      { name: 'plan', kind: 'flag', description: 'plan and rank; train nothing' },
      REPORT,
    ],
    examples: [
      'tinyml search model.onnx --target stm32f411 --max-ram 64K --data train/ -o best.onnx',
      'tinyml search --space space.json --target nrf52840 --max-latency 50 --data train.npz --eval test.npz -o best.onnx',
      'tinyml search model.onnx --target rp2040 --max-ram 32K --plan',
    ],
  },
  {
    name: 'ablate',
    summary: 'train with every combination of some settings and seeds, and say what helped',
    arguments: [MODEL],
    options: [
      {
        name: 'grid',
        short: 'g',
        kind: 'text',
        value: 'factors',
        description: 'what varies: "prc=off,mse bits-g=8,4; lac=off,channel"',
        required: true,
      },
      { ...DATA, required: true, description: 'training data; the formats are those of quantize' },
      {
        ...DATA,
        name: 'eval',
        short: 'e',
        required: true,
        description: 'labelled data set to measure every trained model on',
      },
      PREPROCESS,
      LABELS,
      ...INPUTS,
      {
        name: 'seeds',
        short: 'n',
        kind: 'integer',
        value: 'n',
        description: 'runs of each combination, from seed --seed on',
        range: [1, 1000],
        default: 5,
      },
      {
        name: 'controls',
        kind: 'text',
        value: 'which',
        description:
          'what is trained for comparison: float with each LAC, all: also without or with batch norm',
        choices: ['auto', 'all', 'none'],
        default: 'auto',
      },
      {
        name: 'by',
        kind: 'list',
        value: 'factors',
        description: 'tell effects apart by these factors',
        usual: 'all that vary',
      },
      {
        name: 'margin',
        kind: 'number',
        value: 'points',
        description: 'differences within so many points count as none',
        range: [1e-6, 100],
        default: 0.5,
      },
      ...TRAINING,
      {
        name: 'init',
        kind: 'text',
        value: 'from',
        description: "start from the model's weights or from random ones",
        choices: ['model', 'random'],
        default: 'random',
      },
      {
        name: 'lac-l2',
        kind: 'number',
        value: 'rate',
        description: 'penalty on the compensation',
        range: [0, 1e6],
        default: 1e-4,
      },
      {
        name: 'limit-train',
        kind: 'integer',
        value: 'n',
        description: 'train all arms on the same n samples, a choice by --seed',
        usual: 'all',
        range: [1, MAX_INT32],
      },
      {
        name: 'limit-eval',
        kind: 'integer',
        value: 'n',
        description: 'measure on the same n samples, a choice by --seed',
        usual: 'all',
        range: [1, MAX_INT32],
      },
      RUN_LOG,
      RUN_RESUME,
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'write the result as JSON',
        completes: 'file',
        opens: 'write',
      },
      DEPFILE,
      REPORT,
    ],
    examples: [
      'tinyml ablate model.onnx --grid "method=float,octo" --data train.npz --eval test.npz --seeds 5',
      'tinyml ablate model.onnx -g "prc=off,mse bits-g=8,4,3,2 round=nearest,stochastic" -d train.npz -e test.npz --by bits-g,round',
      'tinyml ablate model.onnx -g "lac=off,channel,position" -d train/ -e test/ --controls all --log runs.jsonl --resume -o result.json --report result.html',
    ],
  },
  {
    name: 'sparsity',
    summary:
      'find which weights and biases are worth training within a memory budget, and write them as a scheme',
    arguments: [MODEL],
    options: [
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'where the scheme goes, as train --scheme reads it',
        completes: 'file',
        opens: 'write',
        required: true,
      },
      { ...DATA, required: true, description: 'training data; the formats are those of quantize' },
      { ...VALIDATION[0]!, description: 'data set that every training is measured on' },
      { ...VALIDATION[1]!, usual: '20%' },
      PREPROCESS,
      LABELS,
      ...INPUTS,
      {
        name: 'budget',
        kind: 'bytes',
        value: 'size',
        description: 'RAM of a training step of one sample, e.g. 100K',
        usual: 'the RAM of --target that holds arenas',
      },
      { ...TARGET, description: `train on this microcontroller: ${TARGET.description}` },
      {
        name: 'method',
        kind: 'text',
        value: 'kind',
        description:
          'how parts are judged: by a short training of each, or by the Fisher information of their gradients',
        choices: ['contribution', 'fisher'],
        default: 'contribution',
      },
      {
        name: 'probe',
        kind: 'list',
        value: 'shares',
        description: 'shares of the input channels of a layer whose weights may be trained',
        usual: '1/8,1/4,1/2,1',
      },
      {
        name: 'seeds',
        short: 'n',
        kind: 'integer',
        value: 'n',
        description: 'trainings of each part, from seed --seed on',
        range: [1, 1000],
        default: 1,
      },
      { ...CLASSES, description: `${CLASSES.description}, which is always trained` },
      { ...KEPT_WEIGHTS, default: 'int8' },
      { ...RANGES, default: 'fixed' },
      ...TRAINING.map((option): OptionSpec => {
        if (option.name === 'epochs')
          return { ...option, description: 'passes over the data in each training', default: 2 };
        return option.name === 'batch-size' ? { ...option, default: 8 } : option;
      }),
      {
        name: 'limit-train',
        kind: 'integer',
        value: 'n',
        description: 'use n samples of the training data, a choice by --seed',
        usual: 'all',
        range: [1, MAX_INT32],
      },
      {
        name: 'search-limit',
        kind: 'integer',
        value: 'n',
        description: 'schemes that are planned at most for a budget',
        range: [1, 1000000],
        default: 5000,
      },
      RUN_LOG,
      RUN_RESUME,
      DEPFILE,
      REPORT,
    ],
    examples: [
      'tinyml sparsity model.onnx --data train/ --budget 100K -o scheme.json',
      'tinyml sparsity model.onnx --data train/ --target stm32h743 --classes 5 --seeds 3 --log probes.jsonl --resume -o scheme.json --report sparsity.html',
      'tinyml sparsity model.onnx --data train/ --budget 64K --method fisher -o scheme.json',
    ],
  },
  {
    name: 'evaluate',
    summary:
      'measure accuracy and throughput of a model, or its predictions of data without labels, or what its gates skip on clips',
    arguments: [MODEL],
    options: [
      { ...DATA, description: `${DATA.description} (needed unless --video)` },
      {
        name: 'video',
        kind: 'text',
        value: 'path',
        description:
          'clip, or folder of clips: measure what the gates of the model skip, beside the model without them',
        completes: 'path',
        opens: 'read',
      },
      PREPROCESS,
      LABELS,
      { ...TARGET, description: `compute as this target does: ${TARGET.description}` },
      ...TARGET_SETTINGS,
      ...INPUTS,
      STATE,
      NO_STATE,
      SEQUENCE,
      MAX_FRAMES,
      ...DISTURBANCES,
      {
        name: 'limit',
        kind: 'integer',
        value: 'n',
        description: 'use n samples: of labelled ones a choice by --seed, else the first',
        usual: 'all',
        range: [1, MAX_INT32],
      },
      {
        name: 'unlabelled',
        kind: 'flag',
        description: 'predict, whatever labels the data have, e.g. numbers in front of names of files',
      },
      MIN_ACCURACY,
      {
        name: 'compare',
        kind: 'list',
        value: 'gates',
        description: 'of --video: what the gate loses at each share of skipped patches, beside these gates',
        usual: 'diff,random with --report, else none',
        choices: ['diff', 'random', 'none'],
      },
      {
        name: 'overlay',
        kind: 'text',
        value: 'file',
        description: 'of --video: write a video with the skipped patches shaded (.mp4, .mkv, .webm or .avi)',
        completes: 'file',
        opens: 'write',
      },
      REPORT,
    ],
    examples: [
      'tinyml evaluate model.int8.onnx --data test.npz --min-accuracy 80%',
      'tinyml evaluate model.int8.onnx --data photo.png',
      'tinyml evaluate gated.int8.onnx --video clip.mp4 --overlay skipped.mp4 --report pass.html',
    ],
  },
  {
    name: 'plan',
    summary: 'plan memory for a target: arena, peak layer, flash, time, and whether it fits',
    arguments: [MODEL],
    options: [{ ...TARGET, required: true }, ...PLANNING, REPORT],
    examples: [
      'tinyml plan model.int8.onnx --target nrf52840',
      'tinyml plan model.int8.onnx -t rp2040 --max-ram 128K --max-latency 50',
    ],
  },
  {
    name: 'deploy',
    summary: 'emit a bundle for a device: what it builds and runs the model with, and golden vectors',
    arguments: [
      {
        ...MODEL,
        description: 'quantised ONNX model (QDQ), or a float one with --data or for a Jetson in FP16',
      },
    ],
    options: [
      { ...TARGET, required: true },
      ...TARGET_SETTINGS,
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'folder',
        description: 'folder of the bundle',
        required: true,
        completes: 'folder',
        opens: 'replace',
      },
      KERNELS,
      OPTIMISE_FOR,
      INPUT_FORM,
      WITHIN_RAM,
      {
        name: 'name',
        kind: 'text',
        value: 'name',
        description: 'prefix of the C names',
        usual: 'from the model',
      },
      ...INPUTS,
      STATE,
      NO_STATE,
      KEEP_DEAD_CHANNELS,
      {
        name: 'force',
        kind: 'flag',
        description: 'emit the bundle even if the model does not fit the target',
      },
      {
        ...DATA,
        name: 'golden',
        short: 'g',
        description: 'data set to take four golden inputs from, beside zeros, ramp and noise',
      },
      {
        name: 'frames',
        kind: 'integer',
        value: 'n',
        description: 'length of the golden sequences of a model with state',
        usual: '8',
        range: [1, 10_000],
      },
      { ...DATA, description: `quantise a float model first, with this ${DATA.description}` },
      CALIBRATION_SIZE,
      CALIBRATION_SCALE,
      PER_LAYER_PRECISION,
      {
        name: 'training',
        kind: 'flag',
        description: 'firmware that infers and trains: a float model, with --data to take ranges from',
      },
      ...TRAINING_ON_DEVICE,
      {
        name: 'float',
        kind: 'text',
        value: 'file',
        description: 'of a Jetson: the float form of a quantised model',
        usual: 'made from it',
        completes: 'file',
        opens: 'read',
      },
      SEQUENCE,
      PREPROCESS,
      { ...LABELS, usual: 'what the model says' },
      DEPFILE,
    ],
    examples: [
      'tinyml deploy model.int8.onnx --target stm32h743 -o firmware/model',
      'tinyml deploy model.onnx --data train.npz --target jetson-orin-nano --jetpack 6.2 -o bundle',
      'tinyml deploy model.onnx --precision fp16 --target jetson-nano -o bundle',
      'tinyml deploy model.onnx --training --scheme last:2 --classes 3 --data mine/ --target stm32h743 -o firmware',
    ],
  },
  {
    name: 'fleet',
    summary:
      'learn together: a server of Flower, gateways of devices that train, and how they are; fleets simulated',
    arguments: [
      {
        name: 'action',
        description: 'simulate, serve, join or status',
        choices: ['simulate', 'serve', 'join', 'status'],
      },
      {
        name: 'folder',
        description:
          'simulate: JSON file of a fleet; serve, status: where the server keeps what outlives it; join: a bundle of deploy --training',
        optional: true,
        completes: 'folder',
        opens: 'read',
      },
    ],
    options: [
      { ...DATA, description: 'join: what the sensors of emulated devices see' },
      {
        ...DATA,
        name: 'eval',
        short: 'e',
        description: 'join: what devices test with, before each round',
      },
      {
        name: 'devices',
        kind: 'integer',
        value: 'n',
        description: 'join: emulated devices of this gateway',
        range: [1, 256],
        default: 1,
      },
      {
        name: 'share',
        kind: 'text',
        value: 'k/n',
        description: 'join: which of n gateways this is, where these share data',
        default: '1/1',
      },
      {
        name: 'server',
        kind: 'text',
        value: 'host:port',
        description: 'join: where the server listens',
        default: '127.0.0.1:9092',
      },
      {
        name: 'journal',
        kind: 'text',
        value: 'file',
        description: 'join: what the gateway must not forget',
        usual: '<name>.gateway.json',
        completes: 'file',
        opens: 'write',
      },
      {
        name: 'patience',
        kind: 'number',
        value: 'seconds',
        description: 'join: how long the server may be silent',
        range: [1, 86_400],
        default: 300,
      },
      {
        name: 'pace',
        kind: 'number',
        value: 'seconds',
        description: 'join: how long a training step of a device takes at least',
        range: [0, 3600],
        default: 0,
      },
      {
        name: 'python',
        kind: 'text',
        value: 'file',
        description: 'serve: a Python that has Flower',
        default: 'python3',
      },
      {
        name: 'host',
        kind: 'text',
        value: 'address',
        description: 'serve: where to listen',
        default: '127.0.0.1',
      },
      {
        name: 'port',
        kind: 'integer',
        value: 'n',
        description: 'serve: port to listen on',
        range: [1, 65_535],
        default: 9092,
      },
      {
        name: 'strategy',
        kind: 'text',
        value: 'name',
        description: 'serve: fedavg, asp, ssp, fedbuff or petrel',
        choices: ['fedavg', 'asp', 'ssp', 'fedbuff', 'petrel'],
        default: 'fedavg',
      },
      {
        name: 'rounds',
        kind: 'integer',
        value: 'n',
        description: 'serve: rounds in all',
        range: [1, 100_000],
        default: 10,
      },
      {
        name: 'steps',
        kind: 'integer',
        value: 'n',
        description: 'serve: steps that each device makes in a round',
        range: [1, 100_000],
        default: 16,
      },
      {
        name: 'lr',
        kind: 'number',
        value: 'rate',
        description: 'serve: learning rate',
        range: [0, 1000],
        default: 0.001,
      },
      {
        name: 'nodes',
        kind: 'integer',
        value: 'n',
        description: 'serve: gateways to wait for before the first round',
        range: [1, 10_000],
        default: 1,
      },
      {
        name: 'round-timeout',
        kind: 'number',
        value: 'seconds',
        description: 'serve: how long a round waits for its nodes',
        range: [1, 86_400],
        default: 60,
      },
      {
        name: 'clip',
        kind: 'number',
        value: 'length',
        description: 'serve: what the update of a gateway is clipped to; 0: not at all',
        range: [0, 1e9],
        default: 0,
      },
      {
        name: 'noise',
        kind: 'number',
        value: 'deviation',
        description: 'serve: Gaussian noise on the sum of updates, in clips',
        range: [0, 1000],
        default: 0,
      },
      {
        name: 'delta',
        kind: 'number',
        value: 'probability',
        description: 'serve: of the epsilon that is told of noise',
        range: [1e-12, 0.5],
        default: 0.00001,
      },
      { ...REPORT, description: 'simulate: write a self-contained HTML report' },
    ],
    examples: [
      'tinyml fleet simulate fleet.json --report fleet.html',
      'tinyml fleet serve fleet/ --nodes 2 --rounds 10 --python flower/bin/python',
      'tinyml fleet join firmware/ -d mine/ -e tests/ --devices 2 --share 1/2',
      'tinyml fleet status fleet/',
    ],
  },
  {
    name: 'verify',
    summary: 'build a bundle, run it, and compare it with the model; or judge what a Jetson measured of it',
    arguments: [
      { name: 'bundle', description: 'folder that deploy wrote', completes: 'folder', opens: 'read' },
    ],
    options: [
      {
        name: 'on',
        kind: 'list',
        value: 'where',
        description: 'where to run, with commas; qemu: every board that the bundle may run on',
        choices: ['host', 'qemu', 'm3', 'm4', 'm7', 'm33', 'm55'],
        hint: 'Emulated boards are called by their core; qemu takes the ones that suit the bundle.',
        default: 'host,qemu',
      },
      {
        name: 'layers',
        kind: 'flag',
        description: 'compare the output of every layer; name the first that differs',
      },
      {
        name: 'steps',
        kind: 'integer',
        value: 'n',
        description:
          'of firmware that trains: steps before its parameters are saved and loaded, and as many behind',
        usual: '10',
        range: [0, 100],
      },
      {
        ...DATA,
        name: 'learn',
        short: undefined,
        description: 'of firmware that trains: learn these samples, one a step, and show how it goes',
      },
      {
        ...DATA,
        name: 'eval',
        short: 'e',
        description: 'with --learn: data set to measure what was learned on',
      },
      {
        name: 'every',
        kind: 'integer',
        value: 'n',
        description: 'with --learn: steps between two measurements',
        usual: 'a tenth of all',
        range: [1, MAX_INT32],
      },
      {
        name: 'epochs',
        kind: 'integer',
        value: 'n',
        description: 'with --learn: passes over the samples, each in an order of its own',
        usual: '1',
        range: [1, 100000],
      },
      {
        name: 'lr',
        kind: 'number',
        value: 'rate',
        description: 'with --learn: learning rate',
        usual: 'that of the bundle',
        range: [0, 1e6],
      },
      {
        name: 'limit-train',
        kind: 'integer',
        value: 'n',
        description: 'with --learn: use n samples of it, a choice by --seed',
        usual: 'all',
        range: [1, MAX_INT32],
      },
      {
        name: 'limit-eval',
        kind: 'integer',
        value: 'n',
        description: 'with --eval: measure on n samples of it, a choice by --seed',
        usual: 'all',
        range: [1, MAX_INT32],
      },
      {
        name: 'results',
        kind: 'text',
        value: 'file',
        description:
          'of a Jetson: judge what verify.sh, or pass/run_pass.py, of the bundle wrote on the board',
        completes: 'file',
        opens: 'read',
      },
      {
        ...MAX_LATENCY,
        description:
          'fail (exit 1) where an inference may take more milliseconds: estimated from counted instructions; of a Jetson the median of --results, or a whole gated frame',
      },
      {
        name: 'max-instructions',
        kind: 'count',
        value: 'n',
        description: 'fail (exit 1) above this many instructions, e.g. 12M',
      },
      { ...MAX_RAM, description: 'fail (exit 1) above this RAM, its stack not counted, e.g. 128K' },
      MAX_FLASH,
    ],
    examples: [
      'tinyml verify firmware/model',
      'tinyml verify firmware/model --on host --layers',
      'tinyml verify firmware/model --on host,m4 --learn train/ --eval test/',
      'tinyml verify bundle --results results.json',
    ],
  },
  {
    name: 'report',
    summary: 'say where the time of an engine goes on a Jetson, from what trtexec exports',
    arguments: [
      {
        ...MODEL,
        description: 'model.onnx that the engine was built from: for MACs and what the module can do at most',
        optional: true,
      },
    ],
    options: [
      {
        name: 'trt-profile',
        kind: 'text',
        value: 'file',
        description: 'what trtexec --exportProfile wrote',
        required: true,
        completes: 'file',
        opens: 'read',
      },
      {
        name: 'layers',
        kind: 'text',
        value: 'file',
        description: 'what trtexec --exportLayerInfo wrote: types and precisions of the layers',
        completes: 'file',
        opens: 'read',
      },
      {
        name: 'times',
        kind: 'text',
        value: 'file',
        description: 'what trtexec --exportTimes wrote: latency of whole inferences',
        completes: 'file',
        opens: 'read',
      },
      { ...TARGET, required: true },
      ...TARGET_SETTINGS,
      ...INPUTS,
      REPORT,
    ],
    examples: [
      'tinyml report --trt-profile build/profile.json --layers build/layers.json --target jetson-orin-nano',
      'tinyml report bundle/model.onnx --trt-profile build/profile.json --layers build/layers.json --times build/times.json --target jetson-orin-nano --power-mode 15W --report times.html',
    ],
  },
  {
    name: 'diff',
    summary: 'say what changed between two results: accuracy, layers, RAM, flash, instructions',
    arguments: [
      {
        name: 'before',
        description: 'what a command printed with --json, or the manifest.json of a bundle',
        completes: 'file',
        opens: 'read',
      },
      { name: 'after', description: 'the same of another run', completes: 'file', opens: 'read' },
    ],
    options: [
      MARKDOWN,
      {
        name: 'max-drop',
        kind: 'fraction',
        value: 'share',
        description: 'fail (exit 1) if accuracy drops by more, e.g. 0.01 or 1%',
      },
      {
        name: 'max-growth',
        kind: 'fraction',
        value: 'share',
        description: 'fail (exit 1) if RAM, flash or instructions grow by more, e.g. 2%; 0 for not at all',
      },
    ],
    examples: [
      'tinyml diff main.json branch.json',
      'tinyml diff main.json branch.json --markdown --max-drop 0.5% --max-growth 2%',
    ],
  },
  {
    name: 'profiles',
    summary: 'list, show and check device profiles',
    arguments: [
      {
        name: 'action',
        description: 'list (default), show or check',
        optional: true,
        choices: ['list', 'show', 'check'],
      },
      {
        name: 'profile',
        description: 'id or .json file',
        optional: true,
        completes: 'profile',
        opens: 'read',
      },
    ],
    options: [],
    examples: ['tinyml profiles', 'tinyml profiles show stm32h743', 'tinyml profiles check my-board.json'],
  },
  {
    name: 'doctor',
    summary: 'say what this machine has and lacks',
    arguments: [],
    options: [
      {
        name: 'for',
        kind: 'text',
        value: 'command',
        description: 'fail (exit 1) if something this command needs is missing',
        choices: ['deploy', 'verify'],
      },
    ],
    examples: ['tinyml doctor', 'tinyml doctor --for verify'],
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    arguments: [{ name: 'shell', description: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    options: [],
    examples: ['tinyml completion bash > ~/.local/share/bash-completion/completions/tinyml'],
  },
];

/** `-o, --output <file>` */
export function optionFlags(option: OptionSpec): string {
  const value = option.value === undefined ? '' : ` <${option.value}>`;
  return `${option.short === undefined ? '' : `-${option.short}, `}--${option.name}${value}`;
}

/** What an option means, with its choices and what is done without it: for --help and the documentation. */
export function optionText(spec: OptionSpec): string {
  const usual = spec.usual ?? spec.default;
  const notes = [
    ...(spec.choices === undefined ? [] : [spec.choices.join(', ')]),
    ...(usual === undefined ? [] : [`default: ${usual}`]),
    ...(spec.required ? ['required'] : []),
  ];
  return notes.length === 0 ? spec.description : `${spec.description} (${notes.join('; ')})`;
}

/** The path that a value names, or null for one that names none. */
export function pathIn(spec: OptionSpec | ArgumentSpec, value: unknown): string | null {
  if (spec.completes === undefined || typeof value !== 'string') return null;
  if ('words' in spec && spec.words?.test(value)) return null;
  return spec.completes === 'profile' && !/[/\\]|\.json$/.test(value) ? null : value;
}
