import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

const page = fileURLToPath(new URL('../../man/podfront.1', import.meta.url));

needs('mandoc')('the manual page is sound mdoc', (t) => {
  const { status, stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', page], { encoding: 'utf8' });
  t.is(stdout, '');
  t.is(status, 0);
});

needs('mandoc')('the manual page has every command and option that the help has', async (t) => {
  const { stdout } = spawnSync('mandoc', ['-T', 'ascii', '-O', 'width=200', page], { encoding: 'utf8' });
  // Bold is a letter, a backspace and the letter again.
  const shown = stdout.replaceAll(new RegExp(`.${String.fromCharCode(8)}`, 'g'), '');
  const help = (await podfront(['--help'], { cwd: '/' })).stdout;
  const commands = [...help.matchAll(/^ {2}([a-z][a-z-]*)(?: \[| <| {2})/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]));
  t.true(commands.length >= 9);
  for (const command of commands) {
    t.true(shown.includes(`podfront ${command}`), command);
    const own = (await podfront([command, '--help'], { cwd: '/' })).stdout;
    for (const [, option = ''] of own.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm))
      if (option !== '--help') t.true(shown.includes(option), `${command} ${option}`);
  }
});
