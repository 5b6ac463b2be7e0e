import { visible } from '../../problem/problem.ts';

const markup: unique symbol = Symbol('markup');

/** Safe markup. Only `html` and `inlineElement` create it, so that no other text can be mistaken for it. */
export interface Html {
  readonly [markup]: string;
}

/** A value in a template: text is escaped, markup and lists of it are inserted as they are, null is empty. */
export type HtmlPart = Html | string | number | null | readonly HtmlPart[];

/** Markup from a template. Values are escaped for their places, between tags and in quoted attributes. */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { [markup]: texts.map((text, i) => (i === 0 ? text : written(parts[i - 1] ?? null) + text)).join('') };
}

/** An inline style or script of podfront, whose text HTML does not escape; it must not contain `</`. */
export function inlineElement(element: 'style' | 'script', text: string): Html {
  return { [markup]: `<${element}>${text}</${element}>` };
}

/** The markup as text. */
export function markupOf(html: Html): string {
  return html[markup];
}

/** Escapes text for HTML: its five special characters as references (HTML 13.1.4), control characters as `visible` shows them. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function written(part: HtmlPart): string {
  if (part === null) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return isList(part) ? part.map(written).join('') : part[markup];
}

function isList(part: Html | readonly HtmlPart[]): part is readonly HtmlPart[] {
  return Array.isArray(part);
}
