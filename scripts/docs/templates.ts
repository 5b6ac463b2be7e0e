import { fileShape, partNames } from '../../src/haproxy/file/template-data.ts';
import type { TemplateShape } from '../../src/haproxy/file/template-shape.ts';

const duties: Readonly<Record<(typeof partNames)[number], string>> = {
  'haproxy.cfg': 'the whole file; says which parts come, and in which order',
  head: 'the comment at the top',
  global: 'the section `global` (layout `full` only)',
  defaults: 'the section `defaults` (layout `full` only)',
  'default-server': 'the options that mark down a pod which refuses connections: in `defaults` with the layout `full`, else in each listen',
  stats: 'the stats page (layout `full` only, unless `haproxy.stats` is `none`)',
  peers: 'the section `peers frontends` (with `haproxy.peers` only)',
  resolvers: 'the section `resolvers cluster`',
  frontend: 'the frontend of listens that share their addresses by `hosts`',
  listen: 'one listen',
  users: 'the `userlist` of a listen with `basicAuth`',
  server: 'one `server` or `server-template` line',
};

/** docs/templates.md, from the shape that templates are compiled against. */
export function templatesPage(): string {
  return `# Templates

podfront writes HAProxy's file from [mustache](https://mustache.github.io/mustache.5.html) templates. Each part is a file of its own in
\`templates/\`. A file of the same name in the folder given by \`haproxy.templates\` or \`--templates\` replaces that part; the others stay.

| part | what it is |
|---|---|
${partNames.map((name) => `| \`${name}.mustache\` | ${duties[name]} |`).join('\n')}

## What is stricter than mustache

- A name that is not in the tables below is an error, with the template and the name. mustache would write nothing.
- A name is looked up in the section in which it is used, then in the enclosing ones, and never on a prototype.
- A *word* or *words* is written with \`{{name}}\`, a *line* with \`{{{name}}}\`. The other tag is an error.
- Nothing is escaped for HTML. A value that HAProxy would not read as one word is refused, wherever it comes from.
- Data has no functions, so there are no lambdas. A part that includes itself is an error.

## Data

| kind | how to use it |
|---|---|
| word | \`{{name}}\`: exactly one word of HAProxy's language |
| words | \`{{name}}\`: several, with single spaces |
| line | \`{{{name}}}\`: verbatim text that stays on its line |
| flag | \`{{#name}}...{{/name}}\` when it is true, \`{{^name}}...{{/name}}\` when it is not |
| object | \`{{#name}}...{{/name}}\`: opens its fields |
| list of | \`{{#name}}...{{/name}}\`: once for each element; the element of a list of words or lines is \`.\` |
| optional | \`{{#name}}...{{/name}}\` when it is there |

${tables('the file', fileShape).join('\n\n')}
`;
}

/** A table for each object, outermost first. */
function tables(title: string, shape: TemplateShape): readonly string[] {
  if (shape.kind !== 'object') return [];
  const rows = Object.entries(shape.fields).map(([name, field]) => `| \`${name}\` | ${kindOf(field)} | ${aboutOf(field)} |`);
  const table = [`### ${title}`, '', '| name | kind | what it is |', '|---|---|---|', ...rows].join('\n');
  return [table, ...Object.entries(shape.fields).flatMap(([name, field]) => tables(`\`${name}\``, objectIn(field)))];
}

function objectIn(shape: TemplateShape): TemplateShape {
  return shape.kind === 'list' || shape.kind === 'maybe' ? objectIn(shape.of) : shape;
}

function kindOf(shape: TemplateShape): string {
  if (shape.kind === 'list') return `list of ${kindOf(shape.of)}`;
  return shape.kind === 'maybe' ? `optional ${kindOf(shape.of)}` : shape.kind;
}

function aboutOf(shape: TemplateShape): string {
  return shape.kind === 'object' ? 'see below' : shape.about;
}
