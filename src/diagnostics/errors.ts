/**
 * One error type for everything a user can cause. Every error carries a stable code, says where,
 * and says what to do. The table below is the single list of codes; `docs/errors.md` is made from it.
 */

/** Exit statuses of the command line (docs/cli.md). */
export const EXIT = { ok: 0, check: 1, input: 2, internal: 70, interrupted: 130 } as const;

/** Stable error codes, each with the exit status it ends a command with and what it means. */
export const ERROR_CODES = {
  E_USAGE: [EXIT.input, 'The command line or a setting is wrong.'],
  E_FILE: [EXIT.input, 'A file or folder cannot be read, does not exist, or is no regular file.'],
  E_WRITE: [EXIT.input, 'An output, or standard output, cannot be written (read-only folder, full disk).'],
  E_NOT_ONNX: [EXIT.input, 'The file is not an ONNX model, or it is damaged.'],
  E_ONNX_INVALID: [EXIT.input, 'The file decodes as ONNX but breaks its rules.'],
  E_EXTERNAL_DATA: [EXIT.input, "External tensor data is missing, too short or outside the model's folder."],
  E_OPSET: [EXIT.input, 'The opset or IR version is outside the supported range.'],
  E_OP: [EXIT.input, 'An operator or attribute is not supported; all of them are listed at once.'],
  E_SHAPE: [EXIT.input, 'A shape is dynamic, inconsistent or too large.'],
  E_NOT_FINITE: [EXIT.input, 'A weight or an activation is NaN or infinite.'],
  E_DATA: [EXIT.input, 'A data set cannot be read or does not fit the model.'],
  E_PREPROCESS: [EXIT.input, 'The preprocessing description is wrong.'],
  E_QUANT: [EXIT.input, 'The quantisation of the model is missing or cannot be used.'],
  E_PATCH: [EXIT.input, 'Nothing of the model is worth gating, or patches do not fit its frame.'],
  E_CHECKPOINT: [EXIT.input, 'The checkpoint of a training run is damaged, or it is of another run.'],
  E_CODEC: [EXIT.input, 'A codec of features, or a message of one, is damaged, or it is of another codec.'],
  E_FLEET: [
    EXIT.input,
    'The description of a fleet is wrong, or a server or a device of one does not answer, or what it says is damaged, too large or not what was asked for.',
  ],
  E_PROFILE: [EXIT.input, 'The device profile is unknown or wrong.'],
  E_BUNDLE: [EXIT.input, 'The folder is not a bundle, or it is damaged.'],
  E_TOOLCHAIN: [EXIT.input, 'A compiler, emulator or library that is needed is missing or failed.'],
  E_MEMORY: [EXIT.check, 'The model does not fit the RAM or flash of the target.'],
  E_GATE: [EXIT.check, 'A limit set on the command line was not met.'],
  E_WARNING: [EXIT.check, 'Something was warned of, and --strict allows no warnings.'],
  E_MISMATCH: [EXIT.check, 'Two executors that must agree, to the byte or within tolerances, do not.'],
  E_INTERRUPTED: [EXIT.interrupted, 'A signal stopped the command (Ctrl-C, SIGTERM, SIGHUP).'],
  E_PROGRAM: [EXIT.internal, 'A Program breaks the rules of its kernels: a fault of what made it.'],
  E_INTERNAL: [EXIT.internal, 'A fault of tinyml itself.'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

type ErrorDetails = {
  /** Places, most important first: `node "conv1" (Conv)`, `tensor "x"`, `file.json:12`. */
  readonly at?: string | readonly string[];
  /** What the user can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
};

/** An error that the user can act on. Printed as `error[E_CODE]: message`, `at: ...`, `hint: ...`. */
export class TinymlError extends Error {
  readonly code: ErrorCode;
  readonly at: readonly string[];
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TinymlError';
    this.code = code;
    this.at = details.at === undefined ? [] : typeof details.at === 'string' ? [details.at] : details.at;
    this.hint = details.hint;
  }

  get exitStatus(): number {
    return ERROR_CODES[this.code][0];
  }
}

/** For exhaustive switches: reaching it is a fault of ours. */
export function unreachable(value: never): never {
  throw new TinymlError('E_INTERNAL', `unexpected value ${JSON.stringify(value)}`);
}
