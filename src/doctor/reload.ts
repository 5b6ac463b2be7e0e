import { access, constants, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isDenied, polkitHint } from '../haproxy/process/polkit.ts';
import { sendCommand } from '../haproxy/process/runtime-api.ts';
import { queryWorkerPid } from '../haproxy/process/stats-socket.ts';
import { exec } from '../system/exec.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';
import { haproxyRunning, reloadPermitted } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { type CheckWithCauses, withCauses } from './root-causes.ts';

const timeout = 2_000;

/** Checks that podfront may reload HAProxy, and the level of the stats socket. Nothing is reloaded. */
export async function reloadChecks(facts: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  return [await reloadPermission(facts), await statsSocket(facts)];
}

async function reloadPermission(facts: DoctorFacts): Promise<CheckWithCauses> {
  const { reload } = facts.config.haproxy;
  switch (reload.kind) {
    case 'none':
      return skip(reloadPermitted, 'haproxy.reload is none: podfront does not reload HAProxy');
    case 'master':
      return overMaster(facts, reload.socket);
    case 'pidfile':
      return bySignal(facts, reload.file);
    case 'systemd':
      return bySystemd(facts, reload.unit);
    case 'command':
      return byCommand(facts, reload.command);
    default:
      return reload satisfies never;
  }
}

/** `reload` on the master's socket needs level operator; `show cli level` gives the socket's level (management guide 9.4). */
async function overMaster({ context }: DoctorFacts, socket: string): Promise<CheckWithCauses> {
  const level = await levelOf(socket, context.io.signal);
  if (!level.ok) {
    const unreachable = fail(
      reloadPermitted,
      `the master socket ${socket} does not answer: ${level.why}`,
      "start HAProxy with -S SOCKET, and give podfront's user access to it (mode and group)",
    );
    // Where opening the socket is denied, HAProxy exists, and the permission is the cause.
    return level.why === 'EACCES' ? unreachable : withCauses(unreachable, [haproxyRunning]);
  }
  if (level.text === 'user')
    return fail(reloadPermitted, `the master socket ${socket} has level user`, 'start HAProxy with -S SOCKET,level,operator');
  return pass(reloadPermitted, `the master socket ${socket} has level ${level.text}`);
}

/** Signal 0 checks whether a signal would be permitted (kill(2)). */
async function bySignal({ context, running: { state } }: DoctorFacts, file: string): Promise<Check> {
  if (state.kind !== 'running' || state.master === null) return skip(reloadPermitted, `no HAProxy master was found by ${file}`);
  try {
    context.io.kill(state.master, 0);
    return pass(reloadPermitted, `process ${state.master} of ${file} may be signalled`);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return fail(
      reloadPermitted,
      `process ${state.master} of ${file} may not be signalled: ${code}`,
      'run podfront as the user of the HAProxy master or as root, or reload through the master socket',
    );
  }
}

async function bySystemd(facts: DoctorFacts, unit: string): Promise<Check> {
  const { env, signal } = facts.context.io;
  const shown = await exec('systemctl', ['show', '--property=LoadState,CanReload', '--', unit], { env, timeout, signal });
  if (shown.kind !== 'exited' || shown.status !== 0) {
    const why = shown.kind === 'exited' ? (shown.stderr.split('\n')[0] ?? '') : shown.kind;
    return fail(
      reloadPermitted,
      `systemd cannot be asked about ${unit}: ${why}`,
      'use haproxy.reload: {master: SOCKET} or {pidfile: FILE} where systemd is not running',
    );
  }
  if (!/^LoadState=loaded$/m.test(shown.stdout))
    return fail(reloadPermitted, `systemd has no unit ${unit}`, 'name the unit of HAProxy in haproxy.reload');
  if (!/^CanReload=yes$/m.test(shown.stdout))
    return fail(reloadPermitted, `${unit} cannot be reloaded`, `give ${unit} an ExecReload=, such as kill -USR2 $MAINPID`);
  return mayReload(facts, unit);
}

/**
 * Checks whether polkit allows the reload. Only root may ask polkit about another user (pkcheck(1), --detail). So a reload is requested in
 * a form that systemd refuses for everyone, but only after it has asked polkit: job mode isolate is valid only for a start.
 */
async function mayReload({ context, config }: DoctorFacts, unit: string): Promise<Check> {
  const { env, signal } = context.io;
  const command = ['systemctl', '--no-ask-password', '--job-mode=isolate', 'reload', '--', unit];
  const owner = await ownerOf(dirname(config.haproxy.output));
  if (owner === 'root') return pass(reloadPermitted, `${unit} can be reloaded, and this is root`);
  const whom = owner === null ? 'this user' : `user ${owner.uid}, who owns the folder of the output`;
  const as = owner === null ? [] : ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  const [program = '', ...args] = [...as, ...command];
  const asked = await exec(program, args, { env, timeout, signal });
  const said = asked.kind === 'exited' ? (asked.stderr.split('\n')[0] ?? '') : asked.kind;
  if (/only valid for start/.test(said)) return pass(reloadPermitted, `${unit} can be reloaded, and polkit lets ${whom} do it`);
  if (isDenied(said)) return fail(reloadPermitted, `polkit does not let ${whom} reload ${unit}`, polkitHint(unit));
  return warn(
    reloadPermitted,
    `whether ${whom} may reload ${unit} is not known: ${said}`,
    `try systemctl reload ${unit} as podfront's user`,
  );
}

/** The user whose permission counts; null for the current one. Root checks for the owner of the output's folder, which is the user that podfront runs as. */
async function ownerOf(folder: string): Promise<'root' | null | { readonly uid: number; readonly gid: number }> {
  if (userInfo().uid !== 0) return null;
  const { uid, gid } = await stat(folder).catch(() => ({ uid: 0, gid: 0 }));
  return uid === 0 ? 'root' : { uid, gid };
}

async function byCommand({ context }: DoctorFacts, [program = '']: readonly string[]): Promise<Check> {
  const folders = program.includes('/') ? [''] : (context.io.env.PATH ?? '').split(delimiter);
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, program), constants.X_OK).then(
        () => join(folder, program),
        () => null,
      ),
    ),
  );
  const file = found.find((one) => one !== null) ?? null;
  if (file === null)
    return fail(reloadPermitted, `${program} cannot be run`, 'name a program that exists and may be run in haproxy.reload.command');
  return pass(reloadPermitted, `${file} can be run; its effect shows only when it runs`);
}

async function statsSocket({ context, config: { haproxy }, running: { state } }: DoctorFacts): Promise<CheckWithCauses> {
  const name = 'stats socket';
  const { socket } = haproxy;
  if (socket === null) return skip(name, 'haproxy.socket names none');
  const { signal } = context.io;
  const [level, worker] = await Promise.all([levelOf(socket, signal), queryWorkerPid(socket, signal)]);
  if (!level.ok || 'why' in worker) {
    const why = level.ok ? ('why' in worker ? worker.why : '') : level.why;
    const remedy = `add "stats socket ${socket} level user" to HAProxy's global section, and give podfront's user access to it (mode and group)`;
    return withCauses(fail(name, `${socket} does not answer: ${why}`, remedy), [haproxyRunning]);
  }
  if (state.kind === 'running' && state.worker.pid !== worker.pid)
    return fail(
      name,
      `${socket} is answered by process ${worker.pid}, and the worker is ${state.worker.pid}`,
      'set haproxy.socket to the stats socket of the HAProxy that haproxy.reload names',
    );
  const enough = level.text === 'user' ? '' : ', and user would be enough for podfront';
  return pass(name, `${socket} has level ${level.text}${enough}`);
}

async function levelOf(
  socket: string,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }> {
  const reply = await sendCommand(socket, 'show cli level', timeout, signal);
  if (!reply.ok) return reply;
  const level = /^(user|operator|admin)$/m.exec(reply.text)?.[1];
  return level === undefined ? { ok: false, why: 'it is not a HAProxy socket' } : { ok: true, text: level };
}
