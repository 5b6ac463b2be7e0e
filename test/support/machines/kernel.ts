import { spawnSync } from 'node:child_process';
import test from 'ava';
import { type Declare, needs, present } from '../needs.ts';

/**
 * Declares a test that boots a machine (machine.ts). What can be installed must be there, as for every `needs(...)`. But some containers
 * let nobody mount an overlay or a cgroup2, even root in namespaces of its own: there it is skipped, with what the kernel said in its title.
 * scripts/test.mjs counts and names such a test, and lets it pass under CI.
 */
export const machineTest: Declare = (title, body) => {
  const why = present('root') ? whyNoMachine() : null;
  if (why === null)
    needs('root', 'ip', 'systemctl', 'dbus-daemon', 'pkaction', 'haproxy', 'curl', 'dig', 'setpriv', 'dpkg-deb', 'mmdebstrap').serial(
      title,
      body,
    );
  else test.skip(`${title} (no machine on this kernel: ${why})`, body);
};

/** The steps of boot.sh that a kernel may refuse. */
const steps = `set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/u /mnt/w /mnt/r /mnt/c
mount -t overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/r
mount -t proc proc /mnt/r/proc
mount -t sysfs -o ro sysfs /mnt/r/sys
mount -t cgroup2 cgroup2 /mnt/c
mkdir /mnt/c/podfront-probe-$$
rmdir /mnt/c/podfront-probe-$$`;

/** Why no machine can be made here, or null where it can. */
export function whyNoMachine(): string | null {
  const args = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork', 'sh', '-c', steps];
  const { error, status, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  return status === 0 ? null : (error?.message ?? stderr.trim().split('\n')[0] ?? `${status}`);
}
