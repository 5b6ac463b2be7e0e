import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../system/clock.ts';
import { emptyHistory, recordStatus } from '../history.ts';
import type { ListenDetails, Status } from '../status.ts';
import type { PageAssets } from './document.ts';
import { listenPage } from './listen-page.ts';
import { emptyPage, statusPage } from './page.ts';
import { queryOf, viewOf } from './view.ts';

/** The status page with the history it shows. */
export interface Page {
  /** Adds a status to the history; call it on every change, and at least every ten seconds. */
  readonly record: (status: Status) => void;
  /** The page with the listens that the query selects; for null, a page that says that the daemon is stuck. A view is rendered at most once a second. */
  readonly overview: (status: Status | null, query: URLSearchParams) => string;
  /** The page of one listen. */
  readonly listen: (status: Status, details: ListenDetails) => string;
  /** The security headers to send with the document. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A rendered view is reused for at least this time in milliseconds, and for at least ten times the duration of rendering it. */
const lifetime = 1_000;
const share = 10;
/** The most views that are kept. */
const maxKept = 16;

/** Opens the page; style and script come from the folder `page` of the package. */
export function openPage(root: string, clock: Clock): Page {
  const style = readFileSync(`${root}page/page.css`, 'utf8');
  const script = readFileSync(`${root}page/page.js`, 'utf8');
  const assets: PageAssets = { style, script, build: hash(style + script) };
  let history = emptyHistory;
  const kept = new Map<string, { readonly until: number; readonly text: string }>();
  return {
    record(status) {
      history = recordStatus(history, status.listens, clock.now());
    },
    overview(status, query) {
      const now = clock.now();
      if (status === null) return emptyPage(assets, now);
      const view = viewOf(query);
      const key = queryOf(view);
      const known = kept.get(key);
      if (known !== undefined && now < known.until) return known.text;
      const text = statusPage(status, history, view, assets, now);
      if (kept.size >= maxKept) kept.clear();
      kept.set(key, { until: now + Math.max(lifetime, share * (clock.now() - now)), text });
      return text;
    },
    listen: (status, details) => listenPage(status, details, history, assets, clock.now()),
    headers: {
      'content-security-policy': policy(style, script),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    },
  };
}

/** The Content Security Policy (Level 3): only the page's own style and script, and requests to its own origin. */
function policy(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src '${hash(style)}'`,
    `script-src '${hash(script)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
