import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineChart } from '../../src/report/charts.ts';

/** Texts of an SVG, in order. */
const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);

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
    'step',
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
    /<circle cx="[\d.]+" cy="[\d.]+"/,
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
