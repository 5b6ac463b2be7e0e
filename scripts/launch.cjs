#!/usr/bin/env node
'use strict';
// Runs the bundle beside this file with V8's code cache of it, which halves the time to start. The cache was made when podfront
// was built; V8 rejects it when Node is another one, and then compiles as usual. docs/decisions/0001-one-bundle.md tells more.
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const filename = `${__dirname}/podfront.js`;
const cache = `${__dirname}/podfront.cache`;
const code = readFileSync(filename, 'latin1');
const script = new Script(`(function (require, __filename) {${code}\n})`, { filename, cachedData: cached() });
script.runInThisContext()(require, filename);

module.exports = { script, cache, start: () => script.runInThisContext()(require, filename) };

function cached() {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}
