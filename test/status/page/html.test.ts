import test from 'ava';
import fc from 'fast-check';
import { visible } from '../../../src/problem/problem.ts';
import { escapeHtml, html, markupOf } from '../../../src/status/page/html.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '</script><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    '&lt;b&gt;',
    '\u202Egnp.exe',
  ),
);

test('Whatever a text holds, none of its characters means something to HTML', (t) => {
  fc.assert(
    fc.property(hostile, (text) => {
      const inside = markupOf(html`<p title="${text}">${text}</p>`).slice('<p title="'.length, -'</p>'.length);
      t.false(/[<>"']/.test(inside.replace('">', '')), inside);
      t.false(/&(?!#\d+;)/.test(inside));
      const [title = '', body = ''] = inside.split('">');
      const read = (written: string) => written.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
      t.is(read(title), visible(text));
      t.is(read(body), visible(text));
    }),
    { numRuns: 2_000 },
  );
});

test('Control characters and those that turn the reading direction are shown', (t) => {
  t.is(escapeHtml('a\u0000b\u202Ec\u0085\n'), 'a\\x00b\\u202ec\\x85\\x0a');
  t.is(escapeHtml('東京 ß 👩‍👩‍👧'), '東京 ß 👩‍👩‍👧');
});

test('What looks like markup but was not made by a template is no markup', (t) => {
  const forged = JSON.parse('{"markup": "<b>", "Symbol(markup)": "<b>"}') as ReturnType<typeof html>;
  t.false(markupOf(html`<p>${forged}</p>`).includes('<b>'));
});

test('Markup, lists, numbers and null stand in a template as they are', (t) => {
  t.is(markupOf(html`<p>${[html`<b>${1}</b>`, ' & ', null, 0.5, [html`<i></i>`]]}</p>`), '<p><b>1</b> &#38; 0.5<i></i></p>');
});
