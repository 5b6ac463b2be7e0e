import { type Html, html, inlineElement, markupOf } from './html.ts';
import { timeElement } from './times.ts';

/** The parts of the page that do not change while podfront runs. */
export interface PageAssets {
  readonly style: string;
  readonly script: string;
  /** Changes with style and script, so that an open page notices another version of podfront. */
  readonly build: string;
}

/** The content of an HTML document that loads no other resource. */
export interface PageDocument {
  /** The title before the name of the machine. */
  readonly head: string;
  /** Empty where it is not known. */
  readonly host: string;
  /** Seconds between two refreshes. */
  readonly every: number;
  readonly main: Html;
}

/** Writes a document at `now` (milliseconds since 1970). */
export function htmlDocument({ head, host, every, main }: PageDocument, { style, script, build }: PageAssets, now: number): string {
  const of = host === '' ? 'podfront' : `podfront on ${host}`;
  return `<!doctype html>\n${markupOf(html`<html lang="en" data-every="${every}" data-build="${build}">
<head>
<meta charset="utf-8">
<title>${head} - ${of}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${inlineElement('style', style)}
</head>
<body>
<a class="skip" href="#listens">Skip to the listens</a>
<header><h1><a href="/">${of}</a></h1>
<nav aria-label="More"><a href="/metrics">metrics</a> <a href="/status">JSON</a> <a href="/docs/">documentation</a></nav>
<p id="updated">as of ${timeElement(new Date(now).toISOString(), now)}<noscript>; without scripts this page does not refresh itself</noscript></p></header>
<p id="disconnected" role="alert" hidden></p>
<main>
${main}
</main>
${inlineElement('script', script)}
</body>
</html>`)}\n`;
}

/** A state as a word with a sign, so that no meaning depends on colour alone. */
export function statusMark(kind: 'good' | 'warn' | 'bad' | 'wait', word: string, rest: Html | null = null): Html {
  return html`<p class="mark ${kind}"><span class="sign" aria-hidden="true">${signs[kind]}</span> <b>${word}</b>${rest}</p>`;
}

const signs = { good: '\u2713', warn: '!', bad: '\u2715', wait: '\u2026' } as const;

/** `1 pod`, `2 pods`. */
export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
