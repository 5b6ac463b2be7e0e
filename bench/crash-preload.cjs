// Loaded into podfront (node --require): names every step of its apply transaction as it is taken, and kills it with SIGKILL at one of
// them. CRASH_POINT is the name, CRASH_WHEN is before, after, half (of what is written only the first half arrives) or a number of
// milliseconds after it. CRASH_NOTES is a file for the steps with their times; the new file goes beside it as CRASH_NOTES.candidate.
// CRASH_ARMED is a file whose existence begins the count of the steps; without it they count from the start.
const childProcess = require('node:child_process');
const { appendFileSync, copyFileSync, existsSync } = require('node:fs');
const promises = require('node:fs/promises');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');
const { basename, dirname } = require('node:path');

const { CRASH_OUTPUT: output = '/nonexistent/file', CRASH_POINT: wanted, CRASH_WHEN: when = 'before', CRASH_NOTES: notes } = process.env;
const armed = () => process.env.CRASH_ARMED === undefined || existsSync(process.env.CRASH_ARMED);
const die = () => process.kill(process.pid, 'SIGKILL');
const taken = new Map();

/** Counts a step; the second one of a name is another point. */
function point(label) {
  if (!armed()) return null;
  const times = (taken.get(label) ?? 0) + 1;
  taken.set(label, times);
  const name = times === 1 ? label : `${label} (${times})`;
  if (name === wanted && when === 'before') die();
  return name;
}

function passed(name) {
  if (name === null) return;
  if (notes) appendFileSync(notes, `${performance.now()} ${name}\n`);
  if (name !== wanted) return;
  if (when === 'after') die();
  else if (/^\d/.test(when)) setTimeout(die, Number(when));
}

async function step(label, work, half) {
  const name = point(label);
  if (name === wanted && when === 'half' && half !== undefined) {
    await half();
    die();
  }
  try {
    return await work();
  } finally {
    passed(name);
  }
}

/** What a path is to podfront; null where it is none of its files. */
function kindOf(path) {
  if (path === dirname(output)) return 'folder';
  if (typeof path !== 'string' || dirname(path) !== dirname(output)) return null;
  const name = basename(path);
  if (name === basename(output)) return 'file';
  if (name.endsWith('.good')) return 'good file';
  return name.includes('.runs') ? 'note' : 'candidate';
}

const verbs = { rename: 'rename', link: 'link', unlink: 'remove', rm: 'remove' };
for (const [name, verb] of Object.entries(verbs)) {
  const real = promises[name];
  promises[name] = async (...args) => {
    const kind = kindOf(args[0]);
    if (kind === null) return real(...args);
    return step(`${verb} ${kind}`, () => real(...args));
  };
}

const open = promises.open;
promises.open = async (path, ...args) => {
  const kind = kindOf(path);
  if (kind === null) return open(path, ...args);
  const handle = await step(`open ${kind}`, () => open(path, ...args));
  for (const name of ['writeFile', 'sync', 'chmod', 'chown']) {
    const real = handle[name].bind(handle);
    const half = name === 'writeFile' ? (text) => real(text.slice(0, text.length / 2)) : undefined;
    const verb = name === 'writeFile' ? 'write' : name;
    handle[name] = (...given) => step(`${verb} ${kind}`, () => real(...given), half && (() => half(...given)));
  }
  return handle;
};

const spawn = childProcess.spawn;
childProcess.spawn = (file, args, ...more) => {
  if (!Array.isArray(args) || !args.includes('-c')) return spawn(file, args, ...more);
  const name = point('start check');
  if (notes) copyFileSync(args.at(-1), `${notes}.candidate`);
  const child = spawn(file, args, ...more);
  child.once('close', () => passed(point('end of check')));
  passed(name);
  return child;
};

// Of the looks at HAProxy only the first after each reload, and after each change of servers, counts: there are more or fewer of them
// as the machine is busy.
let looking = false;
let changing = false;
function labelOf(text) {
  if (text === 'reload\n') return 'send reload';
  if (/ (?:add|set|del) server /.test(text)) return 'send changes';
  if (changing && text.includes('show servers state')) return 'read servers back';
  return text.startsWith('@') ? 'ask new worker' : looking ? 'look for new worker' : null;
}
const connect = net.connect;
net.connect = (...args) => {
  const socket = connect(...args);
  if (!String(args[0]?.path).endsWith('master.sock')) return socket;
  const end = socket.end.bind(socket);
  socket.end = (text) => {
    const label = labelOf(text);
    if (label === null) return end(text);
    looking = label === 'send reload';
    changing = label === 'send changes';
    const name = point(label);
    if (changing && name !== null && name === wanted && when === 'half') return socket.write(text.slice(0, text.length / 2), die);
    const answer = { 'send reload': 'end of reload', 'send changes': 'end of changes' }[label];
    // A master that executes itself anew may drop the connection instead of closing it.
    let ended = answer === undefined;
    for (const event of ['end', 'error'])
      socket.once(event, () => {
        if (!ended) passed(point(answer));
        ended = true;
      });
    return end(text, () => passed(name));
  };
  return socket;
};
syncBuiltinESMExports();
