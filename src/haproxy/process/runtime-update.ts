import { type Problem, problem } from '../../problem/problem.ts';
import { asOnlyPod } from '../file/pod-lines.ts';
import type { ListenActions, RuntimeListen, RuntimeListens } from '../file/runtime-listens.ts';
import type { RunningServer, ServerAction } from '../slots/server-actions.ts';
import type { CommandSocket } from './command-socket.ts';
import { replyLines } from './reply-lines.ts';
import { runtimeTimeout } from './runtime-access.ts';
import { sendCommand } from './runtime-api.ts';
import { readServerRows, runningServer } from './server-rows.ts';

/** The outcome of a change of servers at run time, with the servers that were seen afterwards. */
export type PatchOutcome =
  /** HAProxy was seen to have every desired server. */
  | { readonly kind: 'patched'; readonly listens: RuntimeListens }
  /** HAProxy had other servers than were known; the other changes were made. */
  | { readonly kind: 'outdated'; readonly listens: RuntimeListens }
  /** HAProxy refused a change. Others may have been made. */
  | { readonly kind: 'unpatchable'; readonly listen: string; readonly problem: Problem }
  /** HAProxy's reply was incomplete. Some changes may have been made. */
  | { readonly kind: 'unanswered'; readonly problem: Problem };

/**
 * Bytes of commands in one connection. HAProxy reads them into a buffer of 16 kB (`tune.bufsize`) less 1 kB (`tune.maxrewrite`);
 * beyond that it closes the connection, or executes a part of them.
 */
const maxCommands = 8_000;

/** A command with a known reply of one word. It marks the end of the replies to one action, which have no end of their own. */
const separator = 'show cli level';

/** Makes the changes, and verifies them: a change counts only once it is seen in `show servers state`. */
export async function patchServers(access: CommandSocket, changes: ListenActions, signal: AbortSignal): Promise<PatchOutcome> {
  const steps = [...changes].flatMap(([name, { listen, actions }]) =>
    actions.map((action) => ({ name, action, ...stepOf(name, listen, action) })),
  );
  let outdated = false;
  for (const group of groupsOf(steps, access)) {
    const reply = await sendCommand(access.path, group.flatMap(({ commands }) => commands).join(';'), runtimeTimeout, signal);
    if (!reply.ok) return unanswered(access, reply.why);
    const replies = splitReplies(reply.text);
    for (const [i, { name, server, action }] of group.entries()) {
      const lines = replies[i];
      if (lines === undefined) return unanswered(access, 'its reply ended early');
      const verdict = classify(action, lines);
      if (verdict === 'refused') return unpatchable(name, server, action, shown(lines));
      outdated ||= verdict === 'outdated';
    }
  }
  return readBack(access, changes, outdated, signal);
}

interface Step {
  readonly server: string;
  readonly commands: readonly string[];
}

function stepOf(listen: string, { options, weight }: RuntimeListen, action: ServerAction): Step {
  const server = `${listen}/${action.server}`;
  const commands = (...own: readonly string[]): Step => ({ server, commands: [...own, separator] });
  switch (action.kind) {
    case 'add': {
      // The options may name the server, where a template does.
      const words = (action.unobserved ? asOnlyPod(options) : options).replaceAll('POD', action.server);
      const checked = words.split(' ').includes('check') ? [`enable health ${server}`] : [];
      return commands(`add server ${server} ${action.address} ${words}`.trimEnd(), ...checked, `enable server ${server}`);
    }
    case 'ready':
      // A server of the file that drained when HAProxy started has the weight 0.
      return commands(`set server ${server} weight ${weight}`, `set server ${server} state ready`);
    case 'drain':
      return commands(`set server ${server} state drain`);
    case 'remove': {
      const close = action.close ? [`shutdown sessions server ${server}`] : [];
      return commands(`set server ${server} state maint`, ...close, `del server ${server}`);
    }
    default:
      return action satisfies never;
  }
}

/** The steps in order, grouped into connections by the size of HAProxy's buffer. */
function groupsOf<S extends Step>(steps: readonly S[], { prefix }: CommandSocket): readonly (readonly S[])[] {
  const groups: S[][] = [];
  let size = maxCommands;
  for (const step of steps) {
    const commands = step.commands.map((command) => prefix + command);
    const bytes = commands.reduce((sum, command) => sum + command.length + 1, 0);
    if (size + bytes > maxCommands) {
      groups.push([]);
      size = 0;
    }
    size += bytes;
    groups.at(-1)?.push({ ...step, commands });
  }
  return groups;
}

/** The lines of the replies, which the separator ends. Some replies end with an empty line, some do not. */
function splitReplies(text: string): readonly (readonly string[])[] {
  const replies: string[][] = [];
  let lines: string[] = [];
  for (const line of replyLines(text)) {
    if (line === null) break;
    if (line === '') continue;
    if (/^(?:admin|operator|user)$/.test(line)) {
      replies.push(lines);
      lines = [];
    } else lines.push(line);
  }
  return replies;
}

/** The verdict on the reply to an action: `done` also where a server stays until its connections end, `outdated` where HAProxy has other servers than were known. */
function classify({ kind }: ServerAction, lines: readonly string[]): 'done' | 'outdated' | 'refused' {
  const [first = '', ...others] = lines;
  if (/^No such server|^Already exists a server with the same name|^Require 'backend\/server'/.test(first)) return 'outdated';
  if (others.length > 0) return 'refused';
  switch (kind) {
    case 'add':
      return first === 'New server registered.' ? 'done' : 'refused';
    case 'remove':
      return first === 'Server deleted.' || first.startsWith('Server still has connections attached to it') ? 'done' : 'refused';
    case 'ready':
    case 'drain':
      return first === '' ? 'done' : 'refused';
    default:
      return kind satisfies never;
  }
}

async function readBack(access: CommandSocket, changes: ListenActions, outdated: boolean, signal: AbortSignal): Promise<PatchOutcome> {
  const found = await readRunningServers(access, new Map([...changes].map(([name, { listen }]) => [name, listen])), signal);
  if (!found.ok) return unanswered(access, found.why);
  for (const [name, { actions }] of changes) {
    const servers = new Map(found.listens.get(name)?.servers.map((server) => [server.name, server]));
    const missed = actions.find((action) => !isDone(action, servers.get(action.server)));
    if (missed === undefined || outdated) continue;
    const reply = 'it accepted the commands, and show servers state does not show the change';
    return unpatchable(name, `${name}/${missed.server}`, missed, reply);
  }
  return { kind: outdated ? 'outdated' : 'patched', listens: found.listens };
}

function isDone(action: ServerAction, server: RunningServer | undefined): boolean {
  switch (action.kind) {
    case 'add':
      return server?.state === 'ready' && server.address === action.address;
    case 'ready':
    case 'drain':
      return server?.state === action.kind;
    case 'remove':
      return server === undefined || server.state === 'maint';
    default:
      return action satisfies never;
  }
}

/** Reads HAProxy's servers of pods for these listens. */
export async function readRunningServers(
  { path, prefix }: CommandSocket,
  listens: RuntimeListens,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly listens: RuntimeListens } | { readonly ok: false; readonly why: string }> {
  // One question for all of them where there are many; a reply ends with its connection.
  const questions = listens.size > maxSingle ? [''] : [...listens.keys()].map((name) => ` ${name}`);
  const servers = new Map([...listens.keys()].map((name) => [name, [] as RunningServer[]]));
  for (const question of questions) {
    const reply = await sendCommand(path, `${prefix}show servers state${question}`, runtimeTimeout, signal);
    if (!reply.ok) return reply;
    const rows = readServerRows(reply.text);
    if (rows === null || !reply.text.endsWith('\n\n')) return { ok: false, why: 'it does not show the servers' };
    for (const row of rows) {
      const listen = listens.get(row.backend);
      if (listen === undefined || listen.others.has(row.name)) continue;
      const server = runningServer(row);
      const drained = server.state === 'ready' && row.weight === 0 && listen.weight > 0;
      servers.get(row.backend)?.push(drained ? { ...server, state: 'drain' } : server);
    }
  }
  return { ok: true, listens: new Map([...listens].map(([name, listen]) => [name, { ...listen, servers: servers.get(name) ?? [] }])) };
}

/** The most listens that are asked for one by one. */
const maxSingle = 16;

function unpatchable(listen: string, server: string, { kind }: ServerAction, reply: string): PatchOutcome {
  const what = { add: 'add', ready: 'enable', drain: 'drain', remove: 'remove' }[kind];
  return { kind: 'unpatchable', listen, problem: problem('runtime.refused', { server, what, reply }) };
}

function unanswered({ path }: CommandSocket, why: string): PatchOutcome {
  return { kind: 'unanswered', problem: problem('runtime.unreachable', { socket: path, why }) };
}

function shown(lines: readonly string[]): string {
  const text = lines.join(' ').replace(/[^\x20-\x7e]/g, '?');
  return text.length > 300 ? `${text.slice(0, 300)}...` : text || 'nothing';
}
