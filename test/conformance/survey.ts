/** Every ONNX case in every way in which a model runs: what `docs/operators.md` and `npm run conformance` tell. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sampleEncoder } from '../../src/program/sample.ts';
import type { CaseCount } from '../../src/report/operators-page.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { smallBundle } from '../targets/small-model.ts';
import { type DeviceOutcome, runInFloat, runInInt8, sideBySide } from './on-device.ts';
import { listCases, type Outcome, readCase, runCase } from './onnx-cases.ts';

export type CaseResult = {
  readonly name: string;
  /** Of the model as imported; empty where an operator is none of ours. */
  readonly ops: readonly string[];
  /** By the float meaning of its operators. */
  readonly meaning: Outcome;
  /** On float32 kernels. */
  readonly float: DeviceOutcome;
  /** Quantised. */
  readonly int8: DeviceOutcome;
};

const NOTHING: DeviceOutcome = { kind: 'irrelevant' };

/** All cases, in the order of `listCases`; none where the data are not installed. */
export async function surveyCases(): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const name of listCases()) {
    const one = readCase(name);
    results.push(
      'kind' in one
        ? { name, ops: [], meaning: one, float: NOTHING, int8: NOTHING }
        : { name, ops: one.ops, meaning: runCase(name), float: runInFloat(one), int8: await runInInt8(one) },
    );
  }
  return results;
}

/** Cases passed and run by operator, of those that have something to do; a case counts for every operator in it. */
export function countCases(
  results: readonly CaseResult[],
  way: 'meaning' | 'float' | 'int8',
): ReadonlyMap<string, CaseCount> {
  const counts = new Map<string, CaseCount>();
  for (const result of results) {
    const { kind } = result[way];
    if (kind === 'unsupported' || kind === 'irrelevant') continue;
    for (const op of result.ops) {
      const { pass, run } = counts.get(op) ?? { pass: 0, run: 0 };
      counts.set(op, { pass: pass + (kind === 'pass' ? 1 : 0), run: run + 1 });
    }
  }
  return counts;
}

/** Operators with a case that passes, and those cases. */
export function passes(
  results: readonly CaseResult[],
  way: 'float' | 'int8',
): { readonly operators: number; readonly passed: number } {
  const passed = results.filter((result) => result[way].kind === 'pass');
  return { operators: new Set(passed.flatMap(({ ops }) => ops)).size, passed: passed.length };
}

/**
 * Builds all cases that pass on float32 kernels and in int8 as one firmware for this machine, and says whether it computes the
 * bytes of the reference in every layer.
 */
export async function emitAll(results: readonly CaseResult[]): Promise<boolean> {
  const passed = results.flatMap(({ float, int8 }) =>
    [float, int8].flatMap((outcome) => (outcome.kind === 'pass' ? [outcome] : [])),
  );
  const program = sideBySide(passed.map((one) => one.program));
  const parts = passed.flatMap((one) => one.inputs.flatMap((data) => [...data]));
  const inputs = sampleEncoder(program)([Float32Array.from(parts)]);
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-conformance-'));
  try {
    const files = smallBundle({ program, name: 'cases', recorded: [{ starts: true, inputs }] });
    for (const { path, contents } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), contents);
    }
    const { bitExact } = await verifyBundle(folder, { on: ['host'], layers: true });
    return bitExact;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
