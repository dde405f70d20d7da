/**
 * Experiments P6, P8 and P9 of docs/pass.md on the clips, at 160x128.
 *
 *   npm run bench:pass-studies -- --study losses|drift|transfer [--json] [--clips vtest,bridge] [--frames 300]
 *
 * `losses`: the loss of a learned gate by parts, and how it makes masks of scores. `drift`: the output over many frames, by
 * how often it is computed anew. `transfer`: gates that learned on one clip, on the other.
 */
import { parseArgs } from 'node:util';
import { plain } from '../src/diagnostics/color.ts';
import { TinymlError } from '../src/diagnostics/errors.ts';
import { diffNetwork } from '../src/gate/baselines.ts';
import type { GateSettings } from '../src/gate/insert.ts';
import type { Graph } from '../src/graph/types.ts';
import { asTinymlError, errorText } from '../src/report/print.ts';
import { textTable } from '../src/report/table.ts';
import { CLIP_NAMES, type ClipName, clipFrames } from './pass/clips.ts';
import { type Frames, part } from './pass/frames.ts';
import {
  gateAt,
  gated,
  gridOf,
  LEARNING,
  type Learning,
  learned,
  quantized,
  SETTINGS,
} from './pass/gates.ts';
import { type Agreement, agreement } from './pass/measure.ts';
import { backbone } from './pass/networks.ts';

process.on('uncaughtException', (thrown) => {
  process.stderr.write(errorText(asTinymlError(thrown), plain, false));
  process.exit(2);
});

const { values: flags } = parseArgs({
  options: {
    study: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    clips: { type: 'string', default: CLIP_NAMES.join() },
    frames: { type: 'string', default: '300' },
  },
});

type Row = { readonly clip: string; readonly what: string } & Readonly<Record<string, string | number>>;

const SIZE = { width: 160, height: 128 };
const CALIBRATION = 60;
/** What gates skip of each clip in the studies of learned ones. */
const SKIPS: Readonly<Record<ClipName, number>> = { vtest: 0.89, bridge: 0.84 };
const STUDIES = { losses, drift, transfer } as const;

const frames = Number(flags.frames);
const network = await backbone(SIZE);
const study = Object.entries(STUDIES).find(([name]) => name === flags.study)?.[1];
if (study === undefined) {
  throw new TinymlError('E_USAGE', `there is no study "${flags.study}"`, {
    hint: `--study takes one of ${Object.keys(STUDIES).join(', ')}`,
  });
}
const rows: Row[] = [];
for (const name of flags.clips.split(',')) {
  const clip = CLIP_NAMES.find((known) => known === name);
  if (clip === undefined) throw new TinymlError('E_USAGE', `there is no clip "${name}"`);
  rows.push(...(await study(clip)));
}
if (flags.json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
else {
  const titles = Object.keys(rows[0]!);
  const columns = titles.map((title, i) => ({
    title,
    align: i < 2 ? ('left' as const) : ('right' as const),
  }));
  const text = (value: string | number): string => (typeof value === 'string' ? value : value.toFixed(4));
  process.stdout.write(
    `${textTable(
      columns,
      rows.map((row) => titles.map((title) => text(row[title]!))),
    )}\n`,
  );
}

/** Frames that are judged, and those behind them. */
async function framesOf(clip: ClipName): Promise<{ readonly seen: Frames; readonly behind: Frames }> {
  const all = await clipFrames(clip, SIZE, frames + CALIBRATION);
  return { seen: part(all, 0, frames), behind: part(all, frames, all.length) };
}

async function judged(decides: Graph, settings: GateSettings, clip: ClipName): Promise<Agreement> {
  const { seen, behind } = await framesOf(clip);
  return agreement(network, await quantized(gated(network, decides, 'exact', settings), behind), seen);
}

/** P6: what each part of the loss is for. */
async function losses(clip: ClipName): Promise<readonly Row[]> {
  const { behind } = await framesOf(clip);
  const parts: Readonly<Record<string, Partial<Learning>>> = {
    'contrast, budget, sigmoid (as tinyml gate)': {},
    'contrast alone, as published': { budgetWeight: 0 },
    'contrast alone, min-max, as published': { budgetWeight: 0, rule: 'minmax' },
    'contrast, budget, min-max': { rule: 'minmax' },
    'budget alone': { margin: 0 },
    'budget, distillation': { margin: 0, distillation: 10 },
    'contrast, budget, distillation': { distillation: 10 },
  };
  const made: Row[] = [];
  for (const [what, changes] of Object.entries(parts)) {
    process.stderr.write(`${clip}: ${what}\n`);
    const settings = { ...LEARNING, budget: SKIPS[clip], ...changes };
    const { network: decides, skipAsTrained } = await learned(network, behind, SETTINGS, settings);
    const { skip, cosine, ceiling } = await judged(decides, SETTINGS, clip);
    made.push({ clip, what, 'skip as trained': skipAsTrained, skip, cosine, ceiling });
  }
  return made;
}

/** P8: whether the output drifts from the dense one where little is ever computed as a whole. */
async function drift(clip: ClipName): Promise<readonly Row[]> {
  const rules: Readonly<Record<string, Partial<GateSettings>>> = {
    'key frame 1': { keyFrame: 1 },
    'key frame 10': { keyFrame: 10 },
    'key frame 30': { keyFrame: 30 },
    'key frame never': { keyFrame: 0 },
    'key frame never, age at most 30': { keyFrame: 0, maxAge: 30 },
  };
  const made: Row[] = [];
  for (const [what, changes] of Object.entries(rules)) {
    const decides = diffNetwork(gridOf(network, SETTINGS.patch), 3);
    const { skip, cosine, cosines, ceiling } = await judged(decides, { ...SETTINGS, ...changes }, clip);
    const third = Math.floor(cosines.length / 3);
    const [first, middle, last] = [0, 1, 2].map((i) => meanOf(cosines.slice(i * third, (i + 1) * third)));
    made.push({ clip, what, skip, cosine, first: first!, middle: middle!, last: last!, ceiling });
  }
  return made;
}

/** P9: gates from one clip on another, with the thresholds and offsets that they have from there. */
async function transfer(clip: ClipName): Promise<readonly Row[]> {
  const made: Row[] = [];
  for (const from of CLIP_NAMES) {
    const { behind } = await framesOf(from);
    for (const gate of ['diff', 'learned'] as const) {
      const decides = await gateAt(gate, SKIPS[from], network, behind);
      const { skip, cosine, ceiling } = await judged(decides, SETTINGS, clip);
      made.push({ clip, what: `${gate} of ${from}`, skip, cosine, ceiling });
    }
  }
  return made;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
