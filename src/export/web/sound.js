
/* ---- Sound: what a file holds, at the rate of the model, and what laço hears in it. ---- */

/* Samples of WAV files, by the number of their form and their bits. */
const samplesOf = {
  '1/8': (at, i) => (at.getUint8(i) - 128) / 128,
  '1/16': (at, i) => at.getInt16(i, true) / 2 ** 15,
  '1/24': (at, i) => (at.getInt8(i + 2) * 2 ** 16 + at.getUint16(i, true)) / 2 ** 23,
  '1/32': (at, i) => at.getInt32(i, true) / 2 ** 31,
  '3/32': (at, i) => at.getFloat32(i, true),
  '3/64': (at, i) => at.getFloat64(i, true),
};

/* The mean of the channels of a WAV file, and its rate; null: it is none, or of a form that is not among those. */
function readWav(bytes) {
  const at = new DataView(bytes), size = bytes.byteLength, word = (i) => String.fromCharCode(...new Uint8Array(bytes, i, 4));
  if (size < 12 || word(0) !== 'RIFF' || word(8) !== 'WAVE') return null;
  let form = null;
  for (let i = 12, length; i + 8 <= size; i += 8 + length + (length % 2)) {
    length = at.getUint32(i + 4, true);
    if (word(i) === 'fmt ' && length >= 16 && i + 24 <= size) {
      const code = at.getUint16(i + 8, true), extended = code === 0xfffe && i + 34 <= size;
      form = { code: extended ? at.getUint16(i + 32, true) : code, channels: at.getUint16(i + 10, true), rate: at.getUint32(i + 12, true), bits: at.getUint16(i + 22, true) };
    }
    if (word(i) === 'data' && form) return readSamples(at, i + 8, length, form);
  }
  return null;
}
function readSamples(at, begin, length, { code, channels, rate, bits }) {
  const read = samplesOf[`${code}/${bits}`], left = at.byteLength - begin;
  if (!read || !channels || !rate) return null;
  if (length > left && length < 0x7fff0000) throw new Error(`the recording is cut short: ${length - left} bytes are missing`);
  const count = Math.floor(Math.min(length, left) / (channels * (bits / 8))), samples = new Float32Array(count);
  for (let i = 0, from = begin; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, from += bits / 8) sum += Math.fround(read(at, from));
    samples[i] = sum / channels;
  }
  return { samples, rate };
}

/* Other kinds, as the browser reads them, at the rate of the model. */
async function readOther(bytes) {
  const sound = await new OfflineAudioContext(1, 1, data.rate).decodeAudioData(bytes), channels = sound.numberOfChannels;
  const all = Array.from({ length: channels }, (_, c) => sound.getChannelData(c));
  return { samples: Float32Array.from(all[0], (_, i) => all.reduce((sum, one) => sum + one[i], 0) / channels), rate: data.rate };
}

/* Another rate, as laço makes it: by a sinc in Kaiser's window, of `crossings` zeros on either side, looked up in a table. */
const crossings = 48, steps = 256;
function bessel(x) {
  let sum = 1;
  for (let k = 1, term = 1; term > 1e-12 * sum; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}
function resample(x, ratio) {
  const table = Float64Array.from({ length: crossings * steps + 2 }, (_, i) => {
    const t = i / steps, u = t / crossings;
    return u > 1 ? 0 : ((i ? Math.sin(Math.PI * t) / (Math.PI * t) : 1) * bessel(9.6 * Math.sqrt(1 - u * u))) / bessel(9.6);
  });
  const edge = 0.936 * Math.min(1, ratio), reach = crossings / edge;
  return Float32Array.from({ length: x.length && Math.max(1, Math.round(x.length * ratio)) }, (_, n) => {
    const place = n / ratio, past = Math.min(x.length, Math.floor(place + reach) + 1);
    let sum = 0;
    for (let k = Math.max(0, Math.ceil(place - reach)); k < past; k++) {
      const at = Math.abs(place - k) * edge * steps, i = Math.floor(at);
      sum += x[k] * (table[i] + (at - i) * (table[i + 1] - table[i]));
    }
    return edge * sum;
  });
}

/* The transform of Fourier of re + i · im, in place; their length is a power of 2. */
function transform(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j], re[i], im[j], im[i]];
  }
  for (let half = 1; half < n; half *= 2)
    for (let k = 0; k < half; k++) {
      const c = Math.cos((Math.PI * k) / half), s = -Math.sin((Math.PI * k) / half);
      for (let i = k, j = k + half; i < n; i += 2 * half, j += 2 * half) {
        const a = c * re[j] - s * im[j], b = c * im[j] + s * re[j];
        re[j] = re[i] - a;
        im[j] = im[i] - b;
        re[i] += a;
        im[i] += b;
      }
    }
}

/* Log-mel numbers of samples at the rate of the model, [frames][bands]. */
function features(samples) {
  const { window, hop, size, bands, floor } = data, count = samples.length;
  const frames = count < window ? Math.min(count, 1) : 1 + Math.floor((count - window) / hop), out = new Float32Array(frames * bands);
  const shape = view(Float64Array, image + data.mel_shape, window), spans = view(Int32Array, image + data.mel_spans, 2 * bands);
  const re = new Float64Array(size), im = new Float64Array(size);
  for (let f = 0; f < frames; f++) {
    re.fill(0);
    im.fill(0);
    samples.subarray(f * hop, f * hop + window).forEach((x, i) => { re[i] = Math.fround(shape[i] * x); });
    transform(re, im);
    for (let m = 0, weight = image + data.mel_weights; m < bands; weight += 8 * spans[2 * m++ + 1]) {
      const first = spans[2 * m];
      out[f * bands + m] = Math.log(view(Float64Array, weight, spans[2 * m + 1]).reduce((sum, w, k) => sum + w * (re[first + k] ** 2 + im[first + k] ** 2), floor));
    }
  }
  return out;
}

ask.transcribe = (samples, rate) => borrow(() => {
  const heard = features(rate === data.rate ? samples : resample(samples, data.rate / rate)), frames = heard.length / data.bands, room = 65536 + 16 * frames;
  if (frames === 0) return { text: '', heard };
  const at = put(Float32Array, heard), text = take(room), log = wasm.web_transcribe(net, at, frames, text, room, take(wasm.web_transcribe_bytes(net, frames)));
  return { text: getText(text), log, heard };
});

/* What was heard as a picture: time to the right, low tones below. */
function picture(heard) {
  const B = data.bands, T = heard.length / B, made = element('canvas', { width: Math.max(T, 1), height: B, className: 'sound' }), pen = made.getContext('2d');
  const low = heard.reduce((a, b) => Math.min(a, b), Infinity), range = heard.reduce((a, b) => Math.max(a, b), -Infinity) - low || 1;
  const pixels = pen.createImageData(made.width, B);
  heard.forEach((x, i) => {
    const place = 4 * ((B - 1 - (i % B)) * made.width + Math.floor(i / B)), light = (x - low) / range;
    pixels.data.set([255 * light ** 1.5, 255 * light ** 2, 90 + 120 * light, 255], place);
  });
  pen.putImageData(pixels, 0, 0);
  made.setAttribute('role', 'img');
  made.setAttribute('aria-label', `Loudness of ${B} bands of tones over ${((T * data.hop) / data.rate).toFixed(1)} seconds`);
  return made;
}

pages.transcribe = () => {
  const file = field('A recording; or drop one on this page', element('input', { type: 'file', accept: 'audio/*' }));
  const player = element('audio', { controls: true, hidden: true });
  const hear = async (recording) => {
    try {
      say('Listening …');
      URL.revokeObjectURL(player.src);
      Object.assign(player, { src: URL.createObjectURL(recording), hidden: false });
      const bytes = await recording.arrayBuffer(), sound = readWav(bytes) ?? (await readOther(bytes).catch(() => { throw new Error('this browser finds no recording in the file'); }));
      const { text, heard } = ask.transcribe(sound.samples, sound.rate);
      say(element('p', { className: 'said', textContent: text || '(nothing)' }), picture(heard));
    } catch (error) {
      say(error.message);
    }
  };
  file.onchange = () => { if (file.files[0]) hear(file.files[0]); };
  document.body.ondragover = (e) => e.preventDefault();
  document.body.ondrop = (e) => { e.preventDefault(); if (e.dataTransfer.files[0]) hear(e.dataTransfer.files[0]); };
  if (navigator.mediaDevices && window.MediaRecorder) $('form').append(microphone(hear));
  $('form').append(player);
};

/* A button that records until it is pressed again. */
function microphone(hear) {
  const button = element('button', { type: 'button', textContent: 'Record' });
  let recorder = null;
  button.onclick = async () => {
    if (recorder) { recorder.stop(); return; }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true }), parts = [];
      recorder = new MediaRecorder(stream);
      recorder.ondataavailable = (e) => parts.push(e.data);
      recorder.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        recorder = null;
        button.textContent = 'Record';
        hear(new Blob(parts, { type: parts[0].type }));
      };
      recorder.start();
      button.textContent = 'Stop';
    } catch (error) {
      say('There is no microphone, or it may not be used: ' + error.message);
    }
  };
  return button;
}
