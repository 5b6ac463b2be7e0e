import { type Check, isWell, skip } from './check.ts';

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
 * says so. One broken thing is then one failure, and the remedy that helps is the one shown. Two that
 * explain each other are both left; at least one failure stays.
 */
export function withoutConsequences(judged: readonly Judged[]): readonly Check[] {
  const failed = new Set(judged.filter(({ result }) => result === 'fail').map(({ name }) => name));
  const as = judged.map(({ follows, ...check }) => check);
  const explains = (name: string, other: string) =>
    judged.some((one) => one.name === other && one.follows?.some((set) => set.includes(name)));
  const left = judged.map(({ follows = [], ...check }) => {
    const causes = follows.find((set) => set.length > 0 && set.every((name) => failed.has(name) && !explains(check.name, name)));
    if (causes === undefined || check.result === 'pass' || check.result === 'skip') return check;
    return skip(check.name, `${check.seen}; this follows from ${causes.join(' and ')}, see there`);
  });
  return isWell(left) ? as : left;
}
