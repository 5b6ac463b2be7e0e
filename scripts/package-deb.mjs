// npm run package:deb [-- FOLDER]: the Debian packages for amd64 and arm64, in FOLDER or release/. arm64 is built here too, but not run.

import { resolve } from 'node:path';
import { argv, stdout } from 'node:process';
import { buildDeb } from './package/deb.mjs';
import { architectures } from './package/runtime.mjs';

for (const architecture of Object.keys(architectures)) stdout.write(`${await buildDeb(resolve(argv[2] ?? 'release'), { architecture })}\n`);
