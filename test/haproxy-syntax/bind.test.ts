import test from 'ava';
import { overlaps, parseBind, parseSingleBind } from '../../src/haproxy-syntax/bind.ts';
import { Problem } from '../../src/problem/problem.ts';

const meant = (text: string) => {
  const { host, firstPort, lastPort } = parseBind(text);
  return `${host?.text ?? '*'} ${firstPort}-${lastPort}`;
};

for (const [text, meaning] of [
  ['198.51.100.2:443', '198.51.100.2 443-443'],
  ['[2001:db8::1]:443', '2001:db8::1 443-443'],
  ['[2001:DB8:0::1]:443', '2001:db8::1 443-443'],
  ['2001:db8:0:0:0:0:0:1:443', '2001:db8::1 443-443'],
  [':::443', ':: 443-443'],
  ['[::]:443', ':: 443-443'],
  ['*:443', '* 443-443'],
  [':443', '* 443-443'],
  ['0.0.0.0:443', '0.0.0.0 443-443'],
  ['198.51.100.2:1-65535', '198.51.100.2 1-65535'],
  ['ipv4@198.51.100.2:443', '198.51.100.2 443-443'],
  ['ipv6@[2001:db8::1]:443', '2001:db8::1 443-443'],
  ['ipv6@:443', ':: 443-443'],
  ['ipv4@*:443', '* 443-443'],
  ['[::ffff:198.51.100.2]:443', '198.51.100.2 443-443'],
] as const) {
  test(`bind ${text} is ${meaning}, and is written as it stands`, (t) => {
    t.is(meant(text), meaning);
    t.is(parseBind(text).text, text);
  });
}

for (const [text, why] of [
  ['', /it is empty/],
  ['443', /the address is missing/],
  ['198.51.100.2', /the port is missing/],
  ['198.51.100.2:', /the port is missing/],
  ['2001:db8::1', /hides where the port begins/],
  ['fd00::1:443', /hides where the port begins/],
  ['[2001:db8::1]', /the port is missing/],
  ['[2001:db8::1]443', /is in the place of a colon and the port/],
  ['[198.51.100.2]:443', /brackets are for IPv6/],
  ['[2001:db8::1:443', /a bracket is missing/],
  ['2001:db8::1]:443', /a bracket is missing/],
  ['[2a02:238:f030:::1000]:443', /":::" is in no IPv6 address/],
  ['[1::2::3]:443', /may occur only once/],
  ['[2001:db8::g]:443', /is not an IPv6 address/],
  ['[fe80::1%eth0]:443', /a zone/],
  ['256.0.0.1:443', /is not an IPv4 address/],
  ['198.51.100.02:443', /is not an IPv4 address/],
  ['198.51.100:443', /is not an IPv4 address/],
  ['www.example.org:443', /is a name/],
  ['198.51.100.2:0', /port 0 is out of range/],
  ['198.51.100.2:65536', /port 65536 is out of range/],
  ['198.51.100.2:https', /"https" is not a port/],
  ['198.51.100.2:+443', /is not a port/],
  ['198.51.100.2:1-', /is not a port/],
  ['198.51.100.2:10-5', /is reversed/],
  ['198.51.100.2:443 ssl', /it has spaces/],
  ['198.51.100.2:443\nlisten x', /it has spaces/],
  ['198.51.100.2:80,198.51.100.2:81', /it is a list/],
  ['"198.51.100.2":443', /one word/],
  ['/run/web.sock', /not an IP address/],
  ['unix@/run/web.sock', /not an IP address/],
  ['abns@web', /not an IP address/],
  ['fd@3', /not an IP address/],
  ['ipv6@198.51.100.2:443', /does not fit ipv6@/],
  ['ipv4@[2001:db8::1]:443', /does not fit ipv4@/],
] as const) {
  test(`bind ${JSON.stringify(text)} is refused with the reason`, (t) => {
    t.throws(() => parseBind(text), { instanceOf: Problem, code: 'config.bind', message: why });
  });
}

test('the typo of the Flying Circus documentation is explained with the address that was meant', (t) => {
  const problem = t.throws(() => parseBind('[2a02:238:f030:::1000]:443'), { instanceOf: Problem });
  t.is(problem?.hint, 'did you mean [2a02:238:f030::1000]:443?');
});

test('the stats page has one port', (t) => {
  t.is(parseSingleBind('127.0.0.1:8000').firstPort, 8000);
  t.throws(() => parseSingleBind('127.0.0.1:8000-8001'), { instanceOf: Problem, message: /one port is wanted/ });
});

for (const [a, b, both] of [
  ['198.51.100.2:80', '198.51.100.2:80', true],
  ['198.51.100.2:80', '198.51.100.2:81', false],
  ['198.51.100.2:80', '198.51.100.3:80', false],
  ['*:80', '198.51.100.2:80', true],
  [':80', '0.0.0.0:80', true],
  ['ipv4@:80', '*:80', true],
  ['[::]:80', '[2001:db8::1]:80', true],
  [':::80', '[::]:80', true],
  ['[::]:80', '*:80', false],
  ['[::]:80', '198.51.100.2:80', false],
  ['[::ffff:198.51.100.2]:80', '198.51.100.2:80', true],
  ['[2001:db8::1]:80', '[2001:DB8:0:0::1]:80', true],
  ['198.51.100.2:80-90', '*:90-100', true],
  ['198.51.100.2:80-90', '*:91-100', false],
] as const) {
  test(`${a} and ${b} ${both ? 'take the same address' : 'do not meet'}, either way round`, (t) => {
    t.is(overlaps(parseBind(a), parseBind(b)), both);
    t.is(overlaps(parseBind(b), parseBind(a)), both);
  });
}
