/** Problems of `podfront import`. */
export const importProblems = {
  'import.not-text': { exit: 2, message: '{file} cannot be imported: {why}', hint: "name HAProxy's configuration file" },
  'import.left-out': { exit: 1, message: '{what} was left out: {why}', hint: '{hint}' },
  'import.more-notes': {
    exit: 1,
    message: '{file} gives {count} more notes like these',
    hint: 'is it the right file? correct the lines above first',
  },
  'import.nothing': {
    exit: 1,
    message: '{file} has no listen that leads to a service of a cluster, so nothing was written',
    hint: 'such a listen has a server-template or server line with a name like ingress.default.svc.cluster.local; podfront init writes a starter',
  },
  'import.refused': {
    exit: 1,
    message: 'HAProxy refuses the file rendered from the imported configuration',
    hint: 'the lines above say why: a section that was left out may still be named, or a file that exists on another machine only',
  },
  'import.not-checked': {
    exit: 1,
    message: 'the file rendered from the imported configuration could not be checked: {why}',
    hint: 'check it by hand: podfront render --offline haproxy.new, then haproxy -c -f haproxy.new',
  },
  'import.not-proven': {
    exit: 1,
    message: 'rendering the imported configuration gives a different result: {what}',
    hint: 'compare by hand with podfront render --offline',
  },
} as const;
