import { accessProblems } from './catalogue/access.ts';
import { apiProblems } from './catalogue/api.ts';
import { authProblems } from './catalogue/auth.ts';
import { configProblems } from './catalogue/config.ts';
import { daemonProblems } from './catalogue/daemon.ts';
import { dnsProblems } from './catalogue/dns.ts';
import { haproxyProblems } from './catalogue/haproxy.ts';
import { importProblems } from './catalogue/import.ts';
import { loadBalancerProblems } from './catalogue/load-balancer.ts';
import { networkProblems } from './catalogue/network.ts';
import { systemProblems } from './catalogue/system.ts';
import { usageProblems } from './catalogue/usage.ts';

/** The exit statuses that a problem can cause; docs/errors.md has the table. */
export type ExitStatus = 1 | 2 | 3 | 4 | 5 | 70;

/** An entry of the catalogue. `{name}` in a text is replaced by a fact that is given when the problem is raised. */
export interface CatalogueEntry {
  readonly exit: ExitStatus;
  readonly message: string;
  readonly hint: string;
}

/** Every problem that podfront can report; `docs/errors.md` is generated from this table. */
export const catalogue = {
  ...usageProblems,
  ...systemProblems,
  ...configProblems,
  ...authProblems,
  ...dnsProblems,
  ...apiProblems,
  ...accessProblems,
  ...haproxyProblems,
  ...daemonProblems,
  ...loadBalancerProblems,
  ...networkProblems,
  ...importProblems,
} satisfies Record<string, CatalogueEntry>;

/** The code of a problem. */
export type Code = keyof typeof catalogue;

type FactsIn<S extends string> = S extends `${string}{${infer K}}${infer Rest}` ? K | FactsIn<Rest> : never;
type FactsOf<C extends Code> = FactsIn<(typeof catalogue)[C]['message'] | (typeof catalogue)[C]['hint']>;
type FactsArgument<C extends Code> = [FactsOf<C>] extends [never] ? [] : [facts: Readonly<Record<FactsOf<C>, string | number>>];

/** A place in a file of the user. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** Path within the document, such as `listen.ingress.binds[1]`. */
  readonly path?: string;
}

/** The optional parts of a problem. */
export interface ProblemDetails {
  readonly at?: Place;
  /** Further lines to show below the message, such as HAProxy's ALERT lines. */
  readonly lines?: readonly string[];
  /** The problems that this one sums up; all of them are shown. */
  readonly parts?: readonly Problem[];
  readonly cause?: unknown;
}

/** The only error class: an entry of the catalogue with its facts filled in. */
export class Problem extends Error {
  readonly code: Code;
  readonly hint: string;
  readonly exit: ExitStatus;
  readonly at: Place | undefined;
  readonly lines: readonly string[];
  readonly parts: readonly Problem[];

  constructor(code: Code, message: string, hint: string, extras: ProblemDetails = {}) {
    super(message, { cause: extras.cause });
    this.name = 'Problem';
    this.code = code;
    this.hint = hint;
    this.exit = catalogue[code].exit;
    this.at = extras.at;
    this.lines = extras.lines ?? [];
    this.parts = extras.parts ?? [];
  }
}

/** Builds the problem `code` of the catalogue; the types require the facts that its texts name. */
export function problem<C extends Code>(code: C, ...facts: FactsArgument<C>): Problem {
  return problemWith({}, code, ...facts);
}

/** Builds a problem with a place, lines, parts or a cause. */
export function problemWith<C extends Code>(extras: ProblemDetails, code: C, ...[facts]: FactsArgument<C>): Problem {
  const entry = catalogue[code];
  return new Problem(code, fill(entry.message, facts), fill(entry.hint, facts), extras);
}

/** The problem with a place, for one that was raised without knowing it. */
export function atPlace({ code, message, hint, ...extras }: Problem, at: Place): Problem {
  return new Problem(code, message, hint, { ...extras, at });
}

/** The result of `read`, or the problem that it throws. */
export function orProblem<T>(read: () => T): T | Problem {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** Whether `read` throws no problem. */
export function isValid(read: () => unknown): boolean {
  return !(orProblem(read) instanceof Problem);
}

/** The message with its place: `file:line:column: path: message`, as far as each is known. */
export function messageWithPlace(problem: Problem): string {
  const { at } = problem;
  if (at === undefined) return problem.message;
  const position = [at.file, at.line, at.column].filter((part) => part !== undefined).join(':');
  return [position, at.path, problem.message].filter((part) => part !== undefined && part !== '').join(': ');
}

function fill(text: string, facts: Readonly<Record<string, string | number>> | undefined): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => visible(String(facts?.[name] ?? '')));
}

/**
 * The text with control characters and invisible and bidirectional formatting characters (UAX 9) shown as escapes: texts come from
 * hostile input, and must not control a terminal, hide text or change the reading direction.
 */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to make visible
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g, (c) => {
    const hex = c.charCodeAt(0).toString(16);
    return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}
