/** One row of the benchmark: a network, a batch size and a number of threads, tinyml against ONNX Runtime. */
import { type Candidate, CLOCKS, type Clock, measureInTurns, type Rate } from './measure.ts';
import type { Network } from './models.ts';
import { emptyModel, onnxRuntime, type Threading } from './onnxruntime.ts';
import type { Peak } from './peak.ts';
import { inThisThread, inThreads, type Task } from './tinyml.ts';

const ORT_MODES = ['float', 'u8', 's8'] as const;
type OrtMode = (typeof ORT_MODES)[number];
type OrtRates = Readonly<Record<OrtMode, number>>;

export type Row = {
  readonly model: string;
  /** Multiply-accumulates of one image. */
  readonly macs: number;
  /** Images of a call of ONNX Runtime. tinyml takes as many, or one a call where that is faster. */
  readonly batch: number;
  readonly threads: number;
  /** tinyml's int8 over the best of ONNX Runtime: float, u8 and s8, with or without what a call costs. */
  readonly int8OverOrtBest: number;
  readonly floatOverOrtFloat: number;
  /** Products a second of tinyml over what the instructions for them can do; null without a C compiler. */
  readonly ofPeak: number | null;
  readonly floatOfPeak: number | null;
  readonly ortBest: OrtMode;
  readonly imagesPerSecond: {
    readonly tinymlInt8: number;
    readonly tinymlFloat: number;
    readonly ort: OrtRates;
    /** The same with the time of an empty model taken off every call. */
    readonly ortWithoutCall: OrtRates;
  };
  /** A call of ONNX Runtime from Node with nothing to compute. */
  readonly ortCallMicroseconds: number;
};

export type RowOptions = {
  readonly batch: number;
  readonly threads: number;
  /** How long each candidate is measured. */
  readonly seconds: number;
  /** `cpu` for one thread only: with several, ONNX Runtime spends processor time waiting. */
  readonly clock: Clock;
};

export async function measureRow(
  network: Network,
  { batch, threads, seconds, clock }: RowOptions,
  peakOf: (() => Peak) | null,
): Promise<Row> {
  const candidates = await startCandidates(network, batch, threads);
  try {
    const rates = await measureInTurns(candidates, seconds, CLOCKS[clock]);
    const peak = peakOf?.() ?? null;
    const ways = threads === 1 ? (['one'] as const) : (['one', 'several'] as const);
    const best = (gross: boolean, mode: OrtMode): number =>
      Math.max(
        ...ways.map((way) => {
          const rate = rates[`${mode} ${way}`]!;
          return gross ? rate.imagesPerSecond : withoutCall(rate, rates[`empty ${way}`]!, batch);
        }),
      );
    const ort = eachMode((mode) => best(true, mode));
    const ortWithoutCall = eachMode((mode) => best(false, mode));
    const bestOf = (mode: OrtMode): number => Math.max(ort[mode], ortWithoutCall[mode]);
    const ortBest = [...ORT_MODES].sort((a, b) => bestOf(b) - bestOf(a))[0]!;
    const tinyml = (kind: Task['kind']): number =>
      Math.max(...callSizes(batch).map((images) => rates[`tinyml ${kind} ${images}`]!.imagesPerSecond));
    const [tinymlInt8, tinymlFloat] = [tinyml('int8'), tinyml('float')];
    const share = (rate: number, gmacs: number | undefined): number | null =>
      gmacs ? (rate * network.macs * 1e-9) / (threads * gmacs) : null;
    return {
      model: network.name,
      macs: network.macs,
      batch,
      threads,
      int8OverOrtBest: tinymlInt8 / bestOf(ortBest),
      floatOverOrtFloat: tinymlFloat / bestOf('float'),
      ofPeak: share(tinymlInt8, peak?.int8[1]),
      floatOfPeak: share(tinymlFloat, peak?.float32[1]),
      ortBest,
      imagesPerSecond: { tinymlInt8, tinymlFloat, ort, ortWithoutCall },
      ortCallMicroseconds: rates['empty one']!.secondsPerCall * 1e6,
    };
  } finally {
    await Promise.all(Object.values(candidates).map((candidate) => candidate.close()));
  }
}

async function startCandidates(
  network: Network,
  batch: number,
  threads: number,
): Promise<Readonly<Record<string, Candidate>>> {
  const files = network.files(batch);
  const shape = [batch, ...network.inputShape.slice(1)];
  const tinyml = async (task: Task): Promise<Candidate> =>
    threads === 1 ? inThisThread(task) : inThreads(task, threads);
  const ways: readonly Threading['calls'][] = threads === 1 ? ['one'] : ['one', 'several'];
  const ort: [string, Candidate][] = [];
  for (const calls of ways) {
    for (const mode of ORT_MODES) {
      const type = mode === 'u8' ? 'uint8' : 'float32';
      ort.push([`${mode} ${calls}`, await onnxRuntime(files[mode], shape, type, { threads, calls })]);
    }
    ort.push([`empty ${calls}`, await onnxRuntime(emptyModel(), [1, 1], 'float32', { threads, calls })]);
  }
  const ours: [string, Candidate][] = [];
  for (const images of callSizes(batch)) {
    const graphs = network.graphs(images);
    for (const kind of ['int8', 'float'] as const) {
      ours.push([`tinyml ${kind} ${images}`, await tinyml({ kind, graph: graphs[kind], images })]);
    }
  }
  return Object.fromEntries([...ours, ...ort]);
}

/** Images of a call of tinyml. */
function callSizes(batch: number): readonly number[] {
  return batch === 1 ? [1] : [1, batch];
}

/** Images a second if a call cost nothing beyond the work; as measured where next to nothing but the call was measured. */
function withoutCall(rate: Rate, empty: Rate, batch: number): number {
  const work = rate.secondsPerCall - empty.secondsPerCall;
  return work > rate.secondsPerCall / 10 ? batch / work : rate.imagesPerSecond;
}

function eachMode(rate: (mode: OrtMode) => number): OrtRates {
  return { float: rate('float'), u8: rate('u8'), s8: rate('s8') };
}
