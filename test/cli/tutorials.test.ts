/** Tutorials, as a reader follows them: every file that is shown is saved, every command line is run, every output is there. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { inFolder } from './small.ts';

/** What of the repository the command lines name; what they write goes into `demo/`. */
const NAMED = [
  'bin',
  'dist',
  'docs',
  'fixtures',
  'native',
  'node_modules',
  'package.json',
  'prebuilds',
  'profiles',
  'src',
];

type Block = { readonly language: string; readonly text: string; readonly before: string };

/** Fenced blocks, each with the text since the one before. */
function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/([\s\S]*?)^```(\w+)\n([\s\S]*?)^```/gm)].map(([, before, language, text]) => ({
    before: before!,
    language: language!,
    text: text!,
  }));
}

const CAMERA = 'tutorial-camera.md';

/**
 * The same with less to compile: optimised kernels run in `tinyml verify`, and all its boards in the tutorial that is first.
 */
function lighter(text: string, page: string): string {
  const plain = text.replaceAll(' -O2 ', ' -O0 ');
  return page === CAMERA
    ? plain
    : plain.replaceAll('--on host,qemu', '--on host,m4').replaceAll('host,m7,m55', 'host,m7');
}

/** Runs a page in a folder that looks like the root of the repository. @param beside files that the page is about, by the names that it gives them */
function follow(page: string, folder: string, beside: Readonly<Record<string, string>> = {}): void {
  for (const [name, path] of Object.entries(beside)) symlinkSync(path, join(folder, name));
  for (const name of NAMED) symlinkSync(join(packageRoot(), name), join(folder, name));
  mkdirSync(join(folder, 'demo'));
  const tool = join(folder, 'tinyml');
  writeFileSync(tool, `#!/bin/sh\nexec "${process.execPath}" "${packageRoot()}/bin/tinyml.js" "$@"\n`);
  chmodSync(tool, 0o755);
  let printed = '';
  for (const { language, text, before } of blocksOf(
    readFileSync(join(packageRoot(), 'docs', page), 'utf8'),
  )) {
    const saved = /[Ss]ave this as `([^`]+)`/.exec(before)?.[1];
    if (saved !== undefined) {
      mkdirSync(dirname(join(folder, saved)), { recursive: true });
      writeFileSync(join(folder, saved), lighter(text, page));
    } else if (language === 'sh') {
      const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', lighter(text, page)], {
        cwd: folder,
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${text}\n${stdout}\n${stderr}`);
      printed = stdout;
    } else if (language === 'text') {
      assert.ok(printed.includes(text.trim()), `${text}is not in\n${printed}`);
    }
  }
}

for (const page of [
  CAMERA,
  'tutorial-motion.md',
  'tutorial-ci.md',
  'tutorial-learning.md',
  'tutorial-anomaly.md',
]) {
  test(`docs/${page} runs as it stands`, () => inFolder(async (folder) => follow(page, folder)));
}

const SHARED = join(packageRoot(), '..', 'shared');
const SILERO = 'silero_vad_16k_sequence.onnx';
const DIGITS = join(SHARED, 'data', 'audio', 'fsdd');

/** Of the speakers one, and of each word one recording for testing, one for calibration: minutes of sound would take minutes. */
const SOME_WORDS = /_george_[05]\.wav$/;

test('docs/tutorial-voice.md runs as it stands', async (t) => {
  const model = join(SHARED, 'models', 'real', SILERO);
  if (!existsSync(model) || !existsSync(DIGITS)) {
    return t.skip('Silero VAD and the spoken digits are not beside the package (../shared)');
  }
  await inFolder(async (folder) => {
    const words = join(folder, 'words');
    mkdirSync(words);
    for (const name of readdirSync(DIGITS).filter((one) => SOME_WORDS.test(one))) {
      symlinkSync(join(DIGITS, name), join(words, name));
    }
    follow('tutorial-voice.md', folder, { [SILERO]: model, fsdd: words });
  });
});
