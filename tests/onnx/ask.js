// ask.js MODEL: the outputs of a graph as JSON, for inputs as JSON on standard input.
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');

const TYPES = {float32: Float32Array, int32: Int32Array, int64: BigInt64Array};

async function main() {
    const session = await ort.InferenceSession.create(process.argv[2], {intraOpNumThreads: 1, logSeverityLevel: 3}), feeds = {};
    for (const [name, t] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8'))))
        feeds[name] = new ort.Tensor(t.type, TYPES[t.type].from(t.type === 'int64' ? t.data.map(BigInt) : t.data), t.dims);
    const results = await session.run(feeds);
    console.log(JSON.stringify(session.outputNames.map((name) => ({dims: results[name].dims, data: Array.from(results[name].data)}))));
}

main();
