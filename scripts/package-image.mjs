// npm run package:image [-- FOLDER]: the image for amd64, as an OCI layout in a tar archive, in FOLDER or release/.
import { resolve } from 'node:path';
import { argv, stdout } from 'node:process';
import { buildImage } from './package/image.mjs';

const { file, packages } = await buildImage(resolve(argv[2] ?? 'release'), { fresh: true });
for (const { name, version } of packages) stdout.write(`  ${name} ${version}\n`);
stdout.write(`${file}\n`);
