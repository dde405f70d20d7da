import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barChart, lineChart } from '../../src/report/charts.ts';
import { sqnrChart } from '../../src/report/sqnr-chart.ts';

/** Texts beside a picture, in order. */
const texts = (chart: string): readonly string[] =>
  [...chart.matchAll(/<span[^>]*>([^<]+)</g)].map(([, text]) => text!);

/** Points of its lines. */
const lines = (svg: string): readonly (readonly (readonly number[])[])[] =>
  [...svg.matchAll(/points="([^"]*)"/g)].map(([, points]) =>
    points!.split(' ').map((point) => point.split(',').map(Number)),
  );

test('a chart has round marks, and points where they belong between them', () => {
  const svg = lineChart(
    [
      {
        label: '',
        points: [
          [0, 0],
          [50, 1],
          [100, 2],
        ],
      },
    ],
    { x: 'step', unit: '%' },
  );
  const [line] = lines(svg);
  const [first, middle, last] = line!;
  assert.ok(first![0]! < middle![0]! && middle![0]! < last![0]!);
  assert.ok(first![1]! > middle![1]! && middle![1]! > last![1]!, 'larger values are higher');
  assert.ok(Math.abs((first![1]! + last![1]!) / 2 - middle![1]!) < 0.2);
  assert.deepEqual(texts(svg), [
    '0.0 %',
    '0.5 %',
    '1.0 %',
    '1.5 %',
    '2.0 %',
    '0',
    '20',
    '40',
    '60',
    '80',
    '100',
    '→ step',
  ]);
});

test('lines with labels have a legend; labels are no markup', () => {
  const svg = lineChart(
    [
      {
        label: 'conv<1>',
        points: [
          [0, 1],
          [1, 3],
        ],
      },
      {
        label: 'dense',
        points: [
          [0, 2],
          [1, 1],
        ],
      },
    ],
    { x: 'step' },
  );
  assert.equal(lines(svg).length, 2);
  assert.ok(svg.includes('conv&#60;1&#62;') && svg.includes('dense'));
});

test('marks tell small differences apart', () => {
  const svg = lineChart(
    [
      {
        label: '',
        points: [
          [0, 0.99991],
          [1, 0.99996],
        ],
      },
    ],
    { x: 'step' },
  );
  const marks = texts(svg).filter((text) => text.startsWith('0.999') || text.startsWith('1.000'));
  assert.ok(marks.length >= 3 && new Set(marks).size === marks.length, marks.join());
});

test('charts of one point, of equal values and of nothing', () => {
  assert.match(
    lineChart([{ label: '', points: [[3, 5]] }], { x: 'step' }),
    /<path d="M0 1000h0" [^>]*stroke-linecap="round"/,
  );
  assert.doesNotMatch(
    lineChart(
      [
        {
          label: '',
          points: [
            [0, 0],
            [1, 0],
          ],
        },
      ],
      { x: 'step' },
    ),
    /NaN|Infinity/,
  );
  assert.doesNotMatch(
    lineChart(
      [
        {
          label: '',
          points: [
            [0, -7],
            [1e9, -7],
          ],
        },
      ],
      { x: 'step' },
    ),
    /NaN|Infinity/,
  );
  assert.equal(lineChart([{ label: 'a', points: [] }], { x: 'step' }), '');
});

test('bars are as long as their values of the largest, or of what is full', () => {
  const bars = [
    { label: 'a<b', value: 2, text: '2 dB', tone: 'good' as const },
    { label: 'long', value: 8, text: '8 dB' },
    { label: 'negative', value: -1, text: '-1 dB' },
  ];
  const shares = (chart: string) =>
    [...chart.matchAll(/--share:([\d.]+)/g)].map(([, share]) => Number(share));
  assert.deepEqual(shares(barChart(bars)), [0.25, 1, 0]);
  assert.deepEqual(shares(barChart(bars, { full: 4 })), [0.5, 1, 0]);
  assert.match(barChart(bars), /a&#60;b<\/span><div class="track"><i class="good"/);
});

test('SQNR is told from good to bad, and exact layers are whole bars', () => {
  const chart = sqnrChart([null, 35, 12, 3].map((sqnrDb, i) => ({ name: `layer${i}`, sqnrDb })));
  const tones = [...chart.matchAll(/<i class="(\w+)" style="--share:([\d.]+)"/g)].map(
    ([, ...found]) => found,
  );
  assert.deepEqual(tones, [
    ['good', '1'],
    ['good', '1'],
    ['fair', '0.343'],
    ['bad', '0.086'],
  ]);
  assert.match(chart, /Higher is better/);
});
