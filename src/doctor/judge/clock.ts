import { type Check, fail, pass, skip, warn } from '../check.ts';

/** The facts about this machine's clock. */
export interface ClockReading {
  /** Whether systemd reports NTP synchronisation (`timedatectl show`); null where it does not say. */
  readonly synchronised: boolean | null;
  /** The reason why systemd does not report it. */
  readonly why: string;
  /** Milliseconds by which this clock is ahead of the API server's, from the Date of an answer (exact to a second); null without one. */
  readonly ahead: number | null;
}

/** The name of the check. */
export const clockCheck = 'clock';

/** The largest accepted difference of clocks in milliseconds, by which validity periods and logs are wrong too. */
const tolerance = 10_000;

/** Judges the clock of this machine. */
export function judgeClock({ synchronised, why, ahead }: ClockReading): Check {
  const remedy = 'run an NTP client: services.timesyncd.enable or services.chrony.enable on NixOS, systemd-timesyncd or chrony elsewhere';
  const compared =
    ahead === null ? '' : `${(Math.abs(ahead) / 1000).toFixed(0)} s ${ahead < 0 ? 'behind' : 'ahead of'} the API server's clock`;
  if (ahead !== null && Math.abs(ahead) > tolerance) return fail(clockCheck, compared, remedy);
  if (synchronised === false)
    return warn(clockCheck, ['not synchronised by NTP', compared].filter((text) => text !== '').join('; '), remedy);
  if (synchronised === true) return pass(clockCheck, ['synchronised by NTP', compared].filter((text) => text !== '').join('; '));
  return ahead === null ? skip(clockCheck, why) : pass(clockCheck, compared);
}
