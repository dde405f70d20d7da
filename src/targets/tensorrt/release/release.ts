/** Releases of TensorRT that Jetsons run, and what differs between them. */

/** A release as its tables are kept: those between two of them differ in nothing that is written here. */
export type ReleaseId = '8.2' | '8.5' | '8.6' | '10.3' | '10.13' | '10.16' | '11.4';

export type Release = {
  readonly id: ReleaseId;
  /** Of the package, e.g. 8.2.1. */
  readonly version: readonly [major: number, minor: number, patch: number];
  /** Highest opset that its ONNX parser takes. */
  readonly opsetMax: number;
  /** `weak`: flags choose precisions; `strong`: the types of the graph do; `both`: as asked for. */
  readonly typing: 'weak' | 'both' | 'strong';
  /** Whether scales may come from a calibration cache. */
  readonly calibrator: boolean;
  /** Whether integer weights may be stored as such; else they are float with Q and DQ behind them. */
  readonly integerWeights: boolean;
};
