import test from 'ava';
import { parseProcesses, parseReloadReply } from '../../../src/haproxy/process/master-cli.ts';

test('show proc is read as 2.6 and later write it', (t) => {
  const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
25542           master          2 [failed: 1]   0d00h00m05s     2.6.12-1+deb12u4
# workers
25598           worker          1               0d00h00m04s     2.6.12-1+deb12u4
# old workers
25543           worker          2               0d00h00m09s     2.6.12-1+deb12u4
# programs
`;
  t.deepEqual(parseProcesses(text), { master: 25542, counts: { reloads: 2, failed: 1 }, workers: [25598] });
});

test('show proc is read as 2.3 writes it, without counts of failures', (t) => {
  const text = `#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>
1162            master          0               5               0d00h02m07s     2.3.0
# workers
1271            worker          1               0               0d00h00m00s     2.3.0
# old workers
1233            worker          [was: 1]        3               0d00h00m43s     2.3.0
`;
  t.deepEqual(parseProcesses(text), { master: 1162, counts: null, workers: [1271] });
});

test('show proc is read as 2.4 writes it after a failed reload', (t) => {
  const text = `#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>
13319           master          0               2               0d00h00m02s     2.4.0-6cbbecf09
# workers
# old workers
13300           worker          [was: 1]        3               0d00h00m02s     2.4.0-6cbbecf09
13322           worker          [was: 1]        2               0d00h00m02s     2.4.0-6cbbecf09
# programs
`;
  t.deepEqual(parseProcesses(text), { master: 13319, counts: null, workers: [13322] });
});

test('show proc is read as 3.1 and later write it after a failed reload: the youngest of the old workers goes on', (t) => {
  const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
1688            master          3 [failed: 1]   0d00h00m01s     3.2.0-e134140d2
# workers
# old workers
1600            worker          3               0d00h00m09s     3.2.0-e134140d2
1691            worker          1               0d00h00m01s     3.2.0-e134140d2
`;
  t.deepEqual(parseProcesses(text), { master: 1688, counts: { reloads: 3, failed: 1 }, workers: [1691] });
  const leaving = text.replace('[failed: 1]', '[failed: 0]');
  t.deepEqual(parseProcesses(leaving), { master: 1688, counts: { reloads: 3, failed: 0 }, workers: [] });
});

test('a text that is not a reply to show proc gives nothing', (t) => {
  for (const text of ['', 'Unknown command', '12 worker 0\n', '\0\0\0']) t.is(parseProcesses(text), null);
});

test('the reply to reload tells success and failure from 2.7 on, and nothing before', (t) => {
  t.deepEqual(parseReloadReply(''), { success: null, busy: false, lines: [] });
  t.true(parseReloadReply('Success=1\n--\n[NOTICE]   (1) : New worker (2) forked\n').success);
  const failed = parseReloadReply('Success=0\n--\n[NOTICE] (1) : x\n[ALERT]    (1) : Binding [h.cfg:11] for proxy a: cannot bind\n');
  t.deepEqual(failed, { success: false, busy: false, lines: ['[ALERT]    (1) : Binding [h.cfg:11] for proxy a: cannot bind'] });
  t.true(parseReloadReply('Success=0\n--\nAnother reload is still in progress.\n').busy);
});
