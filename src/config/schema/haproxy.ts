import * as z from 'zod/mini';
import { parseSingleBind } from '../../haproxy-syntax/bind.ts';
import { parseLines } from '../../haproxy-syntax/extra-lines.ts';
import { problem } from '../../problem/problem.ts';
import type { Reload } from '../config.ts';
import { readPeer } from '../values/front.ts';
import { readAbsolutePath, readArgument, readPath, readSocket, readStats, readUnit, readVersion } from '../values/haproxy.ts';
import { layoutDefault, outputDefault, statsDefault } from './defaults.ts';
import { list, namedEntries, oneOf, optional, parsedText, parseWith, withDefault } from './fields.ts';

const path = parsedText('a path', readPath);
const lines = parsedText('lines of text', parseLines);
const reloads = z.strictObject(
  {
    systemd: optional('A systemd unit to reload.', parsedText('the name of a systemd unit', readUnit)),
    master: optional("HAProxy's master CLI socket.", parsedText('the path of a unix socket', readSocket)),
    pidfile: optional('File with the pid of the HAProxy master, which gets SIGUSR2.', parsedText('a path', readAbsolutePath)),
    command: optional('A command and its arguments, run without a shell.', list('a list of words', parsedText('a word', readArgument))),
  },
  { error: 'a mapping' },
);

const reload = z.pipe(
  z.union([z.literal('none'), reloads], {
    error: 'none, or one of {systemd: UNIT}, {master: SOCKET}, {pidfile: FILE} and {command: [...]}',
  }),
  z.transform(
    parseWith((value): Reload => {
      if (value === 'none') return { kind: 'none' };
      const { systemd, master, pidfile, command } = value;
      const methods: readonly (Reload | null)[] = [
        systemd === null ? null : { kind: 'systemd', unit: systemd },
        master === null ? null : { kind: 'master', socket: master },
        pidfile === null ? null : { kind: 'pidfile', file: pidfile },
        command === null ? null : { kind: 'command', command },
      ];
      const [method, second] = methods.filter((candidate) => candidate !== null);
      const hint = 'write one of systemd, master, pidfile and command, or none';
      if (method === undefined) throw problem('config.conflict', { what: 'it names no method to reload', hint });
      if (second !== undefined)
        throw problem('config.conflict', { what: `two ways to reload are named, ${method.kind} and ${second.kind}`, hint });
      if (method.kind === 'command' && (method.command[0] ?? '') === '')
        throw problem('config.conflict', { what: 'the command to reload is empty', hint });
      return method;
    }),
  ),
);

/** `haproxy`: the file that podfront writes, and how HAProxy is reloaded. */
export const haproxy = z.strictObject(
  {
    output: withDefault('The file that `watch` manages.', path, outputDefault),
    layout: withDefault(
      '`full`: global, defaults, resolvers and listens. `fragment`: resolvers and listens only.',
      oneOf(['full', 'fragment']),
      layoutDefault,
    ),
    with: withDefault('Other files that HAProxy loads, in their order: all are checked together.', list('a list of paths', path), []),
    binary: withDefault('The HAProxy program: a name looked up in PATH, or a path.', path, 'haproxy'),
    version: withDefault(
      'HAProxy version to write for: only keywords of that version are used. `auto` asks the program.',
      z.pipe(
        z.union([z.string(), z.number()], { error: 'auto, or a version such as "2.6"' }),
        z.transform(parseWith((v) => readVersion(String(v)))),
      ),
      'auto',
    ),
    reload: withDefault(
      'How HAProxy is reloaded: `{systemd: UNIT}`, `{master: SOCKET}`, `{pidfile: FILE}`, `{command: [...]}` or `none`.',
      reload,
      {
        systemd: 'haproxy.service',
      },
    ),
    socket: optional("HAProxy's stats socket, for reading.", parsedText('the path of a unix socket', readSocket), [
      '/run/haproxy/haproxy.sock',
    ]),
    warnings: withDefault("HAProxy's warnings about the file: shown, or refused like errors.", oneOf(['allow', 'refuse']), 'allow'),
    templates: optional('Folder of templates: files in it replace the built-in ones of the same name.', path, ['./templates']),
    global: withDefault('Lines to add to `global` verbatim; only layout `full` has that section.', lines, ''),
    defaults: withDefault('Lines to add to `defaults` verbatim; only layout `full` has that section.', lines, ''),
    stats: withDefault(
      "Address of HAProxy's stats page in layout `full`, or `none`.",
      parsedText('an address such as 127.0.0.1:8000, or none', readStats),
      statsDefault,
    ),
    peers: optional(
      'The HAProxy instances that share their stick tables, by name, each with its address, including this one. They become the section `peers frontends`.',
      namedEntries('a mapping of names to addresses', readPeer, parsedText('an address such as 192.0.2.21:10000', parseSingleBind)),
    ),
    localPeer: optional(
      'The name of this instance in `peers`, in layout `full`. Default: the host name.',
      parsedText('the name of a peer', readPeer),
      ['fe1'],
    ),
  },
  { error: 'a mapping' },
);
