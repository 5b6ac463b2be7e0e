/** Problems of rendering a file, of HAProxy accepting it, and of putting it in place. */
export const haproxyProblems = {
  'haproxy.refused': { exit: 4, message: 'HAProxy refused the rendered file', hint: 'nothing was written; {hint}' },
  'haproxy.warnings': {
    exit: 4,
    message: 'HAProxy accepted the rendered file with {count}',
    hint: 'correct the lines above, or write haproxy.warnings: refuse to treat warnings like errors',
  },
  'haproxy.missing': {
    exit: 4,
    message: 'HAProxy is needed to check the file, and {binary} cannot be run: {why}',
    hint: 'install HAProxy, set haproxy.binary, or pass --no-validate',
  },
  'haproxy.not-checked': {
    exit: 4,
    message: 'the file was not checked, because {binary} is not installed; it is written for HAProxy {version}',
    hint: 'install HAProxy, set haproxy.binary, or pass --no-validate to say that this is intended',
  },
  'haproxy.check-ended': {
    exit: 4,
    message: '{binary} -c gave no verdict: {why}',
    hint: 'nothing was written; check whether the machine or the service is short of memory (MemoryMax, dmesg)',
  },
  'haproxy.timeout': {
    exit: 4,
    message: '{binary} did not finish within {ms} ms',
    hint: 'nothing was written; run it by hand to see what it waits for',
  },
  'haproxy.version-unknown': {
    exit: 2,
    message: 'cannot tell the HAProxy version from {got}',
    hint: 'set haproxy.version to a version such as "2.6"',
  },
  'haproxy.version-unsupported': {
    exit: 2,
    message: 'HAProxy {version} is not supported',
    hint: 'podfront writes files for HAProxy 2.3 and newer',
  },
  'render.overflow': {
    exit: 3,
    message: '{pods} pods are ready and there are {slots} slots, so {without} of them get no traffic',
    hint: 'raise maxExpectedPods, or set it to auto',
  },
  'render.descriptors': {
    exit: 5,
    message: 'HAProxy needs about {needed} file descriptors for this many checked servers, and the limit here is {limit}',
    hint: 'raise LimitNOFILE of the HAProxy unit (ulimit -n), or lower maxExpectedPods',
  },
  'apply.unwritable': {
    exit: 5,
    message: 'cannot write {file}: {why}',
    hint: 'the previous file is unchanged; check the permissions and the free space of its folder',
  },
  'apply.owner': {
    exit: 5,
    message:
      'cannot replace {file}: it belongs to {theirs} (user:group), podfront runs as {own}, and only root may change the owner of a file',
    hint: 'the previous file is unchanged; give it to podfront: chown {own} {file}',
  },
  'template.missing-name': {
    exit: 2,
    message: 'template {template} uses {name}, which does not exist there',
    hint: 'docs/templates.md lists the data of each part',
  },
  'template.syntax': {
    exit: 2,
    message: 'template {template} cannot be parsed: {why}',
    hint: 'see the mustache manual, and docs/templates.md for the data of each part',
  },
  'template.missing-part': {
    exit: 2,
    message: 'template {template} includes {name}, and there is no such part',
    hint: 'the parts are: {known}',
  },
  'template.wrong-tag': {
    exit: 2,
    message: 'template {template} writes {name} with a tag that does not fit it',
    hint: 'write {want}; docs/templates.md says what each name is',
  },
  'template.unknown-part': { exit: 2, message: 'template {template} is not a part that podfront has', hint: 'the parts are: {known}' },
  'render.not-one-word': {
    exit: 2,
    message: '{got} in {where} is not one word of HAProxy',
    hint: 'use letters, digits and punctuation without space, quotes, backslash, # and $',
  },
  'render.not-one-line': { exit: 2, message: '{got} in {where} is not one line', hint: 'remove line breaks and control characters' },
} as const;
