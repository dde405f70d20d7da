/** Outputs that cannot be written, tools that are missing, commands that are interrupted. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { entryArguments, outcome, start, tinyml } from './run.ts';
import { cutImages, FIXTURE, inFolder, type Refusal, refuses, writeSmall } from './small.ts';

const quantize = (output: string, ...more: readonly string[]): readonly string[] => [
  'quantize',
  'model.onnx',
  '-o',
  output,
  '-d',
  'data.f32',
  '-n',
  '2',
  ...more,
];

const REPEATS = 50;

const missing = (path: string): string | false => (existsSync(path) ? false : `there is no ${path}`);

test('an output that cannot be written is refused before the work', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    mkdirSync(join(folder, 'folder'));
    await refuses(folder, quantize('folder'), {
      code: 'E_WRITE',
      message: /a folder where a file should be/,
      at: ['folder'],
      hint: /path of a file/,
    });
    await refuses(folder, quantize('out.onnx', '--report', 'model.onnx/page.html'), {
      code: 'E_WRITE',
      message: /a part of the path is a file/,
      at: ['model.onnx/page.html'],
      hint: /another place/,
    });
    await refuses(folder, quantize('./model.onnx'), {
      code: 'E_USAGE',
      message: /--output and the model are the same file/,
      at: ['./model.onnx', 'model.onnx'],
      hint: /place of its own/,
    });
  }));

// Root may write into any folder of ours, but nobody creates files in /sys or folders in /proc.
test('a read-only place is E_WRITE', { skip: missing('/sys/kernel') || missing('/proc/self') }, () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const refusal: Refusal = {
      code: 'E_WRITE',
      message: /no permission|read-only|no folder can be made/,
      at: [/^\/(sys|proc)\//],
      hint: /another place/,
    };
    await refuses(folder, quantize('/sys/out.onnx'), refusal);
    await refuses(folder, quantize('/proc/nowhere/out.onnx'), refusal);
    await refuses(folder, ['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', '/proc/nowhere/deep'], refusal);
  }),
);

test('a full disk is E_WRITE', { skip: missing('/dev/full') }, () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    const refusal: Refusal = {
      code: 'E_WRITE',
      message: /the disk is full/,
      at: ['/dev/full'],
      hint: /Free some space/,
    };
    await refuses(folder, quantize('/dev/full'), refusal);
    // The model was written by then, but beside its place: an output is there only if all are.
    await refuses(folder, quantize('out.onnx', '--depfile', '/dev/full'), refusal);
  }),
);

test('a bundle that does not fit the disk is not written at all', (t) => {
  if (spawnSync('sh', ['-c', 'ulimit -f 8']).status !== 0) return t.skip('sh cannot limit the size of files');
  return inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const before = readdirSync(folder).sort();
    const deploy = ['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware', '--json'];
    // At most 8 blocks (of 512 or 1024 bytes) in a file: the kernels of a bundle are larger.
    const child = spawn(
      'sh',
      ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, ...entryArguments(), ...deploy],
      {
        cwd: folder,
        env: { PATH: process.env.PATH },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const { status, stdout, stderr } = await outcome(child);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, '');
    const { error } = JSON.parse(stderr);
    assert.equal(error.code, 'E_WRITE');
    assert.match(error.message, /larger than this system allows/);
    assert.deepEqual(readdirSync(folder).sort(), before);
  });
});

test('deploy replaces a bundle, and never a folder that holds anything else', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const deploy = ['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware'];
    const first = await tinyml(deploy, { cwd: folder });
    assert.equal(first.status, 0, first.stderr);
    mkdirSync(join(folder, 'firmware', 'build'));
    writeFileSync(join(folder, 'firmware', 'build', 'model.o'), 'made by make');
    const second = await tinyml(deploy, { cwd: folder });
    assert.equal(second.status, 0, second.stderr);
    assert.ok(
      !existsSync(join(folder, 'firmware', 'build')),
      'what was built from the old bundle is still there',
    );

    const refusal: Refusal = {
      code: 'E_WRITE',
      message: /files that tinyml did not write/,
      at: ['firmware', join('firmware', 'main.c')],
      hint: /new or an empty folder/,
    };
    writeFileSync(join(folder, 'firmware', 'main.c'), 'int main(void) { return 0; }');
    await refuses(folder, deploy, refusal);
    mkdirSync(join(folder, 'web'));
    writeFileSync(join(folder, 'web', 'manifest.json'), '{ "name": "a web page" }');
    await refuses(folder, ['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'web'], {
      ...refusal,
      at: ['web', join('web', 'manifest.json')],
    });
  }));

test('without compilers plan does without, and verify names the Debian package', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const deploy = await tinyml(['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware'], {
      cwd: folder,
    });
    assert.equal(deploy.status, 0, deploy.stderr);
    const env = { PATH: join(folder, 'nothing') };
    const asked = ['plan', 'model.int8.onnx', '-t', 'rp2040', '--max-ram', '1M'];
    const plan = await tinyml([...asked, '--json'], { cwd: folder, env });
    assert.equal(plan.status, 0, plan.stderr);
    const { memory, flash, gates } = JSON.parse(plan.stdout);
    assert.equal(memory.ramBytes, null);
    assert.equal(flash.bytes, null);
    assert.equal(flash.codeBytes, null);
    assert.deepEqual(
      gates.map(({ gate, passed }: { gate: string; passed: boolean }) => [gate, passed]),
      [['max-ram', true]],
    );
    // Flash for the tables, and for code perhaps.
    const part = JSON.parse(readFileSync(join(packageRoot(), 'profiles', 'rp2040.json'), 'utf8'));
    const tight = [{ ...part.flash[0], bytes: 16 * 1024 }];
    writeFileSync(join(folder, 'part.json'), JSON.stringify({ ...part, id: 'part', flash: tight }));
    const tightly = ['plan', 'model.int8.onnx', '-t', 'part.json'];
    const unsure = await tinyml([...tightly, '--json'], { cwd: folder, env });
    assert.equal(unsure.status, 0, unsure.stderr);
    assert.equal(JSON.parse(unsure.stdout).fits, null, 'nothing measured the code, and yet it fits');
    assert.match(unsure.stderr, /warning\[W_FIT\].*depends on its code, which was not measured/);
    const limited = await tinyml([...asked, '--max-flash', '1M'], { cwd: folder, env });
    assert.equal(limited.status, 2, 'flash cannot be measured: the limit must not pass');
    assert.match(limited.stderr, /flash is measured by building firmware, and arm-none-eabi-gcc/);

    const tool = (name: string, debian: RegExp, at = 'PATH'): Refusal => ({
      code: 'E_TOOLCHAIN',
      message: new RegExp(`^${name} is missing`),
      at: [at],
      hint: debian,
    });
    const verify = (on: string): readonly string[] => ['verify', 'firmware', '--on', on];
    await refuses(folder, verify('host'), tool('cc', /apt-get install gcc\)/), { env });
    await refuses(
      folder,
      verify('m4'),
      tool('qemu-system-arm', /apt-get install qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi\)/),
      {
        env,
      },
    );
    await refuses(
      folder,
      verify('m4'),
      tool('arm-none-eabi-gcc', /apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi\)/),
      { env: { ...env, TINYML_QEMU: process.execPath } },
    );
    await refuses(folder, verify('host'), tool('cc', /TINYML_CC/, 'TINYML_CC=/no/such/cc'), {
      env: { TINYML_CC: '/no/such/cc' },
    });
  }));

test('a bundle whose files were changed is refused by name; what is no bundle is refused', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    await tinyml(['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware'], { cwd: folder });
    const header = join(folder, 'firmware', 'model.h');
    writeFileSync(header, `${readFileSync(header, 'utf8')}\n`);
    await refuses(folder, ['verify', 'firmware', '--on', 'host'], {
      code: 'E_BUNDLE',
      message: /1 file\(s\) of the bundle differ/,
      at: ['model.h'],
      hint: /tinyml deploy/,
    });
    await refuses(folder, ['verify', '.', '--on', 'host'], {
      code: 'E_BUNDLE',
      message: /not a bundle/,
      at: ['manifest.json'],
      hint: /tinyml deploy/,
    });
  }));

test('an interrupt of quantize ends it with 130 and leaves no output, whole or in part', () =>
  inFolder(async (folder) => {
    // More samples than anybody waits for: the same images over and over.
    const images = cutImages(folder, 'calibration', 400);
    const header = readFileSync(join(folder, images)).subarray(0, 16);
    const pixels = readFileSync(join(folder, images)).subarray(16);
    header.writeUInt32BE(400 * REPEATS, 4);
    writeFileSync(join(folder, images), Buffer.concat([header, ...Array<Buffer>(REPEATS).fill(pixels)]));
    rmSync(join(folder, images.replace('images-idx3', 'labels-idx1')));
    const before = readdirSync(folder).sort();
    const child = start(
      [
        'quantize',
        join(FIXTURE, 'model.onnx'),
        '-o',
        'out.onnx',
        '-d',
        images,
        '-n',
        String(400 * REPEATS),
        '--report',
        'page.html',
      ],
      { cwd: folder },
    );
    const end = outcome(child);
    // The first words about progress come after two seconds of work on the samples.
    child.stderr?.once('data', () => child.kill('SIGINT'));
    const { status, stdout, stderr } = await end;
    assert.equal(status, 130, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^error\[E_INTERRUPTED\]: stopped; nothing was left half-written\n$/m);
    assert.deepEqual(readdirSync(folder).sort(), before);
  }));

test(
  'an interrupt of verify leaves no temporary folder and no compiler',
  { skip: missing('/proc/self') },
  () =>
    inFolder(async (folder) => {
      await writeSmall(folder, {}, true);
      await tinyml(['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware'], { cwd: folder });
      const temporary = join(folder, 'temporary');
      mkdirSync(temporary);
      // A compiler that never ends, and says who it is.
      const compiler = join(folder, 'slow-compiler');
      const started = join(folder, 'started');
      writeFileSync(
        compiler,
        `#!/bin/sh\necho $$ > '${started}.new'\nmv '${started}.new' '${started}'\nexec sleep 60\n`,
        {
          mode: 0o755,
        },
      );
      const child = start(['verify', 'firmware', '--on', 'host', '-q'], {
        cwd: folder,
        env: { TINYML_CC: compiler, TMPDIR: temporary },
      });
      const end = outcome(child);
      await until(() => existsSync(started));
      assert.match(
        readdirSync(temporary).join(' '),
        /tinyml-verify-/,
        'the build is not where this test looks',
      );
      child.kill('SIGINT');
      const { status, stderr } = await end;
      assert.equal(status, 130, stderr);
      assert.deepEqual(
        readdirSync(temporary).filter((name) => name.startsWith('tinyml-')),
        [],
      );
      const pid = readFileSync(started, 'utf8').trim();
      await until(() => !existsSync(`/proc/${pid}`));
    }),
);

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('waited twenty seconds in vain');
}
