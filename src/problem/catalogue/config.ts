/** Faults in podfront.yaml, each with its place. */
export const configProblems = {
  'config.invalid': { exit: 2, message: '{file} has {count}', hint: 'nothing was changed; correct the lines above' },
  'config.not-found': {
    exit: 2,
    message: 'there is no configuration: {tried}',
    hint: 'name one with --config or PODFRONT_CONFIG; podfront init writes a starter',
  },
  'config.unreadable': { exit: 2, message: 'cannot read the configuration {file}: {why}', hint: '{hint}' },
  'config.unusable-file': {
    exit: 2,
    message: '{file} cannot be used: {why}',
    hint: 'correct the path, or create the file before HAProxy loads it',
  },
  'config.syntax': { exit: 2, message: '{what}', hint: '{hint}' },
  'config.empty': { exit: 2, message: 'it is empty', hint: 'podfront init writes a commented starter' },
  'config.no-listen': {
    exit: 2,
    message: 'no listen is configured',
    hint: 'add one under listen, with its podPort, servicePort or lbServicePort; podfront init writes a commented starter',
  },
  'config.open-status': {
    exit: 2,
    message: 'every machine that reaches this one can read the status on port {port}',
    hint: 'use a loopback address, such as 127.0.0.1:{port}, or the path of a unix socket',
  },
  'config.too-many-faults': { exit: 2, message: 'it has too many faults to list', hint: 'is it the right file?' },
  'config.unknown-key': { exit: 2, message: 'unknown key {key}', hint: '{hint}' },
  'config.type': { exit: 2, message: 'expected {expected}, got {got}', hint: '{hint}' },
  'config.missing': { exit: 2, message: 'this needs {key}', hint: '{hint}' },
  'config.bind': { exit: 2, message: '{got} is not a bind address: {why}', hint: '{hint}' },
  'config.taken': { exit: 2, message: '{bind} is already used by {other}', hint: '{hint}' },
  'config.address': { exit: 2, message: '{got} is not an IP address{why}', hint: '{hint}' },
  'config.nameserver': { exit: 2, message: '{got} is not a name server: {why}', hint: '{hint}' },
  'config.no-nameserver': {
    exit: 2,
    message: 'the address of cluster DNS is not known: {why}',
    hint: 'name it in cluster.nameservers, such as ["10.0.0.254"]',
  },
  'config.network': { exit: 2, message: '{got} is not a network: {why}', hint: '{hint}' },
  'config.name': { exit: 2, message: '{got} cannot be {what}: {why}', hint: '{hint}' },
  'config.word': {
    exit: 2,
    message: '{got} is not one word of HAProxy',
    hint: 'use letters, digits and punctuation without space, quotes, backslash, # and $',
  },
  'config.line': {
    exit: 2,
    message: 'line {number}, {line}, cannot be copied into the file: {why}',
    hint: 'only complete lines that belong to this section can be added here',
  },
  'config.options': {
    exit: 2,
    message: '{options} cannot be added to a server line: {why}',
    hint: 'write server options, such as weight 10, on one line',
  },
  'config.duration': {
    exit: 2,
    message: '{got} is not a duration from {least} to {most}',
    hint: 'write a whole number followed by ms, s, m or h, such as 200ms or 5m',
  },
  'config.value': { exit: 2, message: '{got} is not a valid {what}', hint: '{hint}' },
  'config.port-choice': {
    exit: 2,
    message: 'exactly one of podPort, servicePort and lbServicePort is needed, and {found}',
    hint: '{hint}',
  },
  'config.conflict': { exit: 2, message: '{what}', hint: '{hint}' },
} as const;
