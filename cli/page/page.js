'use strict';
/* Shows the sections of a page (page.h). Whatever comes from data goes in as text, never as markup. */
const data = JSON.parse(document.getElementById('data').textContent);
const el = (name, attributes, ...children) => {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) e[key] = value;
    else if (value !== undefined && value !== null && value !== false) e.setAttribute(key, value === true ? '' : value);
  }
  e.append(...children.filter((child) => child !== null && child !== undefined));
  return e;
};
const isNumber = (value) => typeof value === 'number';
/* A number as it was printed by --json, but not longer than nine digits. */
const show = (value) => (value === null || value === undefined ? '–' : isNumber(value) ? String(Number(value.toPrecision(9))) : String(value));
const brief = (value) => (value === null || value === undefined ? '–' : Number(value.toPrecision(4)).toLocaleString('en', { maximumSignificantDigits: 4 }));
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 4], [1, 5], [12, 3, 2, 3, 2, 3]];

/* ---- Charts ---- */

const charts = [];
const timeText = (seconds) => new Date(seconds * 1000).toISOString().replace('T00:00:00.000Z', '').replace(/\.000Z$/, '').replace('T', ' ');
const xText = (c, x) => (c.time ? timeText(x) : brief(x));

const WHOLE = [1, 2, 5].flatMap((n) => Array.from({ length: 13 }, (_, p) => n * 10 ** p)).sort((a, b) => a - b);

/* All series over one axis: uPlot wants their x to be shared. */
function joined(c) {
  const parts = c.series.map((s) => {
    const columns = [s.x || s.y.map((_, i) => i + 1), s.y];
    if (s.low) columns.push(s.low, s.high);
    return columns;
  });
  return uPlot.join(parts);
}

function hues(c) { return c.series.map((s, i) => colour(`--c${((s.colour || i + 1) - 1) % 8 + 1}`)); }
const dashOf = (s, i) => DASHES[i % DASHES.length];

function uplotOptions(c, width, height, hue, at) {
  const axis = { stroke: colour('--ink'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 }, font: '12px system-ui, sans-serif' };
  const series = [{}], bands = [];
  c.series.forEach((s, i) => {
    const few = s.y.filter((y) => y !== null).length < 40;
    series.push({ label: s.name, stroke: hue[i], width: 2, dash: s.points ? undefined : dashOf(s, i), spanGaps: c.series.length > 1 && !s.gaps,
      paths: s.points ? () => null : undefined, points: { show: s.points || few, size: s.points ? 5 : 4, fill: hue[i], stroke: hue[i] } });
    if (!s.low) return;
    const k = series.length;
    for (let edge = 0; edge < 2; edge++) series.push({ stroke: hue[i] + '66', width: 1, points: { show: false }, spanGaps: true });
    bands.push({ series: [k + 1, k], fill: hue[i] + '30' });
  });
  return { width, height, series, bands, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'), legend: { show: false }, cursor: { y: false, drag: { x: true, y: false } },
    scales: { x: { time: !!c.time }, y: c.log ? { distr: 3 } : { range: (u, from, to) => (from === to ? [from - (from ? Math.abs(from) / 10 : 0), to + (to ? Math.abs(to) / 10 : 1)] : uPlot.rangeNum(from, to, 0.1, true)) } },
    axes: [{ ...axis, ...(c.time ? {} : { label: c.x, labelSize: 22, labelFont: axis.font, incrs: WHOLE }), size: 34 },
      { ...axis, size: (u, values) => 18 + 7.5 * Math.max(3, ...(values || []).map((v) => String(v ?? '').length)),
        values: (u, ticks) => ticks.map((v) => (v === null ? '' : Math.abs(v) >= 1e5 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential() : String(Number(v.toPrecision(6))))) }],
    hooks: { setCursor: [(u) => at(u.cursor.idx)] } };
}

/* In words what the lines do. */
function summary(c) {
  return c.series.map((s) => {
    const y = s.y.filter((value) => value !== null);
    if (y.length === 0) return `${s.name}: nothing yet`;
    return `${s.name}: ${y.length} points, from ${brief(y[0])} to ${brief(y[y.length - 1])}, least ${brief(Math.min(...y))}, most ${brief(Math.max(...y))}`;
  }).join('; ');
}

const MOST_ROWS = 500;
function chartTable(c) {
  const columns = joined(c), names = [c.x || 'x'];
  c.series.forEach((s) => { names.push(s.name); if (s.low) names.push(s.name + ', low', s.name + ', high'); });
  const every = Math.ceil(columns[0].length / MOST_ROWS), rows = [];
  for (let i = 0; i < columns[0].length; i += every) rows.push(columns.map((values, k) => (k === 0 && c.time ? timeText(values[i]) : values[i])));
  const t = table({ columns: names, rows });
  return every > 1 ? el('div', {}, el('p', { class: 'note' }, `Every ${every}th point.`), t) : t;
}

function lineSample(hue, dash) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ width: 28, height: 8, 'aria-hidden': 'true' })) svg.setAttribute(key, value);
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  for (const [key, value] of Object.entries({ x1: 0, y1: 4, x2: 28, y2: 4, stroke: hue, 'stroke-width': 2.5, 'stroke-dasharray': dash.join(' ') })) line.setAttribute(key, value);
  svg.append(line);
  return svg;
}

function chart(c) {
  const box = el('div', { class: 'chart', tabindex: 0, role: 'img', 'aria-label': `${c.title}. ${summary(c)}. Left and right keys read points.` });
  const reading = el('div', { class: 'reading', 'aria-live': 'polite' }), legend = el('div', { class: 'legend' });
  const details = el('details', {}, el('summary', {}, 'The numbers'));
  details.ontoggle = () => { if (details.open && details.children.length === 1) details.append(chartTable(c)); };
  const columns = joined(c), shown = c.series.map(() => true);
  let plot = null, cursor = -1;
  const read = (i) => {
    if (i === null || i === undefined || i < 0) { reading.textContent = ''; return; }
    let k = 1;
    reading.textContent = `${c.x || 'x'} ${xText(c, columns[0][i])}: ` + c.series.map((s) => {
      const y = columns[k][i], band = s.low ? ` (${brief(columns[k + 1][i])} … ${brief(columns[k + 2][i])})` : '';
      k += s.low ? 3 : 1;
      return y === null || y === undefined ? null : `${s.name} ${brief(y)}${band}`;
    }).filter((text) => text).join(', ');
  };
  const draw = () => {
    const width = Math.max(200, Math.floor(box.clientWidth)), hue = hues(c);
    if (plot) plot.destroy();
    plot = new uPlot(uplotOptions(c, width, Math.min(280, Math.max(190, width * 0.55)), hue, read), columns, box);
    let k = 1;
    c.series.forEach((s, i) => { for (let e = s.low ? 3 : 1; e > 0; e--) plot.setSeries(k++, { show: shown[i] }); });
    if (c.series.length > 1 || c.series[0].band) legend.replaceChildren(...c.series.map((s, i) => {
      const button = el('button', { type: 'button', 'aria-pressed': String(shown[i]), title: 'show or hide' }, lineSample(hue[i], s.points ? [3, 5] : dashOf(s, i)), s.band ? `${s.name}, ${s.band}` : s.name);
      button.onclick = () => { shown[i] = !shown[i]; draw(); legend.children[i].focus(); };
      return button;
    }));
  };
  box.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
    if (!step) return;
    event.preventDefault();
    cursor = Math.min(columns[0].length - 1, Math.max(0, cursor + step));
    plot.setCursor({ left: plot.valToPos(columns[0][cursor], 'x'), top: 10 });
    read(cursor);
  };
  charts.push(draw);
  return [legend, box, reading, details];
}

/* ---- Tables ---- */

function cell(value, best) {
  if (value && typeof value === 'object' && 'share' in value)
    return el('td', { class: 'number' }, el('span', { class: 'bar', style: `width:${Math.round(70 * Math.min(1, Math.max(0, value.share)))}px` }), show(value.value));
  return el('td', isNumber(value) ? { class: 'number' } : { dir: 'auto' }, show(value));
}

function table(s) {
  const number = s.columns.map((_, i) => s.rows.some((row) => isNumber(row[i]) || (row[i] && typeof row[i] === 'object')));
  const rows = s.rows.map((row, r) => el('tr', s.best && s.best.includes(r) ? { class: 'best' } : {}, ...row.map((value) => cell(value))));
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': s.title || 'table' },
    el('table', {}, el('thead', {}, el('tr', {}, ...s.columns.map((name, i) => el('th', { scope: 'col', class: number[i] && 'number' }, name)))), el('tbody', {}, ...rows)));
}

function bars(s) {
  const most = Math.max(...s.bars.map((b) => b[1]), 1e-300), all = s.bars.reduce((sum, b) => sum + b[1], 0);
  return table({ title: s.title, columns: [s.name || '', s.count || 'count', 'share'], rows: s.bars.map(([name, n]) => [name, { share: n / most, value: n }, `${(100 * n / all).toFixed(1)} %`]) });
}

function confusion(s) {
  const sums = s.counts.map((row) => row.reduce((a, b) => a + b, 0));
  const body = s.counts.map((row, i) => el('tr', {}, el('th', { scope: 'row', dir: 'auto' }, s.labels[i]), ...row.map((n, j) => {
    const share = sums[i] ? n / sums[i] : 0;
    return el('td', { class: i === j && 'right', title: `${s.labels[i]} answered as ${s.labels[j]}: ${n} of ${sums[i]}`, style: n ? `background:color-mix(in srgb, var(--c${i === j ? 1 : 2}) ${Math.round(8 + 62 * share)}%, var(--paper))` : null }, n ? String(n) : '');
  })));
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': s.title },
    el('table', { class: 'matrix' }, el('caption', {}, 'Rows: what is right. Columns: the answer. Outlined: right answers.'),
      el('thead', {}, el('tr', {}, el('td', {}), ...s.labels.map((name) => el('th', { scope: 'col', dir: 'auto' }, name)))), el('tbody', {}, ...body)));
}

function sentences(s) {
  return s.sentences.map((words) => el('p', { class: 'words', dir: 'auto' }, ...words.map(([word, right, answer]) =>
    el('span', right === answer ? {} : { class: 'wrong' }, word, right === answer ? el('small', {}, right) : el('small', {}, '✗ ', el('del', {}, answer), ' → ', el('ins', {}, right))))));
}

function alignment(s) {
  const body = s.weights.map((row, i) => el('tr', {}, el('th', { scope: 'row', dir: 'auto' }, s.rows[i]), ...row.map((w, j) =>
    el('td', { title: `${s.rows[i]} looks at ${s.columns[j]}: ${show(w)}`, style: `background:color-mix(in srgb, var(--c1) ${Math.round(80 * w)}%, var(--paper))` }, w >= 0.1 ? w.toFixed(1).replace('0.', '.') : ''))));
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': s.title }, el('table', { class: 'matrix' },
    el('caption', {}, 'Rows: the answer. Columns: the source. Shares of a look, from .1 on.'),
    el('thead', {}, el('tr', {}, el('td', {}), ...s.columns.map((text) => el('th', { scope: 'col' }, text)))), el('tbody', {}, ...body)));
}

const kinds = {
  facts: (s) => el('dl', {}, ...s.facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', { dir: 'auto' }, show(value))])),
  chart, table, bars, confusion, sentences, alignment,
  texts: (s) => s.texts.flatMap(([heading, text]) => [el('p', { class: 'note' }, heading), el('pre', { dir: 'auto' }, text)]),
};

function section(s, number) {
  const id = `s${number}`;
  let content;
  try { content = [].concat(kinds[s.kind](s)); } catch (problem) { content = [el('p', {}, `This part cannot be shown: ${problem.message}`)]; console.error(problem); }
  if (s.folded) content = [el('details', {}, el('summary', {}, s.folded), ...content)];
  return el('section', { 'aria-labelledby': id, class: s.kind === 'table' || s.kind === 'texts' || s.kind === 'sentences' ? 'long' : null }, el('h2', { id }, s.title), s.note ? el('p', { class: 'note' }, s.note) : null, ...content);
}

/* ---- The page ---- */

function head() {
  const box = document.getElementById('head');
  if (data.state) box.append(el('span', { class: `state ${data.state}` }, { running: '… running', done: '✓ done', ended: '✗ ended early' }[data.state] || data.state));
  if (data.about) box.append(el('span', { class: 'note' }, data.about));
  if (data.state !== 'running') return;
  let paused = false;
  try { paused = sessionStorage.getItem('paused') === '1'; } catch { /* a file's page may have no storage */ }
  const button = el('button', { type: 'button' });
  const name = () => { button.textContent = paused ? 'Go on updating' : 'Pause updates'; };
  button.onclick = () => { paused = !paused; try { sessionStorage.setItem('paused', paused ? '1' : '0'); } catch { /* none */ } name(); };
  name();
  box.append(' ', button);
  setInterval(() => { if (!paused && !document.hidden && !document.querySelector('details[open]')) location.reload(); }, 1000 * (data.refresh || 5));
}

head();
let grid = null;
document.getElementById('main').replaceChildren();
data.sections.forEach((s, i) => {
  if (!s.half) grid = null;
  else if (!grid) { grid = el('div', { class: 'grid' }); document.getElementById('main').append(grid); }
  (grid || document.getElementById('main')).append(section(s, i));
});
const drawAll = () => charts.forEach((draw) => draw());
drawAll();
let width = document.documentElement.clientWidth;
addEventListener('resize', () => { if (document.documentElement.clientWidth !== width) { width = document.documentElement.clientWidth; drawAll(); } });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
matchMedia('print').addEventListener('change', drawAll);
