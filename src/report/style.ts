/**
 * The look of pages, in light and dark. Text has a contrast of at least 4.5 with its ground, pictures of at least 3
 * (WCAG 2.2, 1.4.3 and 1.4.11); nothing but a table is ever wider than its window, and tables scroll in themselves.
 */

/** Of lines and bars, as `var(--c0)` and so on. */
export const COLOURS = 8;

const LIGHT = {
  ground: '#ffffff',
  text: '#1c2430',
  soft: '#55606e',
  rule: '#e3e7ec',
  good: '#1a7f37',
  fair: '#8a5a00',
  bad: '#b93226',
  c: ['#2f6fc6', '#b8650f', '#2f8a4c', '#c0392b', '#8457b8', '#6b7785', '#b8577f', '#1f8791'],
};
const DARK: typeof LIGHT = {
  ground: '#14181d',
  text: '#dde3ea',
  soft: '#a9b4c0',
  rule: '#2c343d',
  good: '#5cc98a',
  fair: '#e0b04c',
  bad: '#ff8f85',
  c: ['#5b9bf0', '#e0a050', '#5fbf7f', '#f0776a', '#b08fe0', '#9aa7b5', '#e08bae', '#4fc3cf'],
};

function variables({ c, ...named }: typeof LIGHT): string {
  const all = [...Object.entries(named), ...c.map((colour, i) => [`c${i}`, colour] as const)];
  return all.map(([name, colour]) => `--${name}:${colour}`).join(';');
}

const NARROW = '@media(max-width:640px)';

export const STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media(prefers-color-scheme:dark){:root{${variables(DARK)}}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--ground);max-width:1040px;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}.lead{color:var(--soft);margin:.2rem 0 0}
.note{color:var(--soft);max-width:46rem;margin:.4rem 0}ul,ol{padding-left:1.4rem}
.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}.verdict{font-size:1.1rem;font-weight:600;margin:.4rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th{font-weight:600;color:var(--soft)}.right{text-align:right}.facts th{overflow-wrap:normal;min-width:6rem}
.scroll{overflow-x:auto;max-width:100%;overflow-wrap:normal}.scroll th,.scroll td{white-space:nowrap}.scroll .long{white-space:normal;min-width:18rem;overflow-wrap:anywhere}
figure{margin:0}.chart{font-size:12px;line-height:1.35;margin:.4rem 0 1rem;font-variant-numeric:tabular-nums}
.still{display:inline-block;margin:0 .8rem .8rem 0;color:var(--soft);max-width:100%}.still img{display:block;width:320px;max-width:100%;image-rendering:pixelated}
.bar{display:grid;grid-template-columns:16rem 1fr;gap:0 .6rem;align-items:center;margin:3px 0}.bar>span{text-align:right}
.track{display:flex;align-items:center;gap:.4rem;white-space:nowrap;min-width:0}
.track i{flex:none;height:14px;width:calc((100% - var(--room) - .4rem)*var(--share));background:var(--c0)}
.track i.good{background:var(--good)}.track i.fair{background:var(--fair)}.track i.bad{background:var(--bad)}
.interval{position:relative;height:14px;margin-right:4.5rem}.interval span{position:absolute;left:calc(100% + .5rem);white-space:nowrap}
.axis{position:relative;height:1.4em;margin-right:4.5rem}
.plot{position:relative;height:220px;margin:.7rem 2.2rem 1.7rem calc(var(--room) + .6rem)}
.tall{height:340px;margin-bottom:.4rem}
svg.fill{position:absolute;inset:0;width:100%;height:100%;overflow:visible}svg.fill *{vector-effect:non-scaling-stroke}
.y,.x{position:absolute;white-space:nowrap}.y{right:calc(100% + .5rem);transform:translateY(50%)}.x{top:calc(100% + .3rem);transform:translateX(-50%)}.axis .x{top:.2em}
.keys{display:flex;flex-wrap:wrap;gap:.1rem 1rem}.keys i{display:inline-block;width:10px;height:10px;margin-right:.4rem}.keys>:first-child{margin-right:auto}
${NARROW}{.scroll :is(th,td):first-child{position:sticky;left:0;background:var(--ground)}.scroll .name{white-space:normal;overflow-wrap:anywhere;min-width:9rem;max-width:9rem}body{margin:1rem auto}.odd{display:none}.bar{grid-template-columns:1fr}.bar>span{text-align:left}.scroll .long{min-width:14rem}}
@media(min-width:641px){.scroll .name{max-width:30rem;white-space:normal;overflow-wrap:anywhere;min-width:12rem}}
`;
