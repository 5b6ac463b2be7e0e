import { type Check, skip } from './check.ts';

/** A check with the other checks whose failure would explain its own. */
export interface CheckWithCauses extends Check {
  /** Sets of check names. Where all checks of one set failed, this failure follows from them. */
  readonly causes?: readonly (readonly string[])[];
}

/** The check with the checks whose failure would explain its own. */
export function withCauses(check: Check, ...causes: readonly (readonly string[])[]): CheckWithCauses {
  return { ...check, causes };
}

/**
 * Skips every failure that follows from another one and names its root cause, so that one fault is one failure and the remedy
 * that helps is the one shown. Checks that explain each other all stay failures, so that no fault is lost.
 */
export function withoutFollowOnFailures(checks: readonly CheckWithCauses[]): readonly Check[] {
  const failed = new Set(checks.filter(({ result }) => result === 'fail').map(({ name }) => name));
  const directCauses = new Map(
    checks.map(({ name, causes = [] }) => [name, causes.find((set) => set.length > 0 && set.every((one) => failed.has(one))) ?? []]),
  );
  /** The causes that have no cause themselves; none where checks cause each other in a circle. */
  const rootsOf = (name: string, path: readonly string[]): readonly string[] => {
    if (path.includes(name)) return [];
    const direct = directCauses.get(name) ?? [];
    return direct.length === 0 ? [name] : direct.flatMap((cause) => rootsOf(cause, [...path, name]));
  };
  return checks.map(({ causes: _, ...check }) => {
    if (check.result === 'pass' || check.result === 'skip' || directCauses.get(check.name)?.length === 0) return check;
    const roots = [...new Set(rootsOf(check.name, []))];
    return roots.length === 0 ? check : skip(check.name, `${check.seen}; this follows from ${roots.join(' and ')}, see there`);
  });
}
