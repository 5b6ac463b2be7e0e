// Loaded into podfront (node --require): names every step of its apply transaction as it is taken, and kills it with SIGKILL at one of
// them. CRASH_POINT is the name, CRASH_WHEN is before, after, half (of what is written only the first half arrives) or a number of
// milliseconds after it. CRASH_NOTES is a file for the steps with their times; the new file goes beside it as CRASH_NOTES.candidate.
const childProcess = require('node:child_process');
const { appendFileSync, copyFileSync } = require('node:fs');
const promises = require('node:fs/promises');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');
const { basename, dirname } = require('node:path');

const { CRASH_OUTPUT: output = '/nonexistent/file', CRASH_POINT: wanted, CRASH_WHEN: when = 'before', CRASH_NOTES: notes } = process.env;
const die = () => process.kill(process.pid, 'SIGKILL');
const taken = new Map();

/** Counts a step; the second one of a name is another point. */
function point(label) {
  const times = (taken.get(label) ?? 0) + 1;
  taken.set(label, times);
  const name = times === 1 ? label : `${label} (${times})`;
  if (name === wanted && when === 'before') die();
  return name;
}

function passed(name) {
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

// Of the looks at HAProxy only the first after each reload counts: there are more or fewer of them as the machine is busy.
let looking = false;
const connect = net.connect;
net.connect = (...args) => {
  const socket = connect(...args);
  if (!String(args[0]?.path).endsWith('master.sock')) return socket;
  const end = socket.end.bind(socket);
  socket.end = (text) => {
    const label = text === 'reload\n' ? 'send reload' : text.startsWith('@') ? 'ask new worker' : looking ? 'look for new worker' : null;
    if (label === null) return end(text);
    looking = label === 'send reload';
    const name = point(label);
    if (!looking) return end(text, () => passed(name));
    // A master that executes itself anew may drop the connection instead of closing it.
    let ended = false;
    for (const event of ['end', 'error'])
      socket.once(event, () => {
        if (!ended) passed(point('end of reload'));
        ended = true;
      });
    return end(text, () => passed(name));
  };
  return socket;
};
syncBuiltinESMExports();
