import { access, constants, lstat, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { loadHtpasswd } from '../config/load-htpasswd.ts';
import { reloadDigest } from '../haproxy/file/reload-digest.ts';
import { renderer } from '../haproxy/file/render.ts';
import { blocksOf, listenBlocks } from '../haproxy/file/sections.ts';
import { readTemplates } from '../haproxy/load-templates.ts';
import { checkText, haproxyWarnings } from '../haproxy/process/check.ts';
import { type DesiredFile, desiredFile } from '../plan/desired-file.ts';
import { Problem } from '../problem/problem.ts';
import { offlineSource } from '../source/offline.ts';
import { otherKind } from '../system/read-file.ts';
import { shortList } from '../terminal/short-list.ts';
import { type Check, fail, failedBy, pass, skip, warn } from './check.ts';
import { listenService, listenSlots } from './check-names.ts';
import type { DoctorFacts } from './facts.ts';
import { type CheckWithCauses, withCauses } from './root-causes.ts';

/** Checks the file that podfront writes: that HAProxy accepts it, that it can be replaced, and that the current file is up to date. */
export async function outputChecks(facts: DoctorFacts): Promise<readonly CheckWithCauses[]> {
  const desired = await desiredOf(facts);
  return [
    installed(facts),
    desired instanceof Problem ? failedBy(accepted, desired) : await acceptedByHaproxy(facts, desired),
    await writable(facts),
    desired instanceof Problem ? skip(current, 'no file can be rendered to compare with') : upToDate(facts, desired),
  ];
}

const accepted = 'rendered file accepted by HAProxy';
const current = 'output up to date';

function installed({ config, version, versionProblem }: DoctorFacts): Check {
  const name = 'HAProxy installed';
  const { binary } = config.haproxy;
  if (versionProblem !== null) return fail(name, versionProblem, 'install HAProxy 2.3 or newer, or set haproxy.version');
  if (version === null) return fail(name, `${binary} is not installed`, 'install HAProxy, or set haproxy.binary');
  return pass(name, `${binary} is version ${version.text}`);
}

/** The desired file. A listen whose observation failed is rendered as with --offline. */
async function desiredOf({ context, config, currentFile, target, observations }: DoctorFacts): Promise<DesiredFile | Problem> {
  try {
    const render = renderer(readTemplates(context.io.root, config.haproxy.templates), target, loadHtpasswd(config));
    const offline = await offlineSource.list(config, context.io.signal);
    const answered = observations.map((one, i) => (one.state === 'failed' ? (offline[i] ?? one) : one));
    const keepServiceListens = config.loadBalancer !== null;
    return desiredFile({ config, observations: answered, currentFile, version: target, render, keepServiceListens });
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

async function acceptedByHaproxy({ context, config, version }: DoctorFacts, desired: DesiredFile): Promise<Check> {
  if (version === null) return skip(accepted, 'HAProxy is not installed');
  try {
    const warnings = await checkText(context, config, desired.text, config.haproxy.output);
    const seen = `${config.haproxy.binary} -c accepts it${beside(config.haproxy.with)}`;
    if (warnings.length === 0) return pass(accepted, `${seen}, without a warning`);
    const { message, hint, lines } = haproxyWarnings(warnings);
    return warn(accepted, [message, ...lines].join('; '), hint);
  } catch (error) {
    if (error instanceof Problem) return failedBy(accepted, error);
    throw error;
  }
}

function beside(files: readonly string[]): string {
  return files.length === 0 ? '' : ` together with ${shortList(files)}`;
}

/** Checks that the output can be replaced. The new file is written into the same folder and renamed, so the folder must be writable (rename(2)). */
async function writable({ config }: DoctorFacts): Promise<Check> {
  const name = 'output writable';
  const { output } = config.haproxy;
  const remedy = 'give podfront write access to the folder, or set haproxy.output to a file elsewhere that HAProxy loads';
  const link = await lstat(output).catch(() => null);
  const target = await realpath(output).catch(() => null);
  if (target === null && link?.isSymbolicLink() === true) return fail(name, `${output} is a symlink to a file that does not exist`, remedy);
  const file = target ?? output;
  const where = file === output ? output : `${output}, which is ${file},`;
  const there = await stat(file).catch(() => null);
  if (there !== null && !there.isFile()) return fail(name, `${where} cannot be replaced: ${otherKind(there)}`, remedy);
  const { uid } = userInfo();
  if (there !== null && uid !== 0 && there.uid !== uid)
    return fail(
      name,
      `${where} belongs to user ${there.uid}, and this is user ${uid}, who cannot keep that owner when replacing it`,
      `chown ${uid} ${file}`,
    );
  try {
    await access(dirname(file), constants.W_OK | constants.X_OK);
    return pass(name, `${where} can be replaced`);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const store = file.startsWith('/nix/store/') ? ': on NixOS a file in the store changes only with a rebuild' : '';
    return fail(name, `${where} cannot be replaced: ${reasons[code] ?? code}${store}`, remedy);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a folder',
};

/** Checks section by section whether the output is up to date, so that a listen without an answer does not hide the others. Seeded addresses may differ, because HAProxy updates them itself. */
function upToDate({ config, currentFile, observations }: DoctorFacts, desired: DesiredFile): CheckWithCauses {
  const { output } = config.haproxy;
  const remedy = 'start podfront watch, or run podfront render; see podfront status where it runs already';
  if (currentFile === null) return fail(current, `${output} does not exist`, remedy);
  const [before, after] = [listenBlocks(currentFile), listenBlocks(desired.text)];
  const unanswered = observations.flatMap(({ state, listen }) => (state === 'failed' ? [listen.name] : []));
  const differ = [...after]
    .filter(([name, block]) => !unanswered.includes(name) && reloadDigest(before.get(name) ?? '') !== reloadDigest(block))
    .map(([name]) => name);
  const configured = new Set(config.listens.map(({ name }) => name));
  const gone = [...before.keys()].filter((name) => !configured.has(name) && !name.startsWith('_'));
  // The desired resolvers section depends on all answers.
  const around = (text: string) =>
    blocksOf(text)
      .filter(
        ({ listen, text: lines }) =>
          (listen === null || listen.startsWith('_')) && (unanswered.length === 0 || !/^resolvers\s/m.test(lines)),
      )
      .map(({ text: lines }) => lines.trim())
      .join('\n');
  const others = around(currentFile) === around(desired.text) ? [] : ['the sections beside the listens'];
  const stale = [
    ...differ.map((name) => `listen ${name}`),
    ...gone.map((name) => `listen ${name}, which is no longer configured`),
    ...others,
  ];
  // A listen with more pods than slots would be written with more slots.
  if (stale.length > 0)
    return withCauses(
      fail(current, `${output} differs from the desired file in ${shortList(stale)}`, remedy),
      stale.length === differ.length ? differ.map(listenSlots) : [],
    );
  if (unanswered.length > 0)
    return withCauses(
      warn(
        current,
        `the cluster did not answer for ${shortList(unanswered)}, so only the other listens were compared`,
        'see the checks of those listens',
      ),
      unanswered.map(listenService),
    );
  return pass(
    current,
    desired.text === currentFile ? `${output} is up to date` : `${output} is up to date but for addresses, which HAProxy updates by itself`,
  );
}
