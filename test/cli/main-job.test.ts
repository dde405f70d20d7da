/** The way of a model from float to verified firmware, as scripts go it: in processes, with --json. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256Of } from '../../src/numbers/sha256.ts';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { type Outcome, tinyml } from './run.ts';
import { cutImages, FIXTURE, filesIn, writeSmall } from './small.ts';

const EVALUATED = 50;
const folder = mkdtempSync(join(tmpdir(), 'tinyml-job-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]): Promise<Outcome> => tinyml(args, { cwd: folder });

// biome-ignore lint/suspicious/noExplicitAny: documents are checked field by field
type Json = any;

/** The document of a call: the only line on stdout. */
function documentOf({ stdout, stderr }: Outcome, command: string): Json {
  assert.match(stdout, /^\{.*\}\n$/, `not one document: ${stdout}${stderr}`);
  const document = JSON.parse(stdout);
  assert.equal(document.schema, 1);
  assert.equal(document.command, command);
  return document;
}

/** The document of a call that succeeds and has nothing to say beside it. */
function quietDocument(result: Outcome, command: string): Json {
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.stderr, '', 'words beside the result in spite of --quiet');
  return documentOf(result, command);
}

function quantize(output: string, ...more: readonly string[]): Promise<Outcome> {
  const model = join(FIXTURE, 'model.onnx');
  const data = ['-d', 'calibration-images-idx3-ubyte', '-e', 'evaluation-images-idx3-ubyte', '-n', '16'];
  return run('quantize', model, '-o', output, ...data, '--json', ...more);
}

let quantized: Json;

before(async () => {
  cutImages(folder, 'calibration', 40);
  cutImages(folder, 'evaluation', EVALUATED);
  const limits = ['--min-accuracy', '60%', '--max-drop', '10%'];
  const result = await quantize('net.int8.onnx', '--report', 'quantize.html', '--quiet', ...limits);
  quantized = quietDocument(result, 'quantize');
});

test('quantize: accuracy before and after, layers, and limits that were met', () => {
  const { accuracy, layers, gates, quantisation } = quantized;
  assert.equal(accuracy.samples, EVALUATED);
  for (const share of [accuracy.float, accuracy.int8]) {
    assert.ok(share >= 0.6 && share <= 1, `accuracy ${share}`);
    assert.ok(
      Number.isInteger(Math.round(share * EVALUATED * 1e6) / 1e6),
      `${share} of ${EVALUATED} samples`,
    );
  }
  assert.equal(quantized.output, 'net.int8.onnx');
  assert.equal(quantized.bytes, readFileSync(join(folder, 'net.int8.onnx')).length);
  assert.equal(quantisation.samples, 16);
  assert.ok(quantisation.tensors.length >= 10);
  assert.deepEqual(
    layers.map(({ name }: Json) => name),
    [
      'image',
      'conv1',
      'pool1',
      'depthwise2',
      'pointwise2',
      'pool2',
      'depthwise3',
      'pointwise3',
      'flatten',
      'dense',
      'probabilities',
    ],
  );
  for (const { name, sqnrDb, saturation, weightRangeRatio } of layers) {
    if (name !== 'image') assert.ok(sqnrDb > 15 && sqnrDb < 80, `${name}: SQNR of ${sqnrDb} dB`);
    assert.ok(saturation >= 0 && saturation < 0.1, `${name}: saturation ${saturation}`);
    assert.ok(weightRangeRatio === null || weightRangeRatio >= 1, `${name}: ${weightRangeRatio}`);
  }
  assert.deepEqual(
    gates.map(({ gate, limit, passed }: Json) => [gate, limit, passed]),
    [
      ['min-accuracy', 0.6, true],
      ['max-drop', 0.1, true],
    ],
  );
});

test('quantize: the same command gives the same bytes and the same document', async () => {
  const again = quietDocument(await quantize('again.onnx', '--quiet', '--jobs', '1'), 'quantize');
  assert.ok(
    readFileSync(join(folder, 'again.onnx')).equals(readFileSync(join(folder, 'net.int8.onnx'))),
    'the models differ',
  );
  const told = (document: Json) => ({
    ...document,
    ...{ output: '', gates: [], provenance: { ...document.provenance, line: '' } },
  });
  assert.deepEqual(told(again), told(quantized));
});

test('quantize: limits that were not met fail after the result was printed and written', async () => {
  rmSync(join(folder, 'poor.onnx'), { force: true });
  const result = await quantize('poor.onnx', '--min-accuracy', '99%', '--max-drop', '100%', '--quiet');
  assert.equal(result.status, 1, result.stderr);
  const { gates } = documentOf(result, 'quantize');
  assert.deepEqual(
    gates.map(({ passed }: Json) => passed),
    [false, true],
  );
  const { error } = JSON.parse(result.stderr);
  assert.equal(error.code, 'E_GATE');
  assert.match(error.message, /^accuracy is \d\d\.\d\d %, and must be at least 99\.00 %$/);
  assert.deepEqual(error.at, ['--min-accuracy 99.00 %']);
  assert.ok(readFileSync(join(folder, 'poor.onnx')).length > 0, 'the model cannot be looked at');
});

test('evaluate: the quantised model scores what quantize said', async () => {
  const result = await run('evaluate', 'net.int8.onnx', '-d', 'evaluation-images-idx3-ubyte', '--json', '-q');
  const { arithmetic, accuracy, evaluation } = quietDocument(result, 'evaluate');
  assert.equal(arithmetic, 'int8');
  assert.deepEqual(accuracy, { int8: quantized.accuracy.int8, samples: EVALUATED });
  assert.equal(
    evaluation.confusion.flat().reduce((sum: number, count: number) => sum + count, 0),
    EVALUATED,
  );
});

const plan = (...more: readonly string[]): Promise<Outcome> =>
  run('plan', 'net.int8.onnx', '-t', 'nrf52840', '--json', '--quiet', ...more);

test('plan: memory and flash, whether it fits, and limits', async (t) => {
  const built = findTool('arm-none-eabi-gcc') !== null;
  const limits = built ? ['--max-ram', '64K', '--max-flash', '1M'] : ['--max-ram', '64K'];
  const document = quietDocument(await plan('--report', 'plan.html', ...limits), 'plan');
  const { fits, macs, memory, flash, input, layers, placements, gates } = document;
  assert.equal(fits, true);
  assert.equal(macs, 387_296);
  assert.ok(memory.livePeakBytes <= memory.arenaBytes && memory.arenaBytes <= memory.limitBytes);
  assert.ok(memory.scratchBytes >= 0 && memory.scratchBytes < memory.arenaBytes);
  assert.equal(memory.limitBytes, 256 * 1024);
  assert.ok(
    layers.some(({ name }: Json) => name === memory.peakLayer),
    `peak at ${memory.peakLayer}`,
  );
  assert.equal(layers.length, 9);
  for (const { tensor, offset, bytes } of placements) {
    assert.ok(offset >= 0 && offset + bytes <= memory.arenaBytes, `${tensor} lies outside the arena`);
  }
  // 34,666 parameters, the biases with four bytes; multipliers and shifts come on top.
  assert.ok(
    flash.weightsBytes > 34_666 && flash.weightsBytes < 40_000,
    `tables of ${flash.weightsBytes} bytes`,
  );
  assert.equal(
    gates.every(({ passed }: Json) => passed),
    true,
  );
  if (!built) return t.skip('arm-none-eabi-gcc is not installed: flash and RAM of firmware are not measured');
  assert.ok(memory.ramBytes >= memory.arenaBytes && memory.ramBytes < memory.arenaBytes + 4096);
  assert.equal(flash.bytes, flash.weightsBytes + input.tableBytes + flash.codeBytes);
  assert.ok(flash.codeBytes > 1000 && flash.codeBytes < 32_768, `code of ${flash.codeBytes} bytes`);
});

test('plan: limits that were not met fail after the result was printed', async () => {
  const result = await plan('--max-ram', '1K', '--max-flash', '2K');
  assert.equal(result.status, 1);
  const { fits, gates } = documentOf(result, 'plan');
  assert.equal(fits, true, 'a limit is not the size of the device');
  assert.deepEqual(
    gates.map(({ gate, limit, passed }: Json) => [gate, limit, passed]),
    [
      ['max-ram', 1024, false],
      ['max-flash', 2048, false],
    ],
  );
  assert.equal(JSON.parse(result.stderr).error.code, 'E_GATE');
});

test('reports are pages of their own: nothing is loaded and nothing runs', () => {
  for (const name of ['quantize.html', 'plan.html']) {
    const page = readFileSync(join(folder, name), 'utf8');
    assert.match(page, /^<!doctype html>/i, name);
    assert.equal(page.match(/<\/html>/g)?.length, 1, name);
    assert.doesNotMatch(page, /<script|<link|<iframe|\bon\w+=|javascript:|@import|url\(/i, name);
    // The name of the SVG namespace is an identifier: nobody fetches it.
    const addresses = page.replaceAll('http://www.w3.org/2000/svg', '').match(/https?:[^\s"<]*/g);
    assert.equal(addresses, null, `${name} refers to ${addresses}`);
  }
  assert.match(readFileSync(join(folder, 'quantize.html'), 'utf8'), /depthwise3/);
  assert.match(readFileSync(join(folder, 'plan.html'), 'utf8'), /depthwise3/);
});

const deploy = (output: string, ...more: readonly string[]): Promise<Outcome> =>
  run('deploy', 'net.int8.onnx', '-t', 'nrf52840', '-o', output, '--json', '--quiet', ...more);

test('deploy, then verify on host and board: bit for bit, within limits', async (t) => {
  const golden = ['--golden', 'evaluation-images-idx3-ubyte'];
  const deployed = quietDocument(await deploy('firmware', '--depfile', 'firmware.d', ...golden), 'deploy');
  const { memory, flash, macs, files, name } = deployed;
  assert.equal(name, 'net');
  assert.deepEqual([...files].sort(), [...filesIn(join(folder, 'firmware')).keys()].sort());
  const planned = quietDocument(await plan(), 'plan');
  for (const key of ['arenaBytes', 'livePeakBytes', 'scratchBytes']) {
    assert.equal(memory[key], planned.memory[key], `${key} of plan and deploy`);
  }
  assert.equal(flash.weightsBytes, planned.flash.weightsBytes);
  assert.equal(macs, planned.macs);
  const rule = readFileSync(join(folder, 'firmware.d'), 'utf8');
  assert.match(rule, /^firmware\/manifest\.json: \\\n {2}net\.int8\.onnx \\\n {2}evaluation-images/);

  quietDocument(await deploy('elsewhere', ...golden), 'deploy');
  const [one, other] = ['firmware', 'elsewhere'].map((path) => filesIn(join(folder, path)));
  assert.deepEqual([...one!.keys()], [...other!.keys()]);
  for (const [path, bytes] of one!) assert.ok(bytes.equals(other!.get(path)!), `${path} differs`);

  if (['cc', 'arm-none-eabi-gcc', 'qemu-system-arm'].some((tool) => findTool(tool as 'cc') === null)) {
    return t.skip('cc, arm-none-eabi-gcc or qemu-system-arm is not installed');
  }
  const limits = [
    ...['--max-instructions', '50M', '--max-ram', '64K', '--max-flash', '128K', '--max-latency', '200'],
  ];
  const verified = quietDocument(
    await run('verify', 'firmware', '--on', 'host,m4', '--json', '--quiet', ...limits),
    'verify',
  );
  assert.equal(verified.verify.bitExact, true);
  const [host, board] = verified.verify.runs;
  assert.equal(verified.verify.runs.length, 2);
  assert.deepEqual(
    { on: host.on, core: host.core, bitExact: host.bitExact, instructions: host.instructions },
    { on: 'host', core: 'host', bitExact: true, instructions: null },
  );
  assert.equal(host.vectors.length, 2 + 3 + 4, 'grey pixels, floats, zeros, ramp, noise and four samples');
  assert.equal(board.on, 'qemu');
  assert.equal(board.core, 'cortex-m4');
  assert.equal(board.machine, 'mps2-an386');
  assert.equal(board.bitExact, true);
  assert.ok(
    board.instructions > macs && board.instructions < 50 * macs,
    `${board.instructions} instructions`,
  );
  assert.ok(board.stackBytes > 0 && board.stackBytes <= 512, `${board.stackBytes} bytes of stack`);
  assert.ok(board.ramBytes >= memory.arenaBytes && board.flashBytes > flash.weightsBytes);
  assert.deepEqual(
    verified.gates.map(({ gate, actual, passed }: Json) => [gate, actual, passed]),
    [
      ['max-ram', board.ramBytes, true],
      ['max-flash', board.flashBytes, true],
      ['max-instructions', board.instructions, true],
      ['max-latency', verified.ms.high, true],
    ],
  );
  const { estimate } = planned;
  const error = Math.abs(estimate.instructions / board.instructions - 1);
  assert.ok(error < 0.05, `${board.instructions} instructions, ${estimate.instructions} predicted`);
  assert.ok(verified.ms.low < verified.ms.likely && verified.ms.likely < verified.ms.high);
});

test('verify: limits that were not met fail', async (t) => {
  if (['arm-none-eabi-gcc', 'qemu-system-arm'].some((tool) => findTool(tool as 'cc') === null)) {
    return t.skip('arm-none-eabi-gcc or qemu-system-arm is not installed');
  }
  const small = ['--max-instructions', '1k', '--max-ram', '1K', '--max-flash', '1K'];
  const onBoard = await run('verify', 'elsewhere', '--on', 'm4', '--json', '-q', ...small);
  assert.equal(onBoard.status, 1);
  const { gates } = documentOf(onBoard, 'verify');
  assert.deepEqual(
    gates.map(({ passed }: Json) => passed),
    [false, false, false],
  );
  assert.equal(JSON.parse(onBoard.stderr).error.at.length, 3);
});

test('a profile of your own is timed by its own clock, also where it keeps the id of a part; profiles check says so', async (t) => {
  const shown = documentOf(await run('profiles', 'show', 'stm32f411', '--json'), 'profiles');
  const slow = { ...shown.profile, clockHz: shown.profile.clockHz / 10 };
  writeFileSync(join(folder, 'slow.json'), JSON.stringify(slow));
  const checked = await run('profiles', 'check', './slow.json');
  assert.equal(checked.status, 0);
  assert.match(checked.stderr, /W_PROFILE\]: "stm32f411" is a part of the package/);
  if (['arm-none-eabi-gcc', 'qemu-system-arm'].some((tool) => findTool(tool as 'cc') === null)) {
    return t.skip('arm-none-eabi-gcc or qemu-system-arm is not installed');
  }
  const target = ['--target', './slow.json', '--json', '-q'];
  const { estimate } = documentOf(await run('plan', 'net.int8.onnx', ...target), 'plan');
  documentOf(await run('deploy', 'net.int8.onnx', '-o', 'slow', ...target), 'deploy');
  const { ms, verify } = documentOf(await run('verify', 'slow', '--on', 'm4', '--json', '-q'), 'verify');
  const ratio = ms.high / verify.runs[0].instructions / (estimate.ms.high / estimate.instructions);
  assert.ok(Math.abs(ratio - 1) < 1e-9, `${ratio} times the time of the profile's clock`);
});

test('a tampered weight is found: by the manifest, and by the bytes that come out', async (t) => {
  if (findTool('cc') === null) return t.skip('cc is not installed');
  const weights = join(folder, 'firmware', 'net_weights.c');
  const original = readFileSync(weights, 'utf8');
  // A single weight may meet zeros in every golden input; the first line of them does not.
  const tampered = original.replace(/("dense_weights".*\n.*= \{\n)(.*)/, (_, head, line) => {
    const codes: readonly string[] = line.split(',').filter((code: string) => code !== '');
    return `${head}${codes.map((code) => -Number(code)).join(',')},`;
  });
  assert.notEqual(tampered, original, 'there are no dense weights where this test looks');
  writeFileSync(weights, tampered);
  const refused = await run('verify', 'firmware', '--on', 'host', '--json');
  assert.equal(refused.status, 2);
  assert.equal(refused.stdout, '');
  const { error } = JSON.parse(refused.stderr);
  assert.equal(error.code, 'E_BUNDLE');
  assert.deepEqual(error.at, ['net_weights.c']);

  // Somebody who mends the manifest as well does not get past the golden vectors.
  const manifest = join(folder, 'firmware', 'manifest.json');
  const before = sha256Of(Buffer.from(original));
  const text = readFileSync(manifest, 'utf8');
  assert.ok(text.includes(before), 'the manifest does not know the weights');
  writeFileSync(manifest, text.replace(before, sha256Of(Buffer.from(tampered))));
  const differing = await run('verify', 'firmware', '--on', 'host', '--json', '--layers', '--quiet');
  assert.equal(differing.status, 1, differing.stderr);
  assert.equal(documentOf(differing, 'verify').verify.bitExact, false);
  const mismatch = JSON.parse(differing.stderr).error;
  assert.equal(mismatch.code, 'E_MISMATCH');
  assert.match(mismatch.at[0], /^host, input .*first in layer 7 "dense"/);
});

test('a dry run says what it would do and writes nothing', async () => {
  const inner = join(folder, 'dry');
  mkdirSync(inner);
  await writeSmall(inner, {}, true);
  const files = [...filesIn(inner).keys()];
  for (const args of [
    ['quantize', 'model.onnx', '-o', 'a/out.onnx', '-d', 'data.f32', '-n', '2', '--report', 'page.html'],
    ['plan', 'model.int8.onnx', '-t', 'rp2040', '--report', 'page.html'],
    ['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware', '--depfile', 'firmware.d'],
  ]) {
    const { status, stdout, stderr } = await tinyml([...args, '--dry-run'], { cwd: inner });
    assert.equal(status, 0, stderr);
    assert.notEqual(stdout, '');
    assert.match(stderr, /dry run: nothing was written/);
    assert.deepEqual([...filesIn(inner).keys()], files, `${args[0]} --dry-run wrote`);
  }
});
