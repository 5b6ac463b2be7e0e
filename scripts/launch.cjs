#!/usr/bin/env node
'use strict';
// Runs the bundle beside this file with V8's code cache of it, which halves the time to start. The cache was made when podfront was built.
// V8 rejects it when Node is another one; when the bundle is another one it is not used. docs/decisions/0001-one-bundle.md tells more.
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const filename = `${__dirname}/podfront.js`;
const cache = `${__dirname}/podfront.cache`;
const code = readFileSync(filename);
// The name is in the cache, which is to be the same wherever it is made.
const script = new Script(`(function (require, __filename) {${code.latin1Slice()}\n})`, { filename: 'podfront.js', cachedData: cached() });
script.runInThisContext()(require, filename);

// For scripts/build.mjs and tests.
module.exports = {
  start: () => script.runInThisContext()(require, filename),
  cache: { file: cache, rejected: script.cachedDataRejected, bytes },
};

/** What the cache file holds: a checksum of the bundle, because V8 compares no more than its length, and V8's data. */
function bytes() {
  return Buffer.concat([checksum(), script.createCachedData()]);
}

function checksum() {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(code));
  return sum;
}

function cached() {
  try {
    const kept = readFileSync(cache);
    return kept.subarray(0, 4).equals(checksum()) ? kept.subarray(4) : undefined;
  } catch {
    return undefined;
  }
}
