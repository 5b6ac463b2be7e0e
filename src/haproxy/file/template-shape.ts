/**
 * The data that a template may use:
 * - `word`: one word of HAProxy's language, written with `{{name}}`
 * - `words`: several of them with single spaces, written with `{{name}}`
 * - `line`: verbatim text that was validated as one line, written with `{{{name}}}`
 * - `flag`: true or false, for `{{#name}}` and `{{^name}}`
 * - `maybe`: something that may be null, opened with `{{#name}}`
 * - `list` and `object`: for `{{#name}}`; the elements of a list of words or lines are `.`
 */
export type TemplateShape =
  | { readonly kind: 'word' | 'words' | 'line' | 'flag'; readonly about: string }
  | { readonly kind: 'maybe' | 'list'; readonly of: TemplateShape; readonly about: string }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, TemplateShape>> };

/** One word of HAProxy's language. */
export const word = (about: string): TemplateShape => ({ kind: 'word', about });
/** Several words with single spaces between them. */
export const words = (about: string): TemplateShape => ({ kind: 'words', about });
/** Verbatim text that was validated as one line. */
export const line = (about: string): TemplateShape => ({ kind: 'line', about });
/** True or false. */
export const flag = (about: string): TemplateShape => ({ kind: 'flag', about });
/** Something that may be null. */
export const maybe = (of: TemplateShape, about: string): TemplateShape => ({ kind: 'maybe', of, about });
/** Any number of elements. */
export const list = (of: TemplateShape, about: string): TemplateShape => ({ kind: 'list', of, about });
/** Named fields, all of them present. */
export const object = (fields: Readonly<Record<string, TemplateShape>>): TemplateShape => ({ kind: 'object', fields });
