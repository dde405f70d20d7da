import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { loadPreprocess } from '../../src/data/load-preprocess.ts';
import { type Preprocess, RAW_VALUES } from '../../src/data/preprocess.ts';
import { RECIPE_RATES, RECIPES } from '../../src/signal/recipes.ts';
import { failure, fileWriter, npyFile, pngFile, readAll, valuesOf } from './files.ts';

const write = fileWriter();

/** Values of one image after preprocessing. */
async function preprocessed(
  png: Buffer,
  shape: readonly number[],
  changes: Partial<Preprocess>,
): Promise<readonly number[]> {
  const folder = dirname(write('one/image.png', png));
  const [sample] = await readAll(folder, { inputShapes: [shape], preprocess: { ...RAW_VALUES, ...changes } });
  return valuesOf(sample);
}

test('a file with nothing in it changes nothing; every default is filled in', async () => {
  assert.deepEqual((await loadPreprocess(write('empty.json', '{}'))).preprocess, RAW_VALUES);
  const { preprocess: full } = await loadPreprocess(
    write(
      'full.json',
      '{"resize": {"width": 96}, "channels": "bgr", "scale": 0.5, "mean": [1, 2, 3], "std": 4, "layout": "nhwc", "sound": {"rate": 16000}, "table": {"columns": ["x", "y"]}, "windows": {"step": 8000}}',
    ),
  );
  assert.deepEqual(full, {
    resize: { width: 96, height: null, method: 'bilinear', fit: 'stretch' },
    sound: { rate: 16000, features: null },
    table: { columns: ['x', 'y'], step: null },
    windows: { step: 8000 },
    channels: 'bgr',
    scale: 0.5,
    mean: [1, 2, 3],
    std: [4],
    layout: 'nhwc',
  });
});

test('a wrong description is E_PREPROCESS that says where', async () => {
  for (const [text, place] of [
    ['{"scal": 1}', /top level/],
    ['{"resize": {"width": 0}}', /resize\.width/],
    ['{"channels": "rbg"}', /channels/],
    ['{"resize": {"method": "cubic"}}', /resize\.method/],
    ['{"sound": {}}', /sound\.rate/],
    ['{"windows": {"step": 0}}', /windows\.step/],
    ['{"table": {}}', /table\.columns/],
    ['{"table": {"columns": ["x", "y", "x"]}}', /columns\[2\]/],
    ['{"table": {"columns": ["x"], "step": 0}}', /table\.step/],
    ['{"std": 0}', /std/],
    ['{"mean": []}', /mean/],
    ['[1, 2]', /top level/],
    ['{"scale": }', /wrong\.json/],
  ] as const) {
    const path = write('wrong.json', text);
    const error = await loadPreprocess(path).then(
      () => assert.fail(`${text} was taken`),
      (cause) => cause,
    );
    assert.equal(error.code, 'E_PREPROCESS', text);
    assert.match(error.at.join(), place, text);
  }
  await failure('E_FILE', () => loadPreprocess('no-such-file.json'));
});

test('a key that is missing is named, with what it takes, and keys of features are described elsewhere', async () => {
  const refused = (text: string) => failure('E_PREPROCESS', () => loadPreprocess(write('wrong.json', text)));
  const rate = await refused('{"sound": {}}');
  assert.equal(rate.message, '"rate" is missing (expected: a number)');
  assert.match(rate.hint!, /docs\/data\.md/);
  const base = await refused(
    '{"sound": {"rate": 8000, "features": {"frameLength": 256, "frameStep": 128, "log": {"base": "ln"}}}}',
  );
  assert.match(base.hint!, /docs\/sound\.md/);
});

test('a front end that is named takes the rate that it is defined for, and those of librosa any', async () => {
  const file = (name: string, rate: number) =>
    write('kws.json', JSON.stringify({ sound: { rate, features: name } }));
  for (const [name, rate] of RECIPE_RATES) {
    const { preprocess } = await loadPreprocess(file(name, rate));
    assert.deepEqual(preprocess.sound, { rate, features: RECIPES.get(name) });
    const { message, at, hint } = await failure('E_PREPROCESS', () => loadPreprocess(file(name, rate / 2)));
    assert.match(
      message,
      new RegExp(`^"${name}" is defined for ${rate} Hz, not for ${rate / 2}: give "rate"`),
    );
    assert.match(at.join(), /kws\.json: sound\.features$/);
    assert.match(hint!, /docs\/sound\.md/);
  }
  for (const rate of [8000, 22050]) {
    const { preprocess } = await loadPreprocess(file('librosa-mfcc', rate));
    assert.equal(preprocess.sound?.rate, rate);
  }
});

test('scale, mean and std are applied per channel of the model, in its axis order', async () => {
  const png = pngFile(2, 1, 3, [10, 20, 30, 40, 50, 60]);
  const changes = { scale: 0.5, mean: [1, 2, 3], std: [1, 2, 4] };
  assert.deepEqual(await preprocessed(png, [1, 3, 1, 2], changes), [4, 19, 4, 11.5, 3, 6.75]);
  assert.deepEqual(
    await preprocessed(png, [1, 1, 2, 3], { ...changes, layout: 'nhwc' }),
    [4, 4, 3, 19, 11.5, 6.75],
  );
  assert.deepEqual(
    await preprocessed(png, [1, 3, 1, 2], { ...changes, channels: 'bgr' }),
    [14, 29, 4, 11.5, 0.5, 4.25],
  );
  assert.deepEqual(await preprocessed(png, [1, 6], {}), [10, 40, 20, 50, 30, 60]);
});

test('grey is the BT.601 luma; colour from grey has three equal channels', async () => {
  const colour = pngFile(4, 1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);
  assert.deepEqual(await preprocessed(colour, [1, 1, 1, 4], { channels: 'gray' }), [76, 150, 29, 255]);
  const grey = pngFile(1, 1, 1, [9]);
  assert.deepEqual(await preprocessed(grey, [1, 3, 1, 1], { channels: 'rgb' }), [9, 9, 9]);
});

test('an image of another size is E_DATA that names both shapes, and resize cures it', async () => {
  const png = pngFile(4, 2, 1, [0, 0, 8, 8, 0, 0, 8, 8]);
  const error = await failure('E_DATA', () => preprocessed(png, [1, 3, 32, 32], {}));
  assert.match(error.message, /1x2x4.*\[1, 3, 32, 32\]/);
  assert.match(error.at[0]!, /image\.png/);
  const resize = { width: null, height: null, method: 'bilinear', fit: 'stretch' } as const;
  assert.deepEqual(await preprocessed(png, [1, 1, 1, 2], { resize }), [0, 8]);
  const grey = await failure('E_DATA', () => preprocessed(png, [1, 3, 2, 4], {}));
  assert.match(grey.hint!, /"channels": "rgb"/);
});

test('descriptions that do not fit the data are E_PREPROCESS', async () => {
  const png = pngFile(1, 1, 3, [1, 2, 3]);
  await assert.rejects(preprocessed(png, [1, 3, 1, 1], { mean: [1, 2] }), { code: 'E_PREPROCESS' });
  const array = write('x.npy', npyFile('<f4', [1, 4], new Float32Array(4)));
  await failure('E_PREPROCESS', () =>
    readAll(array, { inputShapes: [[1, 4]], preprocess: { ...RAW_VALUES, channels: 'gray' } }),
  );
  const scaled = await readAll(array, {
    inputShapes: [[1, 4]],
    preprocess: { ...RAW_VALUES, mean: [2], std: [4] },
  });
  assert.deepEqual(valuesOf(scaled[0]), [-0.5, -0.5, -0.5, -0.5]);
});

/** What is said of a description that is refused. */
async function refused(text: string): Promise<{ message: string; at: string; hint: string }> {
  const {
    message,
    at,
    hint = '',
  } = await failure('E_PREPROCESS', () => loadPreprocess(write('refused.json', text)));
  return { message, at: at.join('\n'), hint };
}

test('what is refused is said in one sentence, with what is accepted', async () => {
  for (const [text, message] of [
    ['{"std": "1/x"}', '"std" must be a number or a list of numbers, one for each channel, not "1/x"'],
    [
      '{"mean": [0, null]}',
      '"mean" must be a number or a list of numbers, one for each channel, not [0,null]',
    ],
    ['{"scale": "1/0"}', '"scale" must be a number, not "1/0"'],
    ['{"order": "RGB"}', 'unknown key "order"'],
    ['{"channels": "RBG"}', '"channels" must be "rgb", "bgr" or "gray", not "RBG"'],
    [
      '{"resize": 64}',
      '"resize" must be an object, not 64: { "width": 64, "height": 64 } makes 64 x 64 pixels, { "shorter": 64 } cuts the middle out of an image whose shorter side becomes 64, {} takes the size of the model',
    ],
    ['{"resize": {"width": "64px"}}', '"width" must be a number, not "64px"'],
    ['{"resize": {"width": 0}}', '"width" must be at least 1, not 0'],
    ['{"resize": {"shorter": 256, "fit": "pad"}}', /"fit" then is "crop", not "pad"/],
    ['{"sound": 16000}', '"sound" must be an object with "rate", "features", not 16000'],
    ['{"windows": {"step": 0.5}}', /"step" must be a whole number, not 0\.5/],
    ['[1, 2]', /^the value must be an object with "resize", /],
  ] as const) {
    const refusal = await refused(text);
    if (typeof message === 'string') assert.equal(refusal.message, message, text);
    else assert.match(refusal.message, message, text);
  }
  assert.equal((await refused('{"order": "RGB"}')).hint, 'Did you mean "channels"?');
});

test('quotients, numbers in quotes and names in capitals mean what they say', async () => {
  const { preprocess: taken } = await loadPreprocess(
    write(
      'loose.json',
      '{"scale": "1/255", "mean": ["0.485", 0.456, "1e-1"], "std": " 58.4 / 255 ", "channels": "RGB", "layout": "channels_last", "resize": {"method": "Area", "shorter": 256}}',
    ),
  );
  assert.deepEqual(taken, {
    ...RAW_VALUES,
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.1],
    std: [58.4 / 255],
    channels: 'rgb',
    layout: 'nhwc',
    resize: { width: null, height: null, method: 'area', fit: 'crop', shorter: 256 },
  });
  const { preprocess: grey } = await loadPreprocess(write('grey.json', '{"channels": "Grayscale"}'));
  assert.equal(grey.channels, 'gray');
});

test('a shorter side that does not cover the input is refused', async () => {
  const png = pngFile(4, 2, 1, [0, 0, 8, 8, 0, 0, 8, 8]);
  const resize = { width: null, height: null, method: 'antialias', fit: 'crop', shorter: 5 } as const;
  const error = await failure('E_PREPROCESS', () => preprocessed(png, [1, 1, 7, 6], { resize }));
  assert.match(error.message, /no 6x7 pixels can be cut out of images whose shorter side has 5/);
  assert.equal((await preprocessed(png, [1, 1, 4, 4], { resize: { ...resize, shorter: 4 } })).length, 16);
});

test('numbers that leave no value finite are refused with the field and its range', async () => {
  for (const [text, field] of [
    ['{"std": 1e-300}', 'std'],
    ['{"std": [1, 1e12]}', 'std'],
    ['{"mean": 1e300}', 'mean'],
    ['{"mean": [0, -1e10]}', 'mean'],
    ['{"scale": 0}', 'scale'],
    ['{"scale": -1e-20}', 'scale'],
  ] as const) {
    const { message, at } = await refused(text);
    assert.match(at, new RegExp(`: ${field}`), text);
    assert.match(message, /must be from/, text);
  }
  const { preprocess: least } = await loadPreprocess(write('least.json', '{"scale": -1e-9, "std": 1e9}'));
  const { scale, std } = least;
  assert.deepEqual([scale, std], [-1e-9, [1e9]]);
});

test('a misspelt key is answered with keys of its own level, and words of other tools with ours', async () => {
  for (const [text, hint] of [
    ['{"scael": 1}', 'Did you mean "scale"?'],
    ['{"resize": {"widht": 3}}', 'Did you mean "width"?'],
    ['{"resize": {"size": 3}}', 'Did you mean "width", "height"?'],
    ['{"size": [3, 4]}', 'Did you mean "resize.width", "resize.height"?'],
    ['{"normalize": true}', 'Did you mean "mean", "std"?'],
    ['{"rescale_factor": 0.1}', 'Did you mean "scale"?'],
    ['{"width": 3}', 'Did you mean "resize.width"?'],
    ['{"sample_rate": 8000}', 'Did you mean "sound.rate"?'],
    [
      '{"sound": {"rate": 8000, "features": {"frameLength": 256, "frameStep": 128, "n_mels": 3}}}',
      'Did you mean "mel.bands"?',
    ],
    ['{"qqq": 1}', 'docs/data.md says what each key takes.'],
  ] as const) {
    assert.equal((await refused(text)).hint, hint, text);
  }
});

test('of many unknown keys the first are named, and long ones are cut', async () => {
  const keys = Object.fromEntries(Array.from({ length: 1800 }, (_, i) => [`key_${i}`, i]));
  const many = await refused(JSON.stringify(keys));
  assert.match(many.message, /"key_0", .*"key_9" and 1,790 more$/);
  assert.ok(many.message.length + many.at.length + many.hint.length < 500);
  const long = await refused(JSON.stringify({ ['x'.repeat(10_000)]: 1 }));
  assert.ok(long.message.length < 200);
  const faults = await refused(JSON.stringify({ mean: Array.from({ length: 1000 }, () => 'x') }));
  assert.ok(faults.at.length < 5000, String(faults.at.length));
});

test('a resize to another size than that of the model names both, and what to write', async () => {
  const png = pngFile(4, 2, 1, [0, 0, 8, 8, 0, 0, 8, 8]);
  const resize = { width: 3, height: 5, method: 'bilinear', fit: 'stretch' } as const;
  const error = await failure('E_DATA', () => preprocessed(png, [1, 1, 7, 6], { resize }));
  assert.match(error.hint!, /makes images of 3x5 .*takes 6x7: give "width": 6, "height": 7/);
});
