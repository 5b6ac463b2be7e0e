import { access } from 'node:fs/promises';
import { exec } from '../system/exec.ts';
import type { Check } from './check.ts';
import type { DoctorFacts } from './facts.ts';
import { judgeClock } from './judge/clock.ts';

/** systemd-timesyncd makes it once it is synchronised (systemd-timesyncd.service(8)). */
const synchronisedFile = '/run/systemd/timesync/synchronized';

/** Whether this machine's clock can be trusted: by systemd's word, and beside the API server's where there is one. */
export async function clockChecks({ context, api }: DoctorFacts): Promise<readonly Check[]> {
  const { env, signal } = context.io;
  const ended = await exec('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { env, limit: 2_000, signal });
  const said = ended.kind === 'exited' && ended.status === 0 ? ended.stdout.trim() : '';
  const byFile = await access(synchronisedFile).then(
    () => true,
    () => false,
  );
  const synchronised = said === 'yes' || byFile ? true : said === 'no' ? false : null;
  const why = ended.kind === 'exited' ? (ended.stderr.split('\n')[0] ?? '') : `timedatectl: ${ended.kind}`;
  const ahead = api?.answer.ok === true ? api.answer.ahead : null;
  const check = judgeClock({ synchronised, why: `systemd does not tell (${why}), and there is no API server to compare with`, ahead });
  return [check];
}
