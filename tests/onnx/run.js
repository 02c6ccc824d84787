// run.js DIR: runs every graph in DIR by ONNX Runtime on the inputs that lie beside it, and compares with the answers there.
'use strict';
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const TYPES = {F32: ['float32', Float32Array, 4], U8: ['uint8', Uint8Array, 1], I64: ['int64', BigInt64Array, 8], I32: ['int32', Int32Array, 4]};

function read(file) {
    const bytes = fs.readFileSync(file), size = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + size)), tensors = {};
    for (const [name, about] of Object.entries(header)) {
        if (name === '__metadata__') continue;
        const [type, Numbers, width] = TYPES[about.dtype], [begin, end] = about.data_offsets;
        const data = new Uint8Array(bytes.subarray(8 + size + begin, 8 + size + end)); // a copy, which is aligned
        tensors[name] = {type, dims: about.shape, data: new Numbers(data.buffer, 0, (end - begin) / width)};
    }
    return tensors;
}

// The largest difference, as a share of what is at least 1.
function difference(name, found, wanted) {
    if (JSON.stringify(found.dims) !== JSON.stringify(wanted.dims))
        throw new Error(`${name} is [${found.dims}], not [${wanted.dims}]`);
    let most = 0;
    for (let i = 0; i < wanted.data.length; i++) {
        const d = Math.abs(found.data[i] - wanted.data[i]) / Math.max(1, Math.abs(wanted.data[i]));
        if (!(d <= most)) most = d;
    }
    return most;
}

async function run(file) {
    const session = await ort.InferenceSession.create(file, {intraOpNumThreads: 1, logSeverityLevel: 3});
    const tensors = read(file.replace(/\.onnx$/, '.safetensors')), feeds = {};
    let most = 0, outputs = 0;
    for (const name of session.inputNames) {
        const t = tensors['in.' + name];
        if (!t) throw new Error(`there is no input ${name}`);
        feeds[name] = new ort.Tensor(t.type, t.data, t.dims);
    }
    const results = await session.run(feeds);
    for (const name of session.outputNames) {
        if (!tensors['out.' + name]) throw new Error(`laço has no output ${name}`);
        const d = difference(name, results[name], tensors['out.' + name]);
        if (!(d <= most)) most = d;
        outputs++;
    }
    const wanted = Object.keys(tensors).filter((name) => name.startsWith('out.')).length;
    if (outputs !== wanted) throw new Error(`${outputs} outputs, laço has ${wanted}`);
    return most;
}

async function main() {
    const folder = process.argv[2];
    let most = 0, failed = 0, count = 0;
    for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.onnx')).sort()) {
        count++;
        try {
            const d = await run(path.join(folder, name));
            if (!(d <= most)) most = d;
            if (!(d <= 1e-5)) {
                failed++;
                console.log(`${name}: off by ${d}`);
            }
        } catch (error) {
            failed++;
            console.log(`${name}: ${error.message}`);
        }
    }
    console.log(`${count} graphs, ${failed} failed, largest difference ${most.toExponential(1)}`);
    process.exit(failed > 0 || count === 0 ? 1 : 0);
}

main();
