'use strict';
const $ = (id) => document.getElementById(id);
const data = JSON.parse($('data').textContent);

/* Base 85: five letters from ' on, without < and the backslash, hold four bytes; how many bytes there are comes first. */
function bytes(id) {
  const text = $(id).textContent, colon = text.indexOf(':'), length = Number(text.slice(0, colon));
  const out = new Uint8Array(Math.ceil(length / 4) * 4);
  for (let i = colon + 1, at = 0; at < length; i += 5, at += 4) {
    let word = 0;
    for (let k = 0; k < 5; k++) {
      const c = text.charCodeAt(i + k);
      word = word * 85 + c - (c > 92 ? 41 : c > 60 ? 40 : 39);
    }
    for (let k = 3; k >= 0; k--, word = Math.floor(word / 256)) out[at + k] = word % 256;
  }
  return out.subarray(0, length);
}

const wasm = new WebAssembly.Instance(new WebAssembly.Module(bytes('wasm'))).exports;
let used = Number(wasm.__heap_base.value);

/* Memory that stays. */
function take(size) {
  const at = Math.ceil(used / 16) * 16;
  used = at + size;
  const missing = used - wasm.memory.buffer.byteLength;
  if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536));
  return at;
}
/* Memory until what `work` does is done. */
function borrow(work) {
  const before = used;
  try { return work(); } finally { used = before; }
}
const view = (type, at, count) => new type(wasm.memory.buffer, at, count);
function put(type, values) {
  const at = take(values.length * type.BYTES_PER_ELEMENT);
  view(type, at, values.length).set(values);
  return at;
}
const putText = (text) => put(Uint8Array, new TextEncoder().encode(text.replace(/\0/g, '') + '\0'));
function getText(at) {
  const all = new Uint8Array(wasm.memory.buffer);
  return new TextDecoder().decode(all.slice(at, all.indexOf(0, at)));
}
const image = put(Uint8Array, bytes('image')), net = image + data.net;
borrow(() => wasm.web_load(image, put(Int32Array, data.pointers), data.pointers.length));

/* ---- What a model is asked: plain functions, which the page and its tests call. ---- */

const ask = {
  classify: (text) => borrow(() => {
    const at = putText(text), p = take(4 * data.labels.length), size = new TextEncoder().encode(text).length;
    const best = wasm.web_classify(net, at, p, take(wasm.web_classify_bytes(net, size)));
    return best < 0 ? null : Array.from(view(Float32Array, p, data.labels.length));
  }),
  numbers: (x) => borrow(() => {
    const at = put(Float32Array, x), p = take(4 * data.labels.length), T = Math.floor(x.length / data.features);
    wasm.web_classify_numbers(net, at, T, p, take(wasm.web_classify_bytes(net, T)));
    return Array.from(view(Float32Array, p, data.labels.length));
  }),
  tag: (words) => borrow(() => {
    const list = put(Uint32Array, words.map(putText)), tags = take(4 * words.length);
    const status = wasm.web_tag(net, words.length, list, tags, take(wasm.web_tag_bytes(net, words.length)));
    return status < 0 ? null : Array.from(view(Int32Array, tags, words.length), (tag) => data.labels[tag]);
  }),
  transduce: (source) => borrow(() => {
    const at = putText(source), size = new TextEncoder().encode(source).length, room = 1 << 16, out = take(room);
    return wasm.web_transduce(net, at, out, room, take(wasm.web_transduce_bytes(net, size))) < 0 ? null : getText(out);
  }),
  caption: (x) => borrow(() => {
    const at = put(Float32Array, x), room = 1 << 16, out = take(room), T = Math.floor(x.length / data.features);
    wasm.web_caption(net, at, T, out, room, take(wasm.web_caption_bytes(net, T)));
    return getText(out);
  }),
  forecast: (series, rows, steps) => borrow(() => {
    const C = data.columns.length, at = put(Float64Array, rows.flat()), out = take(8 * steps * C);
    wasm.web_forecast(net, series, at, rows.length, steps, out, take(wasm.web_forecast_bytes(net)));
    const all = Array.from(view(Float64Array, out, steps * C));
    return Array.from({ length: steps }, (_, i) => all.slice(i * C, i * C + C));
  }),
  /* Starts a text; each call of what it returns writes one more unit. */
  generate: (prompt, temperature, topP, seed) => {
    const state = ask.state ??= take(wasm.web_generate_bytes(net)), room = 4096, out = ask.room ??= take(room);
    wasm.web_generate_reset(net, state);
    const read = borrow(() => wasm.web_generate_read(net, state, putText(prompt), take(4 * (9 * prompt.length + 3))));
    const next = () => { wasm.web_generate_next(net, state, temperature, topP, seed, out, room); return getText(out); };
    return read < 0 ? null : next;
  },
};

/* ---- The page ---- */

const element = (name, properties = {}, ...inside) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
};
function field(text, made) {
  made.id = 'in' + $('form').childElementCount;
  $('form').append(element('label', { htmlFor: made.id, textContent: text }), made);
  return made;
}
const area = (text, value, rows = 3) => field(text, element('textarea', { value, rows, spellcheck: false }));
const say = (...what) => $('answer').replaceChildren(...what);

function bars(p) {
  const order = p.map((_, i) => i).sort((a, b) => p[b] - p[a]).slice(0, 10);
  say(...order.map((i) => {
    const share = (100 * p[i]).toFixed(1) + ' %', bar = element('i');
    bar.style.width = 100 * p[i] + '%';
    return element('div', { className: 'bar' }, element('span', { textContent: data.labels[i] }), element('span', {}, bar), element('b', { textContent: share }));
  }));
}
const colour = (tag) => {
  const i = data.labels.indexOf(tag), plain = tag === 'O';
  return plain ? 'transparent' : `hsl(${(i * 137.5) % 360} 70% 50% / .25)`;
};
/* Words as laco cuts them, as far as this can tell: letters with what joins them, and each other mark alone. */
const words = (text) => text.match(/[\p{L}\p{N}\p{M}]+(?:['’‐-][\p{L}\p{N}\p{M}]+)*|[^\s]/gu) ?? [];
const numbers = (text) => (text.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? []).map(Number);

/* A board of width × height pixels, 0 to 255, that is drawn on with mouse or finger, or takes a picture from a file. */
function board(width, height, done) {
  const canvas = field('Draw, with the mouse or a finger', element('canvas', { width, height }));
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'Drawing board; a picture can be chosen from a file below');
  const clear = () => { pen.fillStyle = '#000'; pen.fillRect(0, 0, width, height); say(); };
  const read = () => {
    const pixels = pen.getImageData(0, 0, width, height).data;
    done((x, y) => pixels[4 * (y * width + x)]);
  };
  let last = null;
  const place = (e) => [(e.offsetX * width) / canvas.clientWidth, (e.offsetY * height) / canvas.clientHeight];
  canvas.onpointerdown = (e) => { canvas.setPointerCapture(e.pointerId); last = place(e); };
  canvas.onpointermove = (e) => {
    if (!last) return;
    const now = place(e);
    Object.assign(pen, { strokeStyle: '#fff', lineWidth: Math.max(1.5, height / 14), lineCap: 'round' });
    pen.beginPath(); pen.moveTo(...last); pen.lineTo(...now); pen.stroke();
    last = now;
    read();
  };
  canvas.onpointerup = () => { last = null; };
  const file = field('Or choose a picture, white on black', element('input', { type: 'file', accept: 'image/*' }));
  file.onchange = async () => {
    if (!file.files[0]) return;
    clear();
    pen.drawImage(await createImageBitmap(file.files[0]), 0, 0, width, height);
    read();
  };
  $('form').append(element('button', { type: 'button', textContent: 'Clear', onclick: clear }));
  clear();
}

function curve(past, ahead) {
  const all = past.concat(ahead), low = Math.min(...all), high = Math.max(...all), W = 640, H = 240, left = 56;
  const x = (i) => left + (i * (W - left - 8)) / Math.max(1, all.length - 1), y = (v) => H - 24 - ((v - low) * (H - 40)) / (high - low || 1);
  const line = (values, from) => values.map((v, i) => `${i ? 'L' : 'M'}${x(from + i).toFixed(1)} ${y(v).toFixed(1)}`).join('');
  const make = (name, given) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const key in given) made.setAttribute(key, given[key]);
    return made;
  };
  const svg = make('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': `${data.columns[data.target]}: the last ${past.length} rows and ${ahead.length} more` });
  const style = { fill: 'none', 'stroke-width': 2 };
  svg.append(make('path', { d: line(past, 0), stroke: 'var(--quiet)', ...style }));
  svg.append(make('path', { d: line(past.slice(-1).concat(ahead), past.length - 1), stroke: 'var(--mark)', ...style }));
  for (const v of [low, high]) {
    const text = make('text', { x: left - 6, y: y(v) + 4, 'text-anchor': 'end', 'font-size': 12, fill: 'var(--quiet)' });
    text.textContent = Number(v.toPrecision(4));
    svg.append(text);
  }
  return svg;
}

const pages = {
  classify() {
    const wide = data.steps >= 8 && data.features >= 8;
    if (data.features && wide) { /* a picture, row by row */
      board(data.features, data.steps, (at) => bars(ask.numbers(Array.from({ length: data.steps * data.features }, (_, i) => at(i % data.features, Math.floor(i / data.features))))));
      return;
    }
    const input = data.features ? area(`Numbers, ${data.features} of each step`, '', 6) : area('Text', data.example, 2);
    const answer = () => {
      const p = data.features ? ask.numbers(numbers(input.value)) : ask.classify(input.value);
      if (input.value.trim() && p) bars(p); else say();
    };
    input.oninput = answer;
    answer();
  },
  tag() {
    const input = area('Sentence', data.example);
    const answer = () => {
      const found = words(input.value), tags = ask.tag(found);
      say(...(tags ?? []).map((tag, i) => {
        const word = element('span', { className: 'tag', textContent: found[i] }, element('small', { textContent: tag }));
        word.style.background = colour(tag);
        return word;
      }));
    };
    input.oninput = answer;
    answer();
  },
  transduce() {
    const input = area('Text', data.example, 2);
    const answer = () => say(ask.transduce(input.value.trim()) ?? '');
    input.oninput = answer;
    answer();
  },
  caption() {
    if (data.features === 1) {
      const input = area('Numbers', '', 6);
      input.oninput = () => { const x = numbers(input.value); say(x.length && (!data.numbers || x.length === data.numbers) ? ask.caption(x) : ''); };
      return;
    }
    const width = data.numbers ? data.numbers / data.features : Math.max(3 * data.features, 16), F = data.features;
    board(width, F, (at) => say(ask.caption(Array.from({ length: width * F }, (_, i) => at(Math.floor(i / F), i % F)))));
  },
  forecast() {
    const C = data.columns.length;
    const series = data.series.length > 1 ? field('Series', element('select', {}, ...data.series.map((name, value) => element('option', { value, textContent: name })))) : { value: 0 };
    const rows = area(`Later rows, one a line: ${data.columns.join(', ')} (may be empty)`, '');
    const steps = field('Steps', element('input', { type: 'number', value: data.ahead, min: 1, max: 1000 }));
    const answer = () => {
      const own = rows.value.split('\n').map(numbers).filter((row) => row.length === C), count = Math.min(1000, Math.max(1, Number(steps.value) | 0));
      const next = ask.forecast(Number(series.value), own, count), past = data.history[series.value].concat(own.map((row) => row[data.target]));
      const table = next.slice(0, 12).map((row, i) => `${i + 1}: ${Number(row[data.target].toPrecision(6))}`).join('   ');
      say(curve(past, next.map((row) => row[data.target])), element('p', { className: 'note', textContent: table }));
    };
    rows.oninput = steps.oninput = series.onchange = answer;
    answer();
  },
  generate() {
    const input = area('Beginning', data.example);
    const heat = field('Temperature 0.8', element('input', { type: 'range', min: 0, max: 1.5, step: 0.1, value: 0.8 }));
    heat.oninput = () => { document.querySelector(`label[for=${heat.id}]`).textContent = 'Temperature ' + heat.value; };
    let next = null, timer = 0, left = 0;
    const write = () => {
      if (left-- <= 0 || !next) { stop(); return; }
      $('answer').append(next());
      timer = setTimeout(write, 12);
    };
    const go = element('button', { type: 'button', textContent: 'Write' }), more = element('button', { type: 'button', textContent: 'Stop' });
    const stop = () => { clearTimeout(timer); left = 0; };
    go.onclick = () => {
      stop();
      say(input.value);
      next = ask.generate(input.value, Number(heat.value), 0, Math.floor(Math.random() * 2 ** 31));
      left = 500;
      write();
    };
    more.onclick = stop;
    $('form').append(go, more);
  },
};
