import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SOUNDS, soundFile } from '../../fixtures/sounds/sound.ts';
import { packageRoot } from '../../src/package-root.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

/** Runs a program other than tinyml, and gives what it prints. */
function run(command: string, args: readonly string[], cwd: string, input?: Uint8Array): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, input: input ?? '' });
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stderr}`);
  return stdout.toString();
}

/** Ends with 0 where frames that came one after another make the input that all samples make. */
const SAME_INPUT = `
#include <stdio.h>

static int16_t samples[TONES_FRONT_END_SAMPLES];
static int8_t whole[TONES_FRONT_END_FRAMES * TONES_FRONT_END_VALUES];

int main(void) {
  if (fread(samples, sizeof(samples[0]), TONES_FRONT_END_SAMPLES, stdin) == 0) return 2;
  tones_input_from_pcm16(samples);
  memcpy(whole, tones_input(), sizeof(whole));
  for (int i = 1; i < (int)sizeof(whole); i++) {
    if (whole[i] != whole[0]) break;
    if (i + 1 == (int)sizeof(whole)) return 3;
  }
  memset(tones_input(), 0, sizeof(whole));
  const int32_t hop = tones_front_end_tables.frame_step;
  for (int32_t at = 0; at + hop <= TONES_FRONT_END_SAMPLES; at += hop) hear(samples + at);
  tones_input_from_float(features);
  return memcmp(whole, tones_input(), sizeof(whole)) == 0 ? 0 : 1;
}
`;

test('docs/sound.md: WAV files become firmware that takes samples and names what it heard', () =>
  inFolder(async (folder) => {
    const text = readFileSync(join(packageRoot(), 'docs', 'sound.md'), 'utf8');
    const [, section] = text.split('## From WAV files to firmware\n');
    const [commands, build] = [...section!.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
    const [main, streaming] = [...section!.matchAll(/```c\n([\s\S]*?)```/g)].map((match) => match[1]!);
    const [, printed] = /```text\n([\s\S]*?)```/.exec(section!)!;
    const [judged] = [...section!.matchAll(/```sh\n(tinyml plan .*)\n```/g)].map((match) => match[1]!);

    const results: Record<string, { stdout: string; stderr: string }> = {};
    for (const line of commands!.trimEnd().replaceAll('demo/', `${folder}/`).split('\n')) {
      const [program, ...args] = line.split(' ');
      if (program === 'node') {
        run(process.execPath, args, packageRoot());
        continue;
      }
      const outcome = await tinyml([...args, '--json']);
      assert.equal(outcome.status, 0, outcome.stderr);
      results[args[0]!] = outcome;
    }
    const [, right, all] = /right for (\d+) of the (\d+) recordings/.exec(section!)!;
    const { train, verify } = results;
    assert.equal(JSON.parse(train!.stdout).accuracy.int8, Number(right) / Number(all));
    assert.equal(train!.stderr.match(/are resampled to 8000 Hz/g)?.length, 2);
    const { runs } = JSON.parse(verify!.stdout).verify;
    assert.deepEqual(
      runs.map(({ core, bitExact }: { core: string; bitExact: boolean }) => [core, bitExact]),
      [['cortex-m4', true]],
    );

    const [, ...plan] = judged!.replaceAll('demo/', `${folder}/`).split(' ');
    const planned = await tinyml([...plan, '--json']);
    assert.equal(planned.status, 0, planned.stderr);
    assert.equal(JSON.parse(planned.stdout).input.from, 'pcm16');

    writeFileSync(join(folder, 'main.c'), main!);
    // Optimised kernels ran in `tinyml verify`.
    const here = build!.replaceAll('demo/', '').replace(' -O2 ', ' -O0 ');
    assert.equal(run('sh', ['-e', '-c', here], folder), printed);
    writeFileSync(join(folder, 'main.c'), `${streaming}${SAME_INPUT}`);
    const [compile] = here.split('\n');
    run('sh', ['-c', compile!.replace('-o tones-program', '-o tones-streaming')], folder);
    const heard = SOUNDS.map((name) => {
      const files = readdirSync(join(folder, 'sounds', 'test', name)).map((file) =>
        readFileSync(join(folder, 'sounds', 'test', name, file)),
      );
      const atRate = files.filter((file) => file.readUInt32LE(24) === 8000).slice(0, 4);
      const names = atRate.map((file) =>
        run(join(folder, 'tones-program'), [], folder, file.subarray(44)).trim(),
      );
      run(join(folder, 'tones-streaming'), [], folder, atRate[0]!.subarray(44));
      return names.filter((found) => found === name).length / names.length;
    });
    assert.deepEqual(heard, [1, 1, 1]);
  }));

const KWS = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny', 'kws-float.onnx');

test('docs/sound.md: the keyword spotter of MLPerf Tiny becomes firmware that takes samples', async (t) => {
  if (!existsSync(KWS)) return t.skip('the MLPerf Tiny models are not beside the package (../shared/models)');
  await inFolder(async (folder) => {
    const text = readFileSync(join(packageRoot(), 'docs', 'sound.md'), 'utf8');
    const [, preprocess, commands] = /^echo '(.*)' > kws\.json\n([\s\S]*?)```/m.exec(text)!;
    writeFileSync(join(folder, 'kws.json'), preprocess!);
    const [, names] = /`kws\.txt` names its classes: ([\w, ]+), one a line/.exec(text)!;
    writeFileSync(join(folder, 'kws.txt'), names!.replaceAll(', ', '\n'));
    mkdirSync(join(folder, 'recordings'));
    for (const [i, name] of SOUNDS.entries()) {
      writeFileSync(join(folder, 'recordings', `${name}.wav`), soundFile(name, i));
    }
    for (const line of commands!.trimEnd().replace('kws-float.onnx', KWS).split('\n')) {
      const [, ...args] = line.split(' ');
      const here = args[0] === 'verify' ? ['--on', 'host'] : [];
      const { status, stdout, stderr } = await tinyml([...args, ...here, '--json'], { cwd: folder });
      assert.equal(status, 0, stderr);
      if (args[0] === 'verify') assert.equal(JSON.parse(stdout).verify.runs[0].bitExact, true);
    }
    const header = readFileSync(join(folder, 'kws', 'kws_input.h'), 'utf8');
    assert.match(header, /From 16000 samples of sound[^;]*void kws_input_from_pcm16\(/);
    assert.match(
      header,
      /features of them: 10 MFCC coefficients of each of 49 frames \(480 samples, one\n \* every 320\)/,
    );
  });
});
