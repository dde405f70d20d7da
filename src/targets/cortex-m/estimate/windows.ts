/** How often windows meet their input: counted exactly, edges included. */

type Params = Readonly<Record<string, number>>;

type Axis = {
  /** Taps inside the input, for each output position. */
  readonly taps: readonly number[];
  /** Sum of `taps`. */
  readonly inside: number;
  /** Taps in the padding, of all positions. */
  readonly outside: number;
};

type Windows = {
  readonly rows: number;
  readonly positions: number;
  readonly y: Axis;
  readonly x: Axis;
  /** Of a whole window. */
  readonly kernel: number;
};

/** @param p parameters of a convolution, plain or depthwise, or of a pool */
export function windowsOf(p: Params): Windows {
  const y = axisOf(p.outH!, p.inH!, p.kernelH!, p.strideH!, p.dilationH ?? 1, p.padTop!);
  const x = axisOf(p.outW!, p.inW!, p.kernelW!, p.strideW!, p.dilationW ?? 1, p.padLeft!);
  const rows = p.batch! * p.outH!;
  return { rows, positions: rows * p.outW!, y, x, kernel: p.kernelH! * p.kernelW! };
}

function axisOf(
  out: number,
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
): Axis {
  const taps = Array.from({ length: out }, (_, position) => {
    const origin = position * stride - pad;
    const first = Math.max(0, Math.ceil(-origin / dilation));
    const end = Math.min(kernel, Math.ceil((size - origin) / dilation));
    return Math.max(0, end - first);
  });
  const inside = sum(taps);
  return { taps, inside, outside: out * kernel - inside };
}

/** Of a transposed convolution: the taps of each output position that meet an input. */
export function meetings(
  out: number,
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
): readonly number[] {
  return Array.from({ length: out }, (_, position) => {
    const meets = (tap: number): boolean => {
      const spread = position + pad - tap * dilation;
      return spread >= 0 && spread % stride === 0 && spread / stride < size;
    };
    return Array.from({ length: kernel }, (_, tap) => tap).filter(meets).length;
  });
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
