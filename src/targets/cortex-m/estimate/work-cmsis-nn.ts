/** Counts of Arm's kernels behind our calls (native/kernels/cmsis-nn): the loops of the functions that they call. */
import type { Step } from '../../../program/kernels/index.ts';
import { windowsOf } from './windows.ts';
import type { Loops, Work } from './work-types.ts';

type Params = Readonly<Record<string, number>>;

/** @returns null where the call ends in our own kernel */
export function cmsisNnWork(step: Step, loops: Loops): Work | null {
  const p: Params = step.params;
  switch (step.kernel) {
    case 'conv2d_s8':
      return isPointwise(p) ? pointwise(p, loops) : convolution(p, loops);
    case 'depthwise_conv2d_s8':
      return depthwise(p, loops);
    case 'fully_connected_s8':
      return dense(p, loops);
    case 'add_s8':
      return step.params.leftShift < 16 ? null : elementwise(step.params.size);
    case 'mul_s8':
      return step.params.repeat === 1 ? elementwise(step.params.outer * step.params.channels) : null;
    case 'avg_pool2d_s8':
      return step.params.countIncludePad ? null : pool(p, loops);
    case 'max_pool2d_s8':
      return step.params.dilationH === 1 && step.params.dilationW === 1 ? pool(p, loops) : null;
    case 'softmax_s8':
      return step.params.rowSize > 511
        ? null
        : { call: 1, row: step.params.rows, element: step.params.rows * step.params.rowSize };
    default:
      return null;
  }
}

function isPointwise(p: Params): boolean {
  return (
    p.kernelH === 1 &&
    p.kernelW === 1 &&
    p.groups === 1 &&
    p.padTop === 0 &&
    p.padLeft === 0 &&
    (p.outH! - 1) * p.strideH! < p.inH! &&
    (p.outW! - 1) * p.strideW! < p.inW!
  );
}

/** A product of matrices, `rows` x `columns` by `columns` x `channels`. */
function matrix(calls: number, rows: number, channels: number, columns: number, loops: Loops): Work {
  if (loops === 'mve') {
    const [fours, ones] = [Math.floor(rows / 4), rows % 4];
    const steps = Math.ceil(columns / 16);
    return {
      product: calls,
      four: calls * fours * channels,
      fourStep: calls * fours * channels * steps,
      one: calls * ones,
      oneOutput: calls * ones * channels,
      oneStep: calls * ones * channels * steps,
    };
  }
  const [pairs, lone] = [Math.floor(channels / 2), channels % 2];
  const [twos, one] = [Math.floor(rows / 2), rows % 2];
  const [wide, words, bytes] =
    loops === 'dsp'
      ? [Math.floor(columns / 16), Math.floor((columns % 16) / 4), columns % 4]
      : [0, 0, columns];
  const blocks = calls * pairs * twos;
  const halves = calls * pairs * one;
  const outputs = calls * lone * rows;
  return {
    product: calls,
    channels: calls * pairs,
    weight: calls * pairs * columns,
    block: blocks,
    blockByte: blocks * bytes,
    half: halves,
    halfByte: halves * bytes,
    // The last of an odd number of channels is computed byte by byte on every core.
    output: outputs,
    outputByte: outputs * columns,
    ...(loops === 'dsp'
      ? {
          blockWide: blocks * wide,
          blockWord: blocks * words,
          halfWide: halves * wide,
          halfWord: halves * words,
        }
      : {}),
  };
}

function pointwise(p: Params, loops: Loops): Work {
  const oneRow = p.strideH === 1 && p.strideW === 1 && p.outH === p.inH && p.outW === p.inW;
  const [calls, rows] = oneRow ? [1, p.batch! * p.inH! * p.inW!] : [p.batch! * p.outH!, p.outW!];
  return { pointwiseCall: 1, ...prefixed('p', matrix(calls, rows, p.outChannels!, p.inChannels!, loops)) };
}

/** Windows are gathered, and multiplied two or, on MVE, four at once. */
function convolution(p: Params, loops: Loops): Work {
  const { positions, y, x } = windowsOf(p);
  const groupIn = p.inChannels! / p.groups!;
  const groupOut = p.outChannels! / p.groups!;
  const columns = p.kernelH! * p.kernelW! * groupIn;
  const inside = p.batch! * p.groups! * y.inside * x.inside;
  const all = p.groups! * positions * p.kernelH! * p.kernelW!;
  const gathered = {
    call: 1,
    position: p.groups! * positions,
    tap: inside,
    padTap: all - inside,
    byte: (loops === 'mve' ? Math.ceil(groupIn / 16) : groupIn) * inside,
    padByte: (loops === 'mve' ? Math.ceil(groupIn / 16) : groupIn) * (all - inside),
  };
  if (loops === 'mve') {
    const perGroup = (p.outH! * p.outW!) as number;
    const calls = Math.floor(perGroup / 4) * p.groups! * p.batch!;
    const rest = perGroup % 4;
    return {
      ...gathered,
      ...added(
        matrix(calls, 4, groupOut, columns, loops),
        matrix(rest > 0 ? p.groups! * p.batch! : 0, rest, groupOut, columns, loops),
      ),
    };
  }
  const perGroup = p.outH! * p.outW!;
  const pairs = Math.floor(perGroup / 2) * p.groups! * p.batch!;
  const alone = (perGroup % 2) * p.groups! * p.batch!;
  const [twos, odd] = [Math.floor(groupOut / 2), groupOut % 2];
  const [words, bytes] = loops === 'dsp' ? [Math.floor(columns / 4), columns % 4] : [0, columns];
  const blocks = pairs * twos;
  const halves = pairs * odd + alone * groupOut;
  return {
    ...gathered,
    wideByte: p.groups! * positions * (loops === 'dsp' ? words : columns),
    ...(loops === 'dsp' ? { wideRest: p.groups! * positions * bytes } : {}),
    product: pairs,
    block: blocks,
    blockByte: blocks * bytes,
    half: halves,
    halfByte: halves * bytes,
    ...(loops === 'dsp' ? { blockWord: blocks * words, halfWord: halves * words } : {}),
  };
}

function depthwise(p: Params, loops: Loops): Work {
  const { rows, positions, y, x, kernel } = windowsOf(p);
  const channels = p.inChannels! * p.depthMultiplier!;
  const optimised = p.depthMultiplier === 1 && p.batch === 1 && p.dilationH === 1 && p.dilationW === 1;
  const threeByThree = p.kernelH === 3 && p.kernelW === 3 && p.padTop! <= 1 && p.padLeft! <= 1;
  const inside = p.batch! * y.inside * x.inside;
  if (optimised && loops === 'mve') {
    const blocks = Math.ceil(channels / 124);
    const quads = Math.ceil(channels / 4);
    const [fours, ones] = [Math.floor(positions / 4), positions % 4];
    const vectors = Math.ceil(channels / 16);
    return {
      optCall: 1,
      optPosition: positions * blocks,
      optTap: inside * blocks,
      optPadTap: (positions * kernel - inside) * blocks,
      optByte: inside * vectors,
      optPadByte: (positions * kernel - inside) * vectors,
      optFour: fours * quads,
      optFourTap: fours * quads * kernel,
      optOne: ones * quads,
      optOneTap: ones * quads * kernel,
    };
  }
  const [quads, singles] = [Math.floor(channels / 4), channels % 4];
  const windowRows = p.batch! * y.inside * p.outW!;
  if (optimised && threeByThree) {
    return {
      threeCall: 1,
      threeRow: rows,
      threePosition: positions,
      threeQuad: positions * quads,
      threeSingle: positions * singles,
      threeQuadRow: windowRows * quads,
      threeSingleRow: windowRows * singles,
      threeQuadTap: inside * quads,
      threeSingleTap: inside * singles,
    };
  }
  if (optimised && loops === 'dsp') {
    return {
      optCall: 1,
      optPosition: positions,
      optTap: inside,
      optWord: inside * quads,
      optRest: inside * singles,
      optPadByte: (positions * kernel - inside) * channels,
      optQuad: positions * quads,
      optQuadPair: positions * quads * Math.floor(kernel / 2),
      optQuadLast: positions * quads * (kernel % 2),
      optSingle: positions * singles,
      optSingleTap: positions * singles * kernel,
    };
  }
  // arm_depthwise_conv_s8: four channels of a multiplier at once, else one by one.
  const four =
    p.depthMultiplier! % 4 === 0 && p.batch === 1 && p.dilationH === 1 && p.dilationW === 1 ? 'four' : 'one';
  return prefixed(four, {
    call: 1,
    position: positions,
    output: positions * channels,
    windowRow: windowRows * channels,
    tap: inside * channels,
  });
}

function dense(p: Params, loops: Loops): Work {
  const { rows, inFeatures, outFeatures } = p as { rows: number; inFeatures: number; outFeatures: number };
  const lanes = { scalar: 3, dsp: 2, mve: 4 }[loops];
  const [blocks, singles] = [Math.floor(outFeatures / lanes), outFeatures % lanes];
  const [steps, rest] =
    loops === 'mve'
      ? [Math.ceil(inFeatures / 16), 0]
      : loops === 'dsp'
        ? [Math.floor(inFeatures / 4), inFeatures % 4]
        : [inFeatures, 0];
  return {
    call: 1,
    row: rows,
    block: rows * blocks,
    single: rows * singles,
    blockStep: rows * blocks * steps,
    singleStep: rows * singles * steps,
    ...(loops === 'dsp' ? { blockRest: rows * blocks * rest, singleRest: rows * singles * rest } : {}),
    // Sums of weights, anew in every call, where the bias does not hold them.
    ...(loops === 'mve' && p.inputOffset !== 0 ? { sum: outFeatures, sumStep: outFeatures * steps } : {}),
    ...(p.perChannel ? { channel: rows * outFeatures } : {}),
  };
}

function elementwise(size: number): Work {
  return { call: 1, four: Math.floor(size / 4), rest: size % 4 };
}

function pool(p: Params, loops: Loops): Work {
  const { rows, positions, y, x } = windowsOf(p);
  const channels = loops === 'mve' ? Math.ceil(p.channels! / 16) : p.channels!;
  const inside = p.batch! * y.inside * x.inside;
  return {
    call: 1,
    row: rows,
    position: positions,
    output: positions * channels,
    window: inside,
    windowRow: p.batch! * y.inside * p.outW! * channels,
    tap: inside * channels,
  };
}

function added(a: Work, b: Work): Work {
  return Object.fromEntries(Object.keys(a).map((name) => [name, a[name]! + b[name]!]));
}

function prefixed(prefix: string, work: Work): Work {
  return Object.fromEntries(Object.entries(work).map(([name, count]) => [`${prefix}:${name}`, count]));
}
