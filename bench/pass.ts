/**
 * Patch gates on real clips: what is skipped, what it does to the output, and what it saves on a Cortex-M7 and here. The
 * backbone is that of a locator, MobileNetV1 of width 0.25 to stride 8 in integers; docs/pass.md says what all of it means.
 *
 *   npm run bench:pass -- [--json] [--clips vtest,bridge] [--sizes 160x128,320x256]
 *     [--conditions clean,noise1,noise2,noise4,gain,shake] [--gates diff,random,learned,convmixer] [--modes exact,fast]
 *     [--frames 150] [--executed 50] [--skip <share>] [--widening 1] [--device stm32h743]
 *
 * All gates of a clip skip as much: as `--skip` says, or as differences of more than three codes do in the clean clip.
 * `--executed 0` leaves out the emulator; `--device qemu-mps2-an500` has the memory for frames of 320x256. `--widening 4` gives the backbone four times the channels, and the same function. Gates are made and ranges found on the frames behind those that are measured.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Disturbance } from '../src/data/video/disturb.ts';
import { plain } from '../src/diagnostics/color.ts';
import { TinymlError } from '../src/diagnostics/errors.ts';
import { diffNetwork } from '../src/gate/baselines.ts';
import type { Graph } from '../src/graph/types.ts';
import { asTinymlError, errorText } from '../src/report/print.ts';
import { textTable } from '../src/report/table.ts';
import { CLIP_NAMES, type ClipName, clipFrames, type Size } from './pass/clips.ts';
import { type Frames, part } from './pass/frames.ts';
import {
  GATES,
  type GateName,
  gateAt,
  gated,
  gridOf,
  type Mode,
  quantized,
  SETTINGS,
  skipOf,
  USUAL_GATES,
} from './pass/gates.ts';
import { agreement, hostTime, type Instructions, instructions } from './pass/measure.ts';
import { backbone } from './pass/networks.ts';

process.on('uncaughtException', (thrown) => {
  process.stderr.write(errorText(asTinymlError(thrown), plain, false));
  process.exit(2);
});

const CONDITIONS: Readonly<Record<string, Disturbance>> = {
  clean: { noise: 0, gain: 0, shake: 0 },
  noise1: { noise: 1, gain: 0, shake: 0 },
  noise2: { noise: 2, gain: 0, shake: 0 },
  noise4: { noise: 4, gain: 0, shake: 0 },
  gain: { noise: 0, gain: 0.1, shake: 0 },
  shake: { noise: 0, gain: 0, shake: 1 },
};
const MODES = ['exact', 'fast'] as const satisfies readonly Mode[];

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    clips: { type: 'string', default: CLIP_NAMES.join() },
    sizes: { type: 'string', default: '160x128,320x256' },
    conditions: { type: 'string', default: Object.keys(CONDITIONS).join() },
    gates: { type: 'string', default: USUAL_GATES.join() },
    modes: { type: 'string', default: MODES.join() },
    frames: { type: 'string', default: '150' },
    executed: { type: 'string', default: '50' },
    skip: { type: 'string' },
    widening: { type: 'string', default: '1' },
    device: { type: 'string', default: 'stm32h743' },
  },
});

type Row = {
  readonly clip: ClipName;
  readonly size: string;
  readonly noise: number;
  readonly gain: number;
  readonly shake: number;
  readonly gate: GateName;
  readonly mode: Mode;
  readonly skip: number;
  readonly cosine: number;
  readonly leastCosine: number;
  readonly ceiling: number;
  /** Null with --executed 0. */
  readonly instructionRatio: number | null;
  readonly hostTimeRatio: number;
  readonly instructions: Instructions | null;
  readonly hostMicroseconds: { readonly dense: number; readonly gated: number };
};

/** Frames that gates are made for, and ranges found on. */
const CALIBRATION = 60;
/** Codes that a patch changes by where its skip is that of all gates. */
const THRESHOLD = 3;

const [frames, executed] = [whole('frames', flags.frames), whole('executed', flags.executed)];
const rows = await allRows();
if (flags.json)
  process.stdout.write(
    `${JSON.stringify({ frames, executed, widening: Number(flags.widening), device: flags.device, clips: rows })}\n`,
  );
else process.stdout.write(`${tableOf(rows)}\n`);

async function allRows(): Promise<readonly Row[]> {
  const [gates, modes] = [listed('gates', flags.gates, GATES), listed('modes', flags.modes, MODES)];
  const conditions = listed('conditions', flags.conditions, Object.keys(CONDITIONS));
  const made: Row[] = [];
  for (const size of flags.sizes.split(',').map(sizeOf)) {
    const network = await backbone(size, whole('widening', flags.widening));
    for (const clip of listed('clips', flags.clips, CLIP_NAMES)) {
      const skip = flags.skip === undefined ? await usualSkip(network, clip, size) : Number(flags.skip);
      for (const condition of conditions) {
        const disturbed = await clipFrames(clip, size, frames + CALIBRATION, CONDITIONS[condition]);
        for (const gate of gates) {
          const decides = await gateAt(gate, skip, network, part(disturbed, frames, disturbed.length));
          for (const mode of modes) {
            const conditionsOf = { clip, size: sizeText(size), ...CONDITIONS[condition]!, gate, mode };
            const row = { ...conditionsOf, ...(await measured(network, decides, mode, disturbed)) };
            process.stderr.write(`${cellsOf(row).join(' ')}\n`);
            made.push(row);
          }
        }
      }
    }
  }
  return made;
}

async function measured(network: Graph, decides: Graph, mode: Mode, disturbed: Frames) {
  const int8 = await quantized(gated(network, decides, mode), part(disturbed, frames, disturbed.length));
  const seen = part(disturbed, 0, frames);
  const { skip, cosine, leastCosine, ceiling } = agreement(network, int8, seen);
  const time = hostTime(int8, seen);
  const counts =
    executed === 0
      ? null
      : inFolder((folder) => instructions(int8, flags.device, folder, part(seen, 0, executed)));
  return {
    ...{ skip, cosine, leastCosine, ceiling },
    instructionRatio: counts === null ? null : counts.dense / counts.gated,
    hostTimeRatio: time.dense / time.gated,
    instructions: counts,
    hostMicroseconds: { dense: 1e6 * time.dense, gated: 1e6 * time.gated },
  };
}

/** What differences skip of the clean clip with the usual threshold. */
async function usualSkip(network: Graph, clip: ClipName, size: Size): Promise<number> {
  const clean = await clipFrames(clip, size, frames + CALIBRATION);
  const usual = diffNetwork(gridOf(network, SETTINGS.patch), THRESHOLD);
  return skipOf(network, usual, part(clean, frames, clean.length));
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-pass-'));
  try {
    return use(join(folder, 'firmware'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function listed<Name extends string>(flag: string, text: string, names: readonly Name[]): readonly Name[] {
  return text.split(',').map((one) => {
    const name = names.find((known) => known === one);
    if (name !== undefined) return name;
    throw new TinymlError('E_USAGE', `--${flag} takes no "${one}"`, { hint: `one of ${names.join(', ')}` });
  });
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new TinymlError('E_USAGE', `--${flag} takes a whole number, not "${text}"`);
}

function sizeOf(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number);
  if (width > 0 && height > 0 && width % 16 === 0 && height % 16 === 0) return { width, height };
  throw new TinymlError('E_USAGE', `--sizes takes sizes like 160x128 in steps of 16, not "${text}"`);
}

function sizeText({ width, height }: Size): string {
  return `${width}x${height}`;
}

function tableOf(all: readonly Row[]): string {
  const left = ['clip', 'size', 'condition', 'gate', 'mode'].map((title) => ({
    title,
    align: 'left' as const,
  }));
  const right = ['skip %', 'cosine', 'least', 'ceiling', 'M7', 'host'].map((title) => ({
    title,
    align: 'right' as const,
  }));
  return textTable([...left, ...right], all.map(cellsOf));
}

function conditionText({ noise, gain, shake }: Row): string {
  const parts = Object.entries({ noise, gain, shake }).filter(([, amount]) => amount > 0);
  return parts.length === 0 ? 'clean' : parts.map(([name, amount]) => `${name} ${amount}`).join(', ');
}

function cellsOf(row: Row): readonly string[] {
  return [
    ...[row.clip, row.size, conditionText(row), row.gate, row.mode],
    ...[
      (100 * row.skip).toFixed(1),
      row.cosine.toFixed(4),
      row.leastCosine.toFixed(4),
      row.ceiling.toFixed(2),
    ],
    ...[row.instructionRatio?.toFixed(2) ?? '-', row.hostTimeRatio.toFixed(2)],
  ];
}
