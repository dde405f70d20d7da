/** What `profiles` prints of Jetson modules: JetPacks, precisions, and what the GPU can do at most in each power mode. */
import { formatBytes } from '../diagnostics/units.ts';
import { peakRate } from '../profiles/jetson.ts';
import type { JetsonProfile, PowerMode } from '../profiles/types.ts';
import { fieldList, textTable } from '../report/table.ts';

/** What the list says of a module in JSON. */
export function listedJetson(profile: JetsonProfile): object {
  const { id, kind, name, vendor, gpu, memory, precisions, dla } = profile;
  return {
    ...{ id, kind, name, vendor, gpu, memory, precisions, dlaCores: dla?.cores ?? 0 },
    software: profile.software.map(({ jetpack, tensorrt }) => ({ jetpack, tensorrt })),
    powerModes: profile.powerModes.map((mode) => ({
      name: mode.name,
      int8OpsPerSecond: peakRate(profile, mode, 'int8'),
      fp16OpsPerSecond: peakRate(profile, mode, 'fp16'),
    })),
  };
}

export function jetsonTable(profiles: readonly JetsonProfile[]): string {
  return textTable(
    [
      { title: 'ID' },
      { title: 'GPU' },
      { title: 'MEMORY', align: 'right' },
      { title: 'JETPACK (TENSORRT)' },
      { title: 'INT8 TOPS', align: 'right' },
      { title: 'FP16 TFLOPS', align: 'right' },
      { title: 'DLA', align: 'right' },
    ],
    profiles.map((profile) => [
      profile.id,
      `sm_${profile.gpu.sm}, ${profile.gpu.smCount} SM`,
      formatBytes(profile.memory.bytes),
      profile.software.map(({ jetpack, tensorrt }) => `${jetpack} (${shortVersion(tensorrt)})`).join(', '),
      profile.precisions.int8 ? highest(profile, 'int8') : 'none',
      highest(profile, 'fp16'),
      profile.dla === null ? '-' : String(profile.dla.cores),
    ]),
  );
}

export function jetsonText(profile: JetsonProfile): string {
  const { gpu, memory, precisions, dla, limits } = profile;
  const able = Object.entries(precisions).flatMap(([precision, has]) => (has ? [precision] : []));
  return [
    fieldList([
      ['module', profile.moduleIds.join(', ')],
      ['GPU', `${gpu.architecture}, sm_${gpu.sm}, ${gpu.smCount} multiprocessors`],
      ['memory', `${formatBytes(memory.bytes)}, ${memory.bandwidth / 1e9} GB/s, shared by CPU and GPU`],
      ['precisions', ['fp32', ...able].join(', ')],
      ['DLA', dla === null ? 'none' : `${dla.cores} of version ${dla.version}`],
      ['workspace', `${formatBytes(limits.workspaceBytes)} unless told otherwise`],
    ]),
    '',
    textTable(
      [
        { title: 'JETPACK' },
        { title: 'L4T' },
        { title: 'TENSORRT' },
        { title: 'CUDA' },
        { title: 'UBUNTU' },
        { title: 'PYTHON' },
        { title: 'DLA' },
        { title: 'DEEPSTREAM' },
      ],
      profile.software.map((one) => [
        ...[one.jetpack, one.l4t, one.tensorrt, one.cuda, one.ubuntu, one.python],
        one.dla ? 'yes' : 'no',
        one.deepstream ?? '-',
      ]),
    ),
    '',
    textTable(
      [
        { title: 'POWER MODE' },
        { title: 'WATTS', align: 'right' },
        { title: 'GPU MHZ', align: 'right' },
        { title: 'INT8 TOPS', align: 'right' },
        { title: 'FP16 TFLOPS', align: 'right' },
        { title: 'FROM JETPACK' },
      ],
      profile.powerModes.map((mode) => [
        mode.name,
        mode.watts === null ? '-' : String(mode.watts),
        mode.gpuHz === null ? '-' : String(mode.gpuHz / 1e6),
        tera(profile, mode, 'int8'),
        tera(profile, mode, 'fp16'),
        mode.since ?? 'all',
      ]),
    ),
  ].join('\n');
}

/** Of the power mode that has the most. */
function highest(profile: JetsonProfile, precision: 'int8' | 'fp16'): string {
  const rates = profile.powerModes.map((mode) => peakRate(profile, mode, precision) ?? 0);
  return shownTera(Math.max(...rates));
}

function tera(profile: JetsonProfile, mode: PowerMode, precision: 'int8' | 'fp16'): string {
  return shownTera(peakRate(profile, mode, precision) ?? 0);
}

function shownTera(rate: number): string {
  return rate === 0 ? '-' : (rate / 1e12).toFixed(rate < 1e12 ? 2 : 1);
}

/** Major and minor number. */
function shortVersion(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
