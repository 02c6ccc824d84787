'use strict';
const docs = JSON.parse(document.getElementById('data').textContent), page = document.getElementById('page');

/* ---- Pieces: every text goes in as text, so that nothing in it is markup. */
function make(tag, attributes, ...children) {
  const svg = ['svg', 'path', 'line', 'text', 'g', 'circle'].includes(tag);
  const node = svg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}
/* Numbers with four digits, and a minus that is one. */
const show = (value) => plain(value).replace(/-/g, '−');
const plain = (value) => value === null || value === undefined ? '–' : value === 0 ? '0' : Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
const visible = (token) => token === '' ? '∅' : token === '\n' ? '↵\n' : token === ' ' ? '\u00a0' : token;
const titled = (pass) => `${pass.view}, layer ${pass.layer}, ${pass.direction}`;
const percent = (value) => `${(100 * value).toFixed(1)} %`;
function section(title, about, ...children) {
  const head = make('h2', {}, title), whole = make('section', {}, head, about ? make('p', { class: 'note' }, about) : null, ...children);
  page.append(whole);
  return whole;
}
function choice(name, options, change) {
  const select = make('select', { 'aria-label': name, onchange: () => change(Number(select.value)) }, options.map((text, i) => make('option', { value: i }, text)));
  return { node: make('label', {}, name, select), select };
}
const tint = (share, colour) => `color-mix(in srgb, var(${colour}) ${Math.round(100 * Math.min(1, Math.max(0, share)))}%, var(--paper))`;

/* Numbers over the steps, one coloured span each; blue above 0, orange and underlined below. Arrow keys go from step to step. */
function strip(tokens, values, options) {
  const bin = options.bin || 1, most = Math.max(1e-30, ...values.filter((v) => v !== null).map(Math.abs)), cells = options.cells;
  const said = make('div', { class: 'said', 'aria-live': 'polite' });
  const node = make('div', { class: `strip${cells ? ' cells' : options.words ? ' words' : ''}`, tabindex: 0, role: 'group', dir: 'auto', 'aria-label': `${options.label}: ${tokens.length} steps, largest ${show(most)}; arrow keys tell each` });
  let here = -1;
  const tell = (t) => {
    const all = node.children;
    if (here >= 0) all[here].classList.remove('here');
    here = Math.max(0, Math.min(all.length - 1, t));
    all[here].classList.add('here');
    said.textContent = `step ${here + 1}, ${cells ? tokens[here] : `“${tokens[here]}”`}: ${show(values[Math.floor(here / bin)])}${options.more ? options.more(here) : ''}`;
  };
  tokens.forEach((token, t) => {
    const value = values[Math.floor(t / bin)];
    node.append(make('span', { 'data-v': value === null || value === undefined ? '' : value, class: value < 0 ? 'minus' : null, title: `${token}: ${show(value)}`, style: value ? `background:${tint(0.75 * Math.abs(value) / most, value < 0 ? '--minus' : '--mark')}` : null, onclick: () => tell(t) }, cells ? '' : visible(token)));
  });
  node.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowDown: 10, ArrowLeft: -1, ArrowUp: -10 }[event.key];
    if (by) { tell(here + by); node.children[here].scrollIntoView({ block: 'nearest' }); event.preventDefault(); }
  });
  return [node, make('div', { class: 'scale' }, make('i', { style: 'background:linear-gradient(90deg, var(--minus), var(--paper), var(--mark))' }), `−${show(most)} … ${show(most)}; below 0: dashed line`), said];
}

/* A matrix as a table of coloured cells. On a logarithmic scale six decades lie between none and full. */
function heat(rows, options) {
  const all = rows.flat().filter((v) => v !== null), most = Math.max(1e-300, ...all.map((v) => Math.abs(v))), said = make('div', { class: 'said', 'aria-live': 'polite' });
  const share = (v) => !v ? 0 : options.log ? 1 + Math.log10(Math.abs(v) / most) / 6 : Math.abs(v) / most;
  const places = (r, c) => `${options.row(r)}, ${options.column(c)}: ${show(rows[r][c])}`;
  let here = null, at = [0, 0];
  const tell = (r, c) => {
    at = [Math.max(0, Math.min(rows.length - 1, r)), Math.max(0, Math.min(rows[0].length - 1, c))];
    if (here) here.classList.remove('here');
    here = body.rows[at[0]].cells[at[1] + 1];
    here.classList.add('here');
    said.textContent = places(at[0], at[1]);
  };
  const body = make('tbody', {}, rows.map((row, r) => make('tr', {}, make('th', { scope: 'row' }, options.row(r)), row.map((v, c) => make('td', { 'data-v': v === null ? '' : v, title: places(r, c), style: `background:${tint(share(v), '--mark')}`, onclick: () => tell(r, c) })))));
  const node = make('table', { class: `heat${rows.length <= 16 ? ' few' : ''}`, tabindex: 0, 'aria-label': `${options.label}; largest ${show(most)}; arrow keys tell each cell`, onkeydown: (event) => {
    const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (by) { tell(at[0] + by[0], at[1] + by[1]); event.preventDefault(); }
  } }, options.heads ? make('thead', {}, make('tr', {}, make('th', {}), rows[0].map((v, c) => make('th', { scope: 'col' }, options.heads(c))))) : null, body);
  return make('div', {}, options.title ? make('h3', {}, options.title) : null, make('div', { class: 'scroll' }, node), make('div', { class: 'scale' }, make('i', { style: 'background:linear-gradient(90deg, var(--paper), var(--mark))' }), options.log ? `${show(most / 1e6)} … ${show(most)}, logarithmic` : `0 … ${show(most)}`), said);
}

/* Lines in one picture. They differ in dashes as well as in colour. */
const dashes = ['', '7 3', '2 3', '10 3 2 3', '4 2', '1 2'], inks = ['--mark', '--minus', '--ink', '--quiet', '--mark', '--minus'];
function chart(lines, options) {
  const W = 640, H = 240, L = 58, R = 12, T = 10, B = 34, usable = lines.filter((line) => line.x.length > 0);
  const good = (v) => v !== null && v !== undefined && (!options.log || v > 0), f = (v) => options.log ? Math.log10(v) : v;
  const xs = usable.flatMap((line) => [line.x[0], line.x[line.x.length - 1]]), ys = usable.flatMap((line) => line.y.filter(good).map(f));
  if (!ys.length) return make('p', { class: 'note' }, 'Nothing to draw: all of it is 0.');
  const low = (v) => v.reduce((a, b) => Math.min(a, b), Infinity), high = (v) => v.reduce((a, b) => Math.max(a, b), -Infinity);
  const x0 = low(xs), x1 = Math.max(high(xs), x0 + 1e-9), y1 = high(ys), y0 = Math.min(options.log ? Math.max(low(ys), y1 - 40) : low(ys), y1 - 1e-9);
  const px = (x) => L + (W - L - R) * (x - x0) / (x1 - x0), py = (y) => T + (H - T - B) * (y1 - Math.max(f(y), y0)) / (y1 - y0);
  const svg = make('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': `${options.label}: ${usable.map((line) => `${line.name} from ${show(line.y.find(good))} to ${show(line.y.filter(good).pop())}`).join('; ')}` });
  for (let i = 0; i <= 4; i++) {
    const y = T + (H - T - B) * i / 4, value = y1 - (y1 - y0) * i / 4;
    svg.append(make('line', { class: 'axis', x1: L, x2: W - R, y1: y, y2: y }), make('text', { x: L - 5, y: y + 4, 'text-anchor': 'end' }, options.log ? show(10 ** value) : show(value)));
  }
  const wide = Math.max((x1 - x0) / 6, 1), ten = 10 ** Math.floor(Math.log10(wide)), every = ten * [1, 2, 5, 10].find((n) => n * ten >= wide); /* steps are whole */
  for (let x = Math.ceil(x0 / every) * every; x <= x1; x += every) svg.append(make('text', { x: px(x), y: H - B + 15, 'text-anchor': 'middle' }, show(x)));
  svg.append(make('text', { x: L + (W - L - R) / 2, y: H - 4, 'text-anchor': 'middle' }, options.x));
  usable.forEach((line, i) => {
    let path = '', pen = false;
    line.x.forEach((x, k) => { if (good(line.y[k])) { path += `${pen ? 'L' : 'M'}${px(x).toFixed(1)} ${py(line.y[k]).toFixed(1)}`; pen = true; } else pen = false; });
    svg.append(make('path', { class: 'line', d: path, style: `stroke:var(${inks[i % 6]})`, 'stroke-dasharray': dashes[i % 6] }));
  });
  return make('div', {}, svg, make('div', { class: 'key' }, usable.map((line, i) => make('span', {}, make('svg', { viewBox: '0 0 40 10', 'aria-hidden': 'true' }, make('path', { class: 'line', d: 'M0 5L40 5', style: `stroke:var(${inks[i % 6]})`, 'stroke-dasharray': dashes[i % 6] })), ` ${line.name}`))));
}
const count = (n) => Array.from({ length: n }, (v, i) => i + 1);
function table(heads, rows, caption) {
  return make('div', { class: 'scroll' }, make('table', {}, caption ? make('caption', { class: 'note' }, caption) : null, make('thead', {}, make('tr', {}, heads.map((head) => make('th', { scope: 'col' }, head)))), make('tbody', {}, rows.map((row) => make('tr', {}, row.map((cell) => make('td', { class: typeof cell === 'number' ? 'n' : null, dir: 'auto' }, typeof cell === 'number' ? show(cell) : cell)))))));
}

/* ---- The sections */
const doc = docs[0], input = doc.input, numeric = Boolean(doc.curves), words = ['word', 'token'].includes(input.unit), steps = doc.tokens[input.view];

function answers() {
  const a = doc.answer, parts = [];
  for (const one of docs) {
    const said = one.answer.text !== undefined ? one.answer.text : one.answer.tokens ? one.answer.tokens.filter((t) => t !== '⟨end⟩').join(one.task === 'transduce' || one.task === 'transcribe' ? '' : ' ') : '';
    parts.push(make('p', {}, `${one.model}, to ${one.task}`, said ? ': ' : '', said ? make('b', { dir: 'auto' }, said) : ''));
  }
  parts.push(make('p', { class: 'note' }, `${input.steps} steps (${input.unit}s)${input.total > input.steps ? ` of ${input.total}: --steps reads more` : ''}.`));
  if (a.labels) parts.push(...[...a.labels].sort((x, y) => y.probability - x.probability).slice(0, 8).map((label) => make('div', { class: 'bar' }, make('span', { dir: 'auto' }, label.name), make('i', { style: `width:${100 * label.probability}%` }), make('b', {}, percent(label.probability)))));
  if (a.tags) parts.push(make('p', {}, steps.map((word, t) => make('span', { class: 'tag', dir: 'auto' }, word, make('small', {}, `${a.tags[t]} ${percent(a.probability[t])}`)))));
  if (a.predictions) parts.push(chart([{ name: a.column, x: count(steps.length), y: (doc.curves.find((c) => c.name === a.column) || doc.curves[0]).values }, { name: 'predicted, from the rows before', x: count(steps.length).map((t) => t + 1), y: a.predictions }], { x: 'row', label: 'The series and its predictions one row ahead' }));
  page.append(...parts);
}

function units() {
  const layers = docs.flatMap((one) => one.layers.map((layer) => ({ one, layer })));
  if (!layers.length) return;
  const place = make('div'), gates = make('div'), unitPlace = make('span');
  let now = 0, unit = 0, what = 0;
  const whats = (u) => ['h', ...(u.c ? ['c'] : []), ...Object.keys(u.gates || {}).map((g) => `gate ${g}`)];
  const drawUnit = () => {
    const { one, layer } = layers[now], u = layer.units[unit], names = whats(u), name = names[Math.min(what, names.length - 1)];
    const values = name === 'h' ? u.h : name === 'c' ? u.c : u.gates[name.slice(5)], bin = name.startsWith('gate') ? u.bin : 1, tokens = one.tokens[layer.view];
    const cells = layer.view === input.view && numeric;
    place.replaceChildren(...strip(tokens, values, { bin, cells, words: words || layer.view === 'decoder', label: `${name} of unit ${u.unit}` }));
    if (cells) place.append(chart([{ name: doc.curves[0].name, x: count(tokens.length), y: doc.curves[0].values }], { x: input.unit, label: 'input' }), chart([{ name: `${name} of unit ${u.unit}`, x: values.map((v, i) => 1 + i * bin), y: values }], { x: input.unit, label: 'unit' }));
  };
  const drawLayer = () => {
    const { layer } = layers[now];
    unit = Math.min(unit, layer.units.length - 1);
    const pick = choice('unit', layer.units.map((u) => `${u.unit}${u.goes_with.length ? ` – ${u.goes_with[0].with}, r ${u.goes_with[0].r.toFixed(2)}` : ''}`), (i) => { unit = i; drawLayer(); });
    pick.select.value = unit;
    const kind = choice('shown', whats(layer.units[unit]), (i) => { what = i; drawUnit(); });
    what = Math.min(what, whats(layer.units[unit]).length - 1);
    kind.select.value = what;
    unitPlace.replaceChildren(make('div', { class: 'choices' }, pick.node, kind.node));
    drawUnit();
    drawGates(gates, layer);
  };
  const layerPick = choice('layer', layers.map(({ one, layer }) => `${docs.length > 1 ? `${one.model}: ` : ''}${titled(layer)}`), (i) => { now = i; drawLayer(); });
  section('Hidden units over the input', 'Each step is coloured by what one unit holds there. Units stand in the order of how well they go with something in the input (r: correlation). After Karpathy, Johnson and Fei-Fei, 2015.', make('div', { class: 'choices' }, layerPick.node), unitPlace, place, gates);
  drawLayer();
}

/* Which units keep what they have, and which let it go: the share of the time that a gate is nearly 1 and nearly 0. */
function drawGates(place, layer) {
  place.replaceChildren();
  if (!layer.gates.length) return;
  const keeps = layer.cell === 'lstm' ? 'f' : 'z', lets = layer.cell === 'lstm' ? 'f' : 'r';
  const best = (gate, key) => { const g = layer.gates.find((x) => x.gate === gate); return g[key].map((v, u) => [v, u]).sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, 5).map(([v, u]) => [`unit ${u}`, g.mean[u], percent(g.open[u]), percent(g.shut[u])]); };
  const heads = (gate) => ['', `mean ${gate}`, `${gate} > 0.9`, `${gate} < 0.1`];
  place.append(make('h3', {}, 'Gates'), make('div', { class: 'beside' }, table(heads(keeps), best(keeps, 'mean'), `Units that remember: ${keeps} near 1`), table(heads(lets), best(lets, 'shut'), `Units that reset: ${lets} near 0`)));
  const shown = layer.gates.filter((g) => g.gate.length === 1 && g.gate !== 'g' && g.gate !== 'n');
  place.append(make('div', { class: 'beside' }, shown.map((g) => {
    const svg = make('svg', { class: 'small', viewBox: '0 0 220 220', role: 'img', 'aria-label': `gate ${g.gate}: share of the time open against shut, one circle for each of ${g.open.length} units` });
    svg.append(make('line', { class: 'axis', x1: 30, y1: 190, x2: 210, y2: 190 }), make('line', { class: 'axis', x1: 30, y1: 10, x2: 30, y2: 190 }), make('line', { class: 'axis', x1: 30, y1: 10, x2: 210, y2: 190 }));
    g.open.forEach((v, u) => svg.append(make('circle', { cx: 30 + 180 * v, cy: 190 - 180 * g.shut[u], r: 3.5, style: 'fill:var(--mark);fill-opacity:.35' })));
    svg.append(make('text', { x: 120, y: 208, 'text-anchor': 'middle' }, `${g.gate} > 0.9, share of steps`), make('text', { x: 34, y: 20 }, `${g.gate} < 0.1`));
    return svg;
  })));
}

function counted() {
  docs.filter((one) => one.counted).forEach((one) => {
    const c = one.counted, tokens = one.tokens[input.view].slice(0, c.gradient_input.length), tops = c.gradient_input.map((v, t) => [Math.abs(v), t]).sort((a, b) => b[0] - a[0]).slice(0, 8);
    const options = { cells: numeric, words, label: 'gradient times input' };
    section(docs.length > 1 ? `What counted for ${one.model}` : 'What counted', `${c.of}: ${show(c.value)}.`,
      make('h3', {}, 'Gradient × input'), ...strip(tokens, c.gradient_input, options),
      make('h3', {}, c.bin > 1 ? `The change when ${c.bin} steps are taken away` : 'The change when a step is taken away'), ...strip(tokens, c.left_out, { ...options, bin: c.bin, label: 'change of the answer when taken away' }),
      table(['step', input.unit, 'gradient × input', 'change when taken away'], tops.map(([, t]) => [String(t + 1), visible(tokens[t]), c.gradient_input[t], c.left_out[Math.floor(t / c.bin)]]), 'The steps that counted most'));
  });
}

function microscope() {
  const m = doc.microscope, place = make('div', { class: 'beside' }), curves = make('div');
  const passes = m.passes.map((pass, i) => i), states = (i) => docs.some((one) => one.microscope.passes[i] && one.microscope.passes[i].c) ? ['h', 'c (LSTM)'] : ['h'];
  let now = 0, state = docs.length > 1 && states(0).length > 1 ? 1 : 0; /* beside others, an LSTM by what carries its memory */
  const draw = () => {
    const shown = docs.filter((one) => one.microscope.passes[now]);
    place.replaceChildren(...shown.map((one) => {
      const pass = one.microscope.passes[now], key = state && pass.c ? 'c' : 'h', tokens = one.tokens[pass.view];
      return heat(pass[key], { title: docs.length > 1 ? `${one.model}: |∂L_t/∂${key}_k|` : `|∂L_t/∂${key}_k|`, label: `Norms of the gradient of L_t by ${key}_k, ${titled(pass)}`, log: true, row: (r) => `t ${one.microscope.places[r]}`, column: (c) => `k ${c * pass.bin + 1}${pass.bin > 1 ? `–${Math.min(tokens.length, (c + 1) * pass.bin)}` : ''} ${visible(tokens[c * pass.bin]).trim()}` });
    }));
    const lines = shown.flatMap((one) => { const d = one.microscope.passes[now].decay; return d ? [{ name: `${docs.length > 1 ? one.model : 'h'}${d.c && docs.length > 1 ? ', h' : ''}`, x: d.distance, y: d.h }, ...(d.c ? [{ name: docs.length > 1 ? `${one.model}, c` : 'c', x: d.distance, y: d.c }] : [])] : []; });
    curves.replaceChildren(...(lines.length ? [make('h3', {}, 'How it fades with the distance t − k'), chart(lines, { log: true, x: 'distance t − k', label: 'Mean norm of the gradient by distance, logarithmic' })] : []));
  };
  const pick = choice('layer', passes.map((i) => titled(m.passes[i])), (i) => { now = i; draw(); }), kind = choice('by', states(0), (i) => { state = i; draw(); });
  kind.select.value = state;
  section('The gradient microscope', `Rows: the loss at place t, ${m.loss}. Columns: the state after step k. Strong colour: a change of the state there would be felt in the loss. Where a row fades to the left, the gradient vanishes: nothing that far back can be learned.`, make('div', { class: 'choices' }, pick.node, kind.node), place, curves);
  draw();
  const spectra = docs.flatMap((one) => one.jacobians.map((pass) => ({ one, pass })));
  if (!spectra.length) return;
  const values = make('div'), drawValues = (i) => {
    const { one, pass } = spectra[i], x = pass.places, of = (f) => pass.singular.map(f), middle = Math.floor(pass.singular[0].length / 2);
    values.replaceChildren(chart([{ name: 'largest', x, y: of((s) => s[0]) }, { name: 'median', x, y: of((s) => s[middle]) }, { name: '1: neither grows nor shrinks', x, y: x.map(() => 1) }], { log: true, x: 'step', label: `Singular values, ${titled(pass)}` }),
      table(['step', 'largest', 'median', 'smallest'], x.map((t, k) => [String(t), pass.singular[k][0], pass.singular[k][middle], pass.singular[k][pass.singular[k].length - 1]])));
    values.dataset.model = one.model;
  };
  const which = choice('layer', spectra.map(({ one, pass }) => `${docs.length > 1 ? `${one.model}: ` : ''}${titled(pass)}`), drawValues);
  section('What one step does to a gradient', 'Singular values of ∂s_t/∂s_{t−1}, s being h, or of an LSTM c and h together. A gradient that goes back a step is stretched by at most the largest; below 1 it fades, above 1 it may explode.', make('div', { class: 'choices' }, which.node), values);
  drawValues(0);
}

function attention() {
  docs.filter((one) => one.attention).forEach((one) => {
    const tokens = one.tokens[input.view], said = one.answer.tokens;
    section('Attention', 'How much of each step of the input (columns) was looked at before each token of the answer (rows). Each row adds up to 1.', heat(one.attention, { label: 'Attention', row: (r) => said[r], column: (c) => visible(tokens[c]), heads: tokens.length <= 48 ? (c) => visible(tokens[c]) : null }));
  });
}

function alignment() {
  docs.filter((one) => one.alignment).forEach((one) => {
    const a = one.alignment;
    section('Alignment', 'The likeliest label of each step; · is the blank. Equal labels that follow each other are one.', ...strip(a.labels.map((label) => label === '' ? '·' : label), a.probability, { label: 'probability of the label', words: true }));
  });
}

function guesses() {
  docs.filter((one) => one.answer.guesses).forEach((one) => {
    const right = steps.slice(1).map((token, t) => one.answer.guesses[t] === token ? 1 : 0);
    section('What it expects', `The likeliest next ${input.unit} behind each one; those that come are marked. ${right.reduce((a, b) => a + b, 0)} of ${right.length} are right.`, ...strip(one.answer.guesses, [...right, 0], { words, label: 'likeliest next' }));
  });
}

function runners() {
  docs.filter((one) => one.runners_up).forEach((one) => section('Runners-up', 'The most probable paths of tags through the whole sentence, as the conditional random field judges them; tags that differ from the first path are marked.',
    table(['probability', ...one.tokens[input.view]], one.runners_up.map((path) => [percent(path.probability), ...path.tags.map((tag, t) => tag === one.runners_up[0].tags[t] ? tag : make('b', {}, `→ ${tag}`))]))));
}

/* Answers of a beam that begin alike share their beginning. */
function beam() {
  docs.filter((one) => one.beam && one.beam.length > 1).forEach((one) => {
    const grow = (answers, depth) => {
      const groups = new Map();
      for (const answer of answers) { const key = depth < answer.tokens.length ? answer.tokens[depth] : null; groups.set(key, [...(groups.get(key) || []), answer]); }
      return make('ul', { class: 'tree' }, [...groups].map(([token, list]) => {
        let text = token === null ? '' : token, at = depth + 1;
        while (token !== null && list.every((answer) => at < answer.tokens.length && answer.tokens[at] === list[0].tokens[at])) text += (one.task === 'caption' ? ' ' : '') + list[0].tokens[at++];
        const ends = list.length === 1 && (token === null || at >= list[0].tokens.length), note = ends ? ` ⟨end⟩ log p ${show(list[0].log_probability)}, score ${show(list[0].score)}` : '';
        return make('li', {}, make(list[0] === one.beam[0] ? 'b' : 'span', { dir: 'auto' }, text), note, ends || token === null ? null : grow(list, at));
      }));
    };
    section('The beam', 'The answers that were followed to the end, as a tree of what they share. The answer given is bold.', grow(one.beam, 0));
  });
}

answers();
attention();
alignment();
runners();
beam();
guesses();
counted();
units();
microscope();
