/**
 * What a user should know although the work was done. Every warning has a stable code, a place and, where something can be
 * done, what; the table is the single list of codes, and a part of `docs/errors.md`.
 */
export const WARNING_CODES = {
  W_SETTING: 'A variable of the environment is called as those of tinyml are, and is none of them.',
  W_SAMPLES: 'There are fewer samples than were asked for, or than are needed.',
  W_MIXED_DATA:
    'The files of a data set are not of one kind: rates, channels, columns, steps of time or lengths differ.',
  W_ORIENTATION: 'JPEG images are stored turned or mirrored; pixels are taken as they are stored.',
  W_PROFILE: 'A profile of your own is called as one of the package.',
  W_NO_PREPROCESS:
    'Images, sounds or recordings of a sensor go into a model as they are, and nothing says that it was trained on such values.',
  W_NO_PIXELS:
    'The input of a model has the shape of an image, nothing says what is done to pixels, and so its bundle takes floats alone.',
  W_PREPROCESS: 'Another preprocessing is given than that of the model.',
  W_PIXELS:
    'Mean and standard deviation of the preprocessing do not suit its scale: pixels become nearly equal, or huge.',
  W_UNITS:
    'Values of the data are far larger or smaller than those that the model takes: other units, or another preprocessing.',
  W_LABELS: 'Other names of classes are given, or stand on folders or files of the data, than the model has.',
  W_VIDEO: 'Only a part of a clip can be read.',
  W_CONSTANT_INPUT: 'An input of the model has the same value throughout the calibration data.',
  W_ZERO_LAYER: 'A layer is zero for all calibration data.',
  W_TINY_RANGE: 'The values of a layer are so small that the smallest scale hardly tells them apart.',
  W_OUTLIERS: 'Few values lie far from all others: they are clipped, or the others have few codes.',
  W_SQNR: 'The codes of a layer or an output are far from its float values.',
  W_FIXED_SCALE: 'The scale that an operator fixes (a Softmax: 1/256) is too coarse for its values.',
  W_CHANCE: 'A classifier is no better than guessing.',
  W_DROP: 'Quantising cost much accuracy.',
  W_CLASSES:
    'Classes of the data and outputs of the model do not correspond, or one has many times the samples of another.',
  W_FIT: 'The quantised model does not fit the target, or nothing here can measure whether it does.',
  W_TRAINING: 'Training went badly: the model got worse, or codes of gradients lose what it needs.',
  W_CHECKPOINT: 'A checkpoint is replaced, or goes on with other settings.',
  W_GATE: 'What a file says of its gates does not hold any more: they are ordinary nodes, and skip nothing.',
  W_LISTENS: 'A server listens beyond this machine, where nobody is asked who they are.',
  W_DEVICE: 'A device of a fleet failed, or a task of the server was refused.',
  W_ABLATION: 'A combination of settings was left out.',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;

/** Printed as `warning[W_CODE]: message`, `at: ...`, `hint: ...`. */
export type Warning = {
  readonly code: WarningCode;
  readonly message: string;
  /** As of an error: `node "conv1" (Conv)`, `tensor "x"`. */
  readonly at: readonly string[];
  readonly hint: string | null;
};

export type WarningPlace = { readonly at?: string | readonly string[]; readonly hint?: string };

export function warning(code: WarningCode, message: string, { at = [], hint }: WarningPlace = {}): Warning {
  return { code, message, at: typeof at === 'string' ? [at] : at, hint: hint ?? null };
}
