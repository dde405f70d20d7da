/** Every page in a browser, as wide as a desk and as a telephone, in light and dark: nothing is cut, covered or faint. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { type Browser, startBrowser } from './browser.ts';
import { allPages } from './pages.ts';

const CHROMIUM = '/usr/bin/chromium';

const VIEWS = [1280, 390].flatMap((width) => [false, true].map((dark) => ({ width, dark })));

type Seen = { readonly height: number; readonly texts: number; readonly faults: readonly string[] };

const LOOK = readFileSync(join(packageRoot(), 'test', 'report', 'faults.js'), 'utf8');

/** What cannot be read on a page in a view. */
async function faultsIn(browser: Browser, view: (typeof VIEWS)[number]): Promise<Seen> {
  await browser.look({ ...view, height: 800 });
  const height = await browser.evaluate<number>('document.documentElement.scrollHeight');
  await browser.look({ ...view, height });
  return browser.evaluate<Seen>(LOOK);
}

const PAGES = await allPages();

test('every page of a command is looked at', () => {
  const made = [...PAGES.keys()].map((name) => name.split(',')[0]!);
  const there = readdirSync(join(packageRoot(), 'src', 'report'))
    .filter((name) => name.endsWith('-page.ts'))
    .filter((name) => readFileSync(join(packageRoot(), 'src', 'report', name), 'utf8').includes('htmlPage('))
    .map((name) => name.replace('.ts', ''));
  assert.deepEqual([...new Set(made)].sort(), there.sort());
});

describe('in a browser', () => {
  let browser: Browser;
  before(async () => {
    assert.ok(existsSync(CHROMIUM), 'run scripts/install-system-packages.sh tests');
    browser = await startBrowser(CHROMIUM);
  });
  after(() => browser?.close());

  for (const [name, html] of PAGES) {
    test(`${name} can be read, whatever the window`, async () => {
      assert.deepEqual(await browser.open(html), [], 'on the console');
      for (const view of VIEWS) {
        const { texts, faults } = await faultsIn(browser, view);
        assert.ok(texts > 10, 'there is hardly any text');
        assert.deepEqual(faults, [], `${view.width} pixels wide, ${view.dark ? 'dark' : 'light'}`);
      }
    });
  }

  test('what could not be read would be found', async () => {
    const faults = async (body: string): Promise<string> => {
      await browser.open(`<!doctype html><body style="background:#fff;font:15px sans-serif">${body}`);
      return (await faultsIn(browser, { width: 390, dark: false })).faults.join('\n');
    };
    assert.equal(await faults('<p>all is well</p>'), '');
    for (const [body, fault] of [
      ['<p style="color:#888">grey</p>', /"grey" has a contrast of 3\.5/],
      ['<p style="width:900px">wide</p>', /the page is \d+ pixels wide, the window 390/],
      ['<p style="overflow:hidden;width:3em;white-space:nowrap">a long line</p>', /cut: "a long line"/],
      ['<div style="height:4px">one</div><div>two</div>', /"one" lies over "two"/],
      [
        '<svg viewBox="0 0 960 40" width="300"><text x="20" y="20">small</text></svg>',
        /"small" is 4\.\d pixels high/,
      ],
      [
        '<svg viewBox="0 0 99 40" width="99"><text x="90" y="20">out of it</text></svg>',
        /"out of it" is outside/,
      ],
      [
        '<svg viewBox="0 0 99 40" width="99"><rect width="99" height="40"/><text x="9" y="20">on it</text></svg>',
        /"on it" has a contrast of 1\.0/,
      ],
    ] as const) {
      assert.match(await faults(body), fault);
    }
  });

  test('errors on the console would be heard', async () => {
    const heard = await browser.open('<!doctype html><script>throw new Error("oh")</script>');
    assert.match(heard.join('\n'), /Error: oh/);
  });
});
