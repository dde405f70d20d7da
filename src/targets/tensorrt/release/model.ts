/** A model in the forms that a release of TensorRT takes. */
import type { Graph } from '../../../graph/types.ts';
import type { Precision } from './platform.ts';

/** Graphs here hold Q and DQ as nodes: where they stand is what TensorRT goes by. No value has `quant`. */
export type TensorRtModel = {
  /** Cleaned, without Q and DQ. */
  readonly float: Graph;
  /** The same with Q and DQ; null where nothing is computed in int8. */
  readonly quantized: Graph | null;
  /** Of every node that computes, in order. */
  readonly layers: readonly LayerPrecision[];
  /** Largest magnitude that the codes of a tensor cover (scale * 127), by ONNX name: what a calibration cache holds. */
  readonly ranges: ReadonlyMap<string, number>;
};

export type LayerPrecision = {
  readonly node: string;
  readonly op: string;
  readonly precision: Precision;
  /** Why it is not computed in what was asked for; null where it is. */
  readonly reason: string | null;
};
