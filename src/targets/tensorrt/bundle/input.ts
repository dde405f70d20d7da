/** What every file of a bundle for a Jetson is printed from. */
import type { Preprocess } from '../../../data/preprocess.ts';
import type { DType } from '../../../graph/types.ts';
import type { BundleSource } from '../../target.ts';
import type { TensorRtModel } from '../release/model.ts';
import type { Platform } from '../release/platform.ts';
import type { PassBundle } from './pass/types.ts';

/** Path relative to the folder of the bundle, with `/`, and contents. Scripts are made executable by who runs them. */
export type BundleFile = readonly [path: string, contents: string | Uint8Array];

/** Pure: equal inputs give equal bytes. A printer that has nothing to say for an input gives no files. */
export type Printer = (input: BundleInput) => readonly BundleFile[];

export type BundleInput = {
  readonly platform: Platform;
  /** As `checkName` takes it: safe in every language and file name. All other names are hostile. */
  readonly name: string;
  readonly source: BundleSource;
  readonly model: TensorRtModel;
  /** What becomes model.onnx and model.fp32.onnx, in forms that the parser of the release takes. */
  readonly onnx: { readonly model: Uint8Array; readonly float: Uint8Array };
  /** In the order of the ONNX file, those of state included. */
  readonly inputs: readonly BundlePort[];
  readonly outputs: readonly BundlePort[];
  readonly golden: readonly GoldenCase[];
  /** What was done to data before the model saw it; null where that is not known. */
  readonly preprocess: Preprocess | null;
  /** By index of the class; empty where they are not known. */
  readonly labels: readonly string[];
  /** What the model reached here; null where nobody measured it. */
  readonly accuracy: ExpectedAccuracy | null;
  /** Of a gated model, beside which `model` is the one without gates; null for others. */
  readonly pass: PassBundle | null;
};

/** A type that TensorRT binds inputs and outputs in. */
export type PortType = Extract<DType, 'float32' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool'>;

export type BundlePort = {
  /** As in the ONNX file: any text. */
  readonly name: string;
  /** In the ONNX file. */
  readonly dtype: PortType;
  /** As the engine binds it: int64 becomes int32 before TensorRT 10. Golden files hold this type, little-endian, row-major. */
  readonly bound: PortType;
  /** ONNX order, static, batch included. */
  readonly shape: readonly number[];
  /** Name of the output whose value goes into this input in the next run, or the other way round; null for data. */
  readonly tied: string | null;
};

/** One run of the engine whose outputs are known. */
export type GoldenCase = {
  /** `[a-z0-9]{1,40}`, unique in a bundle. */
  readonly name: string;
  /** Of every port, as BundlePort.bound says. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  /** Per output, how far an element may be off: |got - want| <= it. Of integer outputs, too. */
  readonly tolerances: readonly number[];
};

export type ExpectedAccuracy = {
  /** e.g. "top-1". */
  readonly metric: string;
  readonly float: number;
  /** Of model.onnx on our executor; null where it was not measured. */
  readonly deployed: number | null;
  readonly samples: number;
};
