import { access, constants, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isDenied, remedyOf } from '../haproxy/process/polkit.ts';
import { sendCommand } from '../haproxy/process/runtime-api.ts';
import { queryWorkerPid } from '../haproxy/process/stats-socket.ts';
import { exec } from '../system/exec.ts';
import { type Check, fail, pass, skip, warn } from './check.ts';
import { haproxyRunning, reloadPermitted } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { type CheckWithCauses, withCauses } from './root-causes.ts';

const limit = 2_000;

/** Whether podfront may tell HAProxy to reload, and what it may ask of the stats socket. Nothing is reloaded. */
export async function reloadChecks(visit: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  return [await reloadPermission(visit), await statsSocket(visit)];
}

async function reloadPermission(visit: DoctorFacts): Promise<CheckWithCauses> {
  const { reload } = visit.config.haproxy;
  switch (reload.kind) {
    case 'none':
      return skip(reloadPermitted, 'haproxy.reload is none: whoever loads the file reloads HAProxy');
    case 'master':
      return overMaster(visit, reload.socket);
    case 'pidfile':
      return bySignal(visit, reload.file);
    case 'systemd':
      return bySystemd(visit, reload.unit);
    case 'command':
      return byCommand(visit, reload.command);
    default:
      return reload satisfies never;
  }
}

/** `reload` on the master's socket wants level operator; `show cli level` tells what the socket gives (management guide 9.4). */
async function overMaster({ context }: DoctorFacts, socket: string): Promise<CheckWithCauses> {
  const level = await levelOf(socket, context.io.signal);
  if (!level.ok) {
    const silent = fail(
      reloadPermitted,
      `the master socket ${socket} does not answer: ${level.why}`,
      "start HAProxy with -S SOCKET, and let podfront's user open it (mode and group)",
    );
    // Where it may not be opened, HAProxy is there, and it is the permission that lacks.
    return level.why === 'EACCES' ? silent : withCauses(silent, [haproxyRunning]);
  }
  if (level.text === 'user')
    return fail(reloadPermitted, `the master socket ${socket} has level user`, 'start HAProxy with -S SOCKET,level,operator');
  return pass(reloadPermitted, `the master socket ${socket} has level ${level.text}`);
}

/** Signal 0 asks whether a signal would be allowed (kill(2)). */
async function bySignal({ context, running: { state } }: DoctorFacts, file: string): Promise<Check> {
  if (state.kind !== 'running' || state.master === null) return skip(reloadPermitted, `no master was found behind ${file}`);
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

async function bySystemd(visit: DoctorFacts, unit: string): Promise<Check> {
  const { env, signal } = visit.context.io;
  const shown = await exec('systemctl', ['show', '--property=LoadState,CanReload', '--', unit], { env, limit, signal });
  if (shown.kind !== 'exited' || shown.status !== 0) {
    const why = shown.kind === 'exited' ? (shown.stderr.split('\n')[0] ?? '') : shown.kind;
    return fail(
      reloadPermitted,
      `systemd cannot be asked of ${unit}: ${why}`,
      'use haproxy.reload: {master: SOCKET} or {pidfile: FILE} where systemd does not run',
    );
  }
  if (!/^LoadState=loaded$/m.test(shown.stdout))
    return fail(reloadPermitted, `systemd has no unit ${unit}`, 'name the unit of HAProxy in haproxy.reload');
  if (!/^CanReload=yes$/m.test(shown.stdout))
    return fail(reloadPermitted, `${unit} cannot be reloaded`, `give ${unit} an ExecReload=, such as kill -USR2 $MAINPID`);
  return mayReload(visit, unit);
}

/**
 * polkit tells whether somebody may reload a unit only to root (pkcheck(1), --detail). So it is asked for in a way that systemd refuses
 * to everybody, and only after it asked polkit: to isolate is something that only a start can do.
 */
async function mayReload({ context, config }: DoctorFacts, unit: string): Promise<Check> {
  const { env, signal } = context.io;
  const command = ['systemctl', '--no-ask-password', '--job-mode=isolate', 'reload', '--', unit];
  const keeper = await keeperOf(dirname(config.haproxy.output));
  if (keeper === 'root') return pass(reloadPermitted, `${unit} can be reloaded, and this is root`);
  const whom = keeper === null ? 'this user' : `user ${keeper.uid}, who owns the folder of the output`;
  const as = keeper === null ? [] : ['setpriv', `--reuid=${keeper.uid}`, `--regid=${keeper.gid}`, '--clear-groups'];
  const [program = '', ...args] = [...as, ...command];
  const asked = await exec(program, args, { env, limit, signal });
  const said = asked.kind === 'exited' ? (asked.stderr.split('\n')[0] ?? '') : asked.kind;
  if (/only valid for start/.test(said)) return pass(reloadPermitted, `${unit} can be reloaded, and polkit lets ${whom} do it`);
  if (isDenied(said)) return fail(reloadPermitted, `polkit does not let ${whom} reload ${unit}`, remedyOf(unit));
  return warn(
    reloadPermitted,
    `whether ${whom} may reload ${unit} is not known: ${said}`,
    `try systemctl reload ${unit} as podfront's user`,
  );
}

/** Whose right to reload counts: null for our own. Root asks for the user whom podfront runs as, and that is the one who may write its file. */
async function keeperOf(folder: string): Promise<'root' | null | { readonly uid: number; readonly gid: number }> {
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
  return pass(reloadPermitted, `${file} can be run; what it does is seen only when it runs`);
}

async function statsSocket({ context, config: { haproxy }, running: { state } }: DoctorFacts): Promise<CheckWithCauses> {
  const name = 'stats socket';
  const { socket } = haproxy;
  if (socket === null) return skip(name, 'haproxy.socket names none');
  const { signal } = context.io;
  const [level, told] = await Promise.all([levelOf(socket, signal), queryWorkerPid(socket, signal)]);
  if (!level.ok || 'why' in told) {
    const why = level.ok ? ('why' in told ? told.why : '') : level.why;
    const remedy = `add "stats socket ${socket} level user" to HAProxy's global section, and let podfront's user open it (mode and group)`;
    return withCauses(fail(name, `${socket} does not answer: ${why}`, remedy), [haproxyRunning]);
  }
  if (state.kind === 'running' && state.worker.pid !== told.pid)
    return fail(
      name,
      `${socket} is answered by process ${told.pid}, and the worker is ${state.worker.pid}`,
      'name the stats socket of the HAProxy that haproxy.reload leads to',
    );
  const enough = level.text === 'user' ? '' : ', where user is enough for podfront';
  return pass(name, `${socket} has level ${level.text}${enough}`);
}

async function levelOf(
  socket: string,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }> {
  const reply = await sendCommand(socket, 'show cli level', limit, signal);
  if (!reply.ok) return reply;
  const level = /^(user|operator|admin)$/m.exec(reply.text)?.[1];
  return level === undefined ? { ok: false, why: 'it is no socket of HAProxy' } : { ok: true, text: level };
}
