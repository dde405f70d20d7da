/** Training of the tasks' networks: frames written as data sets, then `tinyml train` and `tinyml quantize`. */
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { readDebianImages } from '../../fixtures/fashion-mnist/images.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { CLIP_NAMES, PIXELS, readFrames, type Size } from './clips.ts';
import { tinyml } from './command.ts';
import { classifier, locator, STRIDE } from './networks.ts';
import { type Frame, scenes } from './scenes.ts';

export const TASKS = ['classify', 'locate'] as const;
export type Task = (typeof TASKS)[number];

/** Size of the frames of the tasks. */
export const TASK_SIZE: Size = { width: 160, height: 128 };

/** Frames before this one are for evaluation, those from it on for training. */
export const EVALUATION_FRAMES = 300;

const SEED = 1;
const NETWORKS = { classify: classifier, locate: locator } as const;

export type TrainingOptions = {
  /** Where data and models go; models that are there are taken as they are. */
  readonly folder: string;
  readonly frames: number;
  readonly epochs: number;
};

/** Paths of what was learned: in float32, and quantised. */
export type Trained = { readonly float: string; readonly int8: string };

/** What a network of the task should answer: the class of the item, or the cell of its centre, counted in rows. */
export function truthOf(task: Task, { label, centre }: Pick<Frame, 'label' | 'centre'>): number {
  if (task === 'classify') return label;
  const columns = TASK_SIZE.width / STRIDE;
  return Math.floor(centre.y / STRIDE) * columns + Math.floor(centre.x / STRIDE);
}

/** @throws TinymlError E_FILE where a clip, the backbone's model or Fashion-MNIST is not there */
export async function trainTasks(options: TrainingOptions): Promise<Readonly<Record<Task, Trained>>> {
  const { folder, frames, epochs } = options;
  const at = (name: string): string => join(folder, name);
  const trained = (task: Task): Trained => ({ float: at(`${task}.onnx`), int8: at(`${task}.int8.onnx`) });
  const missing = TASKS.filter((task) => !existsSync(trained(task).int8));
  if (missing.length > 0) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(at('pixels.json'), JSON.stringify({ scale: PIXELS.scale }));
    await writeTrainingData(at, frames);
    for (const task of missing) {
      writeFileSync(at(`${task}.untrained.onnx`), exportModel(await NETWORKS[task](TASK_SIZE, SEED)));
      const data = ['--data', at(`${task}-x.npy`), '--preprocess', at('pixels.json')];
      const { float, int8 } = trained(task);
      tinyml([
        ...['train', at(`${task}.untrained.onnx`), '-o', at(`${task}.trained.onnx`), '--float-output', float],
        ...['--method', 'float', '--epochs', String(epochs), '--lr', '0.002', '--batch-size', '32', ...data],
        ...['--validation-share', '5%'],
      ]);
      tinyml(['quantize', float, '-o', int8, ...data]);
    }
    for (const task of TASKS) rmSync(at(`${task}-x.npy`));
  }
  return { classify: trained('classify'), locate: trained('locate') };
}

/** Frames of both clips with items on them, each for itself; both tasks share the file of the frames. */
async function writeTrainingData(at: (name: string) => string, count: number): Promise<void> {
  const items = readDebianImages('train');
  const share = Math.ceil(count / CLIP_NAMES.length);
  const { width, height } = TASK_SIZE;
  const truths = { classify: [] as number[], locate: [] as number[] };
  const file = openSync(at('classify-x.npy'), 'w');
  writeSync(file, npyHeader('|u1', [share * CLIP_NAMES.length, height, width, 3]));
  for (const [clip, name] of CLIP_NAMES.entries()) {
    const range = { first: EVALUATION_FRAMES, end: EVALUATION_FRAMES + share };
    const backgrounds = endless(await readFrames(name, TASK_SIZE, range), share);
    for (const frame of scenes(backgrounds, { ...TASK_SIZE, items, length: 1, seed: SEED + clip })) {
      writeSync(file, frame.pixels);
      for (const task of TASKS) truths[task].push(truthOf(task, frame));
    }
  }
  closeSync(file);
  rmSync(at('locate-x.npy'), { force: true });
  linkSync(at('classify-x.npy'), at('locate-x.npy'));
  for (const task of TASKS) {
    const labels = Int32Array.from(truths[task]);
    writeFileSync(
      at(`${task}-y.npy`),
      Buffer.concat([npyHeader('<i4', [labels.length]), Buffer.from(labels.buffer)]),
    );
  }
}

function* endless<T>(values: readonly T[], count: number): Generator<T> {
  for (let i = 0; i < count; i++) yield values[i % values.length]!;
}

/** NumPy's format 1.0. */
function npyHeader(type: string, shape: readonly number[]): Buffer {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const head = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  const body = text.padEnd(64 * Math.ceil((head.length + text.length + 1) / 64) - head.length - 1);
  head.writeUInt16LE(body.length + 1, 8);
  return Buffer.concat([head, Buffer.from(`${body}\n`, 'latin1')]);
}
