import { type Check, skip } from './check.ts';

/** A check, and what would explain that it did not pass. */
export interface Judged extends Check {
  /** Names of other checks, in sets: where every one of a set failed, this one follows from them. */
  readonly follows?: readonly (readonly string[])[];
}

/** The check with what would explain it. */
export function following(check: Check, ...follows: readonly (readonly string[])[]): Judged {
  return { ...check, follows };
}

/**
 * Leaves the faults and takes back what only follows from them: a check that another failed one explains cannot be judged, and
 * says from what it follows in the end. One broken thing is then one failure, and the remedy that helps is the one shown. Checks
 * that explain each other are all left, so that no fault is lost.
 */
export function withoutFollowOnFailures(judged: readonly Judged[]): readonly Check[] {
  const failed = new Set(judged.filter(({ result }) => result === 'fail').map(({ name }) => name));
  const causesOf = ({ follows = [] }: Judged) => follows.find((set) => set.length > 0 && set.every((name) => failed.has(name))) ?? [];
  const causes = new Map(judged.map((one) => [one.name, causesOf(one)]));
  /** What has no cause itself; none where the way leads round. */
  const roots = (name: string, way: readonly string[]): readonly string[] => {
    if (way.includes(name)) return [];
    const found = causes.get(name) ?? [];
    return found.length === 0 ? [name] : found.flatMap((cause) => roots(cause, [...way, name]));
  };
  return judged.map(({ follows, ...check }) => {
    if (check.result === 'pass' || check.result === 'skip' || causes.get(check.name)?.length === 0) return check;
    const found = [...new Set(roots(check.name, []))];
    return found.length === 0 ? check : skip(check.name, `${check.seen}; this follows from ${found.join(' and ')}, see there`);
  });
}
