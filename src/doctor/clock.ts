import { access } from 'node:fs/promises';
import { exec } from '../system/exec.ts';
import type { Check } from './check.ts';
import type { DoctorFacts } from './facts.ts';
import { judgeClock } from './judge/clock.ts';

/** The file that systemd-timesyncd creates once the clock is synchronised (systemd-timesyncd.service(8)). */
const synchronisedFile = '/run/systemd/timesync/synchronized';

/** Checks this machine's clock: the state of NTP by systemd, and the difference to the API server's clock where there is one. */
export async function clockChecks({ context, api }: DoctorFacts): Promise<readonly Check[]> {
  const { env, signal } = context.io;
  const ended = await exec('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { env, timeout: 2_000, signal });
  const said = ended.kind === 'exited' && ended.status === 0 ? ended.stdout.trim() : '';
  const byFile = await access(synchronisedFile).then(
    () => true,
    () => false,
  );
  const synchronised = said === 'yes' || byFile ? true : said === 'no' ? false : null;
  const why = ended.kind === 'exited' ? (ended.stderr.split('\n')[0] ?? '') : `timedatectl: ${ended.kind}`;
  const ahead = api?.answer.ok === true ? api.answer.ahead : null;
  const check = judgeClock({ synchronised, why: `systemd does not say (${why}), and there is no cluster.master to compare with`, ahead });
  return [check];
}
