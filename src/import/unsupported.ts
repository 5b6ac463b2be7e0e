import type { WholeProxy } from './effective.ts';
import { elsewhere, type Notes, quotedLine } from './note.ts';
import { isNameserver } from './resolvers.ts';
import type { Section } from './sections.ts';
import type { Userlist } from './userlists.ts';

/** Sections that are read elsewhere. */
const known = new Set(['global', 'defaults', 'listen', 'frontend', 'backend', 'userlist']);

/** What podfront writes into a `resolvers` section by itself. */
const own = /^(accepted_payload_size|resolve_retries|timeout (resolve|retry)|hold (valid|obsolete|nx|timeout|refused|other)) /;

/** Of those, what podfront writes in the same words: see templates/resolvers.mustache. */
const alike = new Set([
  ...['accepted_payload_size 8192', 'resolve_retries 3', 'timeout retry 1s', 'hold obsolete 0s', 'hold nx 30s'],
  ...['hold timeout 24h', 'hold refused 24h', 'hold other 24h'],
]);

/** Sections that podfront.yaml has no place for, and lines of used resolvers that podfront does not write. */
export function noteRest(sections: readonly Section[], used: readonly Section[], notes: Notes): void {
  for (const section of sections) {
    const { keyword, name, number } = section;
    if (known.has(keyword)) continue;
    if (used.includes(section)) noteResolvers(section, notes);
    else notes.leftOut(number, `${keyword} ${name}`.trim(), 'podfront.yaml has no place for it', elsewhere);
  }
}

function noteResolvers({ lines }: Section, { leftOut, fault }: Notes): void {
  const said = new Set(lines.map(({ words }) => words.join(' ')));
  for (const { number, words, text } of lines) {
    const [keyword = '', id = '', address = ''] = words;
    const line = words.join(' ');
    if (keyword === 'parse-resolv-conf')
      leftOut(number, keyword, 'podfront asks cluster DNS directly', 'name its servers in cluster.nameservers');
    else if (keyword === 'nameserver') {
      if (!isNameserver(address))
        leftOut(number, `nameserver ${id}`, 'it is no address', 'name the server in cluster.nameservers by its address');
    } else if (own.test(line)) {
      const valid = line.replace(/^hold valid /, 'timeout resolve ');
      if (!alike.has(line) && !said.has(valid)) fault(number, `${quotedLine(line)} is not kept: podfront writes its own`);
    } else leftOut(number, `the line ${quotedLine(text)}`, 'podfront writes the resolvers section, and not this line', 'do without it');
  }
}

/** Defaults sections of which nothing is kept. */
export function noteDefaults(defaults: readonly Section[], used: readonly Section[], { leftOut }: Notes): void {
  for (const section of defaults)
    if (!used.includes(section))
      leftOut(section.number, `defaults ${section.name}`.trim(), 'no listen that was taken over has anything of it', elsewhere);
}

/** A proxy that stays behind, both of its sections. */
export function noteProxy({ name, number, backend }: WholeProxy, why: string, { leftOut }: Notes): void {
  leftOut(number, `${backend === null ? 'listen' : 'frontend'} ${name}`.trim(), why, elsewhere);
  if (backend !== null) leftOut(backend.number, `backend ${backend.name}`, `frontend ${name} was left out`, elsewhere);
}

/** Lines of a stats page, which podfront writes by itself. */
export function noteStats({ lines }: WholeProxy, { fault }: Notes): void {
  for (const { number, text, words } of lines)
    if (words[0] !== 'bind' && !['stats enable', 'stats uri /', 'stats refresh 5s'].includes(text))
      fault(number, `${quotedLine(text)} is not kept: podfront writes the stats page`);
}

/**
 * A list of users that stays behind, or of which something does.
 *
 * @param asked whether a `basicAuth` stands for it
 * @param named whether lines that stay as they are name it
 */
export function noteList(
  { number, name }: Section,
  list: Userlist,
  { asked, named, users }: { readonly asked: boolean; readonly named: boolean; readonly users: boolean },
  { leftOut }: Notes,
): void {
  if (asked && !named) return;
  const [why, hint] =
    list.kind === 'unreadable'
      ? ([list.why, 'mkpasswd -m sha-512 makes the hash of a password; then import again'] as const)
      : named && !users
        ? (['password hashes go into no configuration', '--users FOLDER writes them to a file there, which only you can read'] as const)
        : named
          ? (['rules ask for it that basicAuth cannot say', elsewhere] as const)
          : (['podfront.yaml has no place for it', elsewhere] as const);
  leftOut(number, `userlist ${name}`.trim(), why, hint);
}
