import type { WholeProxy } from './effective.ts';
import { elsewhere, type Notes, quotedLine } from './note.ts';
import { isNameserver } from './resolvers.ts';
import type { Section } from './section.ts';
import type { Userlist } from './userlists.ts';

/** The sections that other modules import. */
const readElsewhere = new Set(['global', 'defaults', 'listen', 'frontend', 'backend', 'userlist']);

/** The settings that podfront writes into a `resolvers` section. */
const generated = /^(accepted_payload_size|resolve_retries|timeout (resolve|retry)|hold (valid|obsolete|nx|timeout|refused|other)) /;

/** Those of these settings that have the value which podfront writes: see templates/resolvers.mustache. */
const sameValue = new Set([
  ...['accepted_payload_size 8192', 'resolve_retries 3', 'timeout retry 1s', 'hold obsolete 0s', 'hold nx 30s'],
  ...['hold timeout 24h', 'hold refused 24h', 'hold other 24h'],
]);

/** Notes sections that podfront.yaml cannot express, and lines of used resolvers that podfront does not write. */
export function reportOtherSections(sections: readonly Section[], used: readonly Section[], notes: Notes): void {
  for (const section of sections) {
    const { keyword, name, number } = section;
    if (readElsewhere.has(keyword)) continue;
    if (used.includes(section)) reportResolvers(section, notes);
    else notes.leftOut(number, `${keyword} ${name}`.trim(), 'podfront.yaml has no place for it', elsewhere);
  }
}

function reportResolvers({ lines }: Section, { leftOut, fault }: Notes): void {
  const all = new Set(lines.map(({ words }) => words.join(' ')));
  for (const { number, words, text } of lines) {
    const [keyword = '', id = '', address = ''] = words;
    const line = words.join(' ');
    if (keyword === 'parse-resolv-conf')
      leftOut(number, keyword, 'podfront asks cluster DNS directly', 'name its servers in cluster.nameservers');
    else if (keyword === 'nameserver') {
      if (!isNameserver(address))
        leftOut(number, `nameserver ${id}`, 'it is no address', 'name the server in cluster.nameservers by its address');
    } else if (generated.test(line)) {
      const valid = line.replace(/^hold valid /, 'timeout resolve ');
      if (!sameValue.has(line) && !all.has(valid)) fault(number, `${quotedLine(line)} is not kept: podfront writes its own`);
    } else leftOut(number, `the line ${quotedLine(text)}`, 'podfront writes the resolvers section, and not this line', 'do without it');
  }
}

/** Notes defaults sections from which nothing is imported. */
export function reportDefaults(defaults: readonly Section[], used: readonly Section[], { leftOut }: Notes): void {
  const kept = new Set(used);
  for (const section of defaults)
    if (!kept.has(section)) leftOut(section.number, `defaults ${section.name}`.trim(), 'no imported listen has anything of it', elsewhere);
}

/** Notes both sections of a proxy that is left out. */
export function reportProxy({ name, number, backend, shared }: WholeProxy, why: string, { leftOut }: Notes): void {
  leftOut(number, `${shared !== null ? 'backend' : backend === null ? 'listen' : 'frontend'} ${name}`.trim(), why, elsewhere);
  if (backend !== null) leftOut(backend.number, `backend ${backend.name}`, `frontend ${name} was left out`, elsewhere);
}

/** Notes the lines of a stats page that podfront's own does not have. */
export function reportStats({ lines }: WholeProxy, { fault }: Notes): void {
  for (const { number, text, words } of lines)
    if (words[0] !== 'bind' && !['stats enable', 'stats uri /', 'stats refresh 5s'].includes(text))
      fault(number, `${quotedLine(text)} is not kept: podfront writes the stats page`);
}

/**
 * Notes a list of users that is left out, or that more than `basicAuth` needs.
 *
 * @param needed whether a `basicAuth` replaces it
 * @param named whether copied lines refer to it
 */
export function reportUserlist(
  { number, name }: Section,
  list: Userlist,
  { needed, named, users }: { readonly needed: boolean; readonly named: boolean; readonly users: boolean },
  { leftOut }: Notes,
): void {
  if (needed && !named) return;
  const [why, hint] =
    list.kind === 'unreadable'
      ? ([
          list.why,
          users
            ? 'mkpasswd -m sha-512 makes the hash of a password; then import again'
            : '--users FOLDER writes the users to a file there, with hashes of their passwords',
        ] as const)
      : named && !users
        ? (['password hashes go into no configuration', '--users FOLDER writes them to a file there, which only you can read'] as const)
        : named
          ? (['rules use it in a way that basicAuth cannot express', elsewhere] as const)
          : (['podfront.yaml has no place for it', elsewhere] as const);
  leftOut(number, `userlist ${name}`.trim(), why, hint);
}
