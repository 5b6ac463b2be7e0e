import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { frontend, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { copyRepository } from '../support/repository-copy.ts';

// What must work with every Node: scripts/versions.mjs runs this with each. Nothing of this machine's build is used.

const run = promisify(execFile);
needs('haproxy')(
  `With Node ${process.versions.node}: npm start shows podfront at work, and what it built renders and watches`,
  async (t) => {
    const copy = folderOf(t);
    copyRepository(copy);
    const env = { PATH: process.env.PATH, HOME: copy, TMPDIR: join(copy, 'tmp'), PODFRONT_NO_INSTALL: '1' };
    // Without prestart: its npm ci would empty the node_modules that the link leads to.
    const { stdout: shown } = await run('npm', ['start', '--ignore-scripts'], { cwd: copy, env });
    t.true(shown.endsWith('- everything that was started has been stopped\n'), shown);
    t.regex(shown, /^- HAProxy was reloaded and served all 30 pods of shop$/m);

    const podfront = [process.execPath, join(copy, 'dist/main.js')] as const;
    const front = await frontend(t);
    const { stdout: rendered } = await run(podfront[0], [podfront[1], '--config', front.config, 'render'], { cwd: front.folder, env });
    t.regex(rendered, /^listen web$/m);

    const watching = startWatch(t, front, [], {}, podfront);
    await watching.says(/wrote the file/);
    t.is(readFileSync(front.output, 'utf8'), rendered);
    await front.startHaproxy();
    await watching.until(isCurrent);
    t.regex(await front.get(), /^pod /);
    watching.kill('SIGTERM');
    t.is(await watching.ended, 0);
  },
);
