import test from 'ava';
import fc from 'fast-check';
import { compile, type Data } from '../../../src/haproxy/file/template.ts';
import type { TemplateShape } from '../../../src/haproxy/file/template-shape.ts';
import { Problem } from '../../../src/problem/problem.ts';

const word: TemplateShape = { kind: 'word', about: '' };
const shape: TemplateShape = {
  kind: 'object',
  fields: {
    name: word,
    both: { kind: 'words', about: '' },
    on: { kind: 'flag', about: '' },
    text: { kind: 'line', about: '' },
    tls: { kind: 'maybe', of: word, about: '' },
    items: { kind: 'list', of: { kind: 'object', fields: { id: word, options: { kind: 'object', fields: { mode: word } } } }, about: '' },
    binds: { kind: 'list', of: word, about: '' },
  },
};
const options = { mode: 'tcp' };
const data = {
  name: 'ingress',
  both: 'hdr(host) x',
  on: true,
  text: 'http-request set-header X "a b"',
  tls: null,
  items: [
    { id: 'a', options },
    { id: 'b', options },
  ],
  binds: ['[::1]:443', '127.0.0.1:443'],
};

function rendered(template: string, given: Readonly<Record<string, Data>> = {}, more: Readonly<Record<string, string>> = {}): string {
  return compile('main', new Map(Object.entries({ main: template, ...more })), shape)({ ...data, ...given });
}

const codeOf = (error: unknown) => (error instanceof Problem ? error.code : error);

test('values, sections, inverted sections, lists and parts give what mustache gives', (t) => {
  t.is(rendered('listen {{name}}\n{{#binds}}\n  bind {{.}}\n{{/binds}}\n'), 'listen ingress\n  bind [::1]:443\n  bind 127.0.0.1:443\n');
  t.is(rendered('{{#on}}yes{{/on}}{{^on}}no{{/on}}{{#tls}} tls{{/tls}}{{^tls}} plain{{/tls}}'), 'yes plain');
  t.is(rendered('{{#tls}}{{tls}}={{.}}{{/tls}}', { tls: 'ssl' }), 'ssl=ssl');
  t.is(rendered('{{#items}}{{id}}@{{name}}/{{#options}}{{mode}}{{/options}} {{/items}}'), 'a@ingress/tcp b@ingress/tcp ');
  t.is(rendered('{{! a comment }}{{=<% %>=}}<% name %>'), 'ingress');
  t.is(rendered('{{^items}}none{{/items}}', { items: [] }), 'none');
});

test('a part on a line of its own is indented as a whole', (t) => {
  t.is(rendered('a\n  {{> part}}\n', {}, { part: 'x {{name}}\ny\n' }), 'a\n  x ingress\n  y\n');
});

test('a section that is kept for one object still follows a change of it and of its surroundings', (t) => {
  const other = { mode: 'http' };
  const items = [
    { id: 'a', options },
    { id: 'b', options: other },
    { id: 'c', options: other },
  ];
  t.is(rendered('{{#items}}{{#options}}{{mode}} {{/options}}{{/items}}', { items }), 'tcp http http ');
  t.is(rendered('{{#items}}{{#options}}{{id}}:{{mode}} {{/options}}{{/items}}', { items }), 'a:tcp b:http c:http ');
});

test('nothing is escaped for HTML, and several words stay several words', (t) => {
  t.is(rendered('{{both}}', { both: 'url_param a=b/c&d' }), 'url_param a=b/c&d');
});

for (const [what, template] of Object.entries({
  'a name that does not exist': '{{nmae}}',
  'a name of an inner scope': '{{id}}',
  'a name on a prototype': '{{constructor}}',
  'a dotted name': '{{name.length}}',
  'toString in a section': '{{#toString}}x{{/toString}}',
  __proto__: '{{#items}}{{__proto__}}{{/items}}',
})) {
  test(`${what} is refused when the template is read`, (t) => {
    t.is(codeOf(t.throws(() => rendered(template))), 'template.missing-name');
  });
}

for (const [what, template] of Object.entries({
  'a word without the check': '{{{name}}}',
  'a word with an ampersand': '{{& name}}',
  'a line with the check for words': '{{text}}',
  'a list as a value': '{{items}}',
  'a flag as a value': '{{on}}',
})) {
  test(`${what} is a tag that does not fit`, (t) => {
    t.is(codeOf(t.throws(() => rendered(template))), 'template.wrong-tag');
  });
}

test('syntax errors, unknown parts and parts that include themselves are refused with their template', (t) => {
  t.throws(() => rendered('{{#on}}'), { code: 'template.syntax', message: /^template main / });
  t.throws(() => rendered('{{> a}}', {}, { a: '{{> b}}', b: '{{> a}}' }), { code: 'template.syntax', message: /main > a > b > a/ });
  t.throws(() => rendered('{{> nothing}}'), { code: 'template.missing-part', message: /main includes nothing/ });
});

for (const bad of ['', 'a b', 'a\nb', 'a\tb', '"a"', "a'b", 'a\\b', 'a#b', '$HOME', '\u00e9', 'a\u0000', '\u2028']) {
  test(`${JSON.stringify(bad)} is not one word and is refused while rendering`, (t) => {
    t.is(codeOf(t.throws(() => rendered('{{name}}', { name: bad }))), 'render.not-one-word');
  });
}

test('two values in one word field, or a line break in a line, are refused', (t) => {
  t.is(codeOf(t.throws(() => rendered('{{both}}', { both: 'a  b' }))), 'render.not-one-word');
  t.is(codeOf(t.throws(() => rendered('{{{text}}}', { text: 'a\nlisten b' }))), 'render.not-one-line');
  t.is(codeOf(t.throws(() => rendered('{{{text}}}', { text: 'a\rb' }))), 'render.not-one-line');
});

test('whatever strings the data holds, the output has the lines of the template or is refused', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string()), fc.string(), (name, binds, text) => {
      try {
        const lines = rendered('listen {{name}}\n{{#binds}}\n  bind {{.}}\n{{/binds}}\n  {{{text}}}\n', { name, binds, text }).split(
          /[\n\r\u2028\u0085]/,
        );
        return (
          lines.length >= binds.length + 3 &&
          lines.slice(0, -1 - 1).every((line) => /^(listen| {2}bind) \S+$/.test(line) || line === `  ${text}`)
        );
      } catch (error) {
        return error instanceof Problem && error.code.startsWith('render.');
      }
    }),
  );
  t.pass();
});

test('an element of an outermost list is rendered again when what it takes from around it has changed, and only then', (t) => {
  const render = compile('main', new Map([['main', '{{#items}}{{id}}{{^on}}!{{/on}} {{/items}}']]), shape);
  const [first, second] = data.items;
  t.is(render(data), 'a b ');
  t.is(render({ ...data, on: false }), 'a! b! ');
  t.is(render(data), 'a b ');
  t.is(render({ ...data, items: [second ?? null, first ?? null, { id: 'c', options }] }), 'b a c ');
});
