/** An operator as of one opset. */
export type OperatorForm = {
  readonly since: number;
  /** Least and greatest number of inputs; the first `least` must be there, the others may be absent. */
  readonly inputs: readonly [number, number];
  /** Greatest number of outputs. */
  readonly outputs: number;
  /** The kind of each attribute ('other': one that is not imported), with `!` where it must be there. */
  readonly attributes: Readonly<Record<string, string>>;
};
