/** Programs that the pages have people run and that no test of the pages runs, each with the reason. */
export const others: Readonly<Record<string, string>> = {
  'apt-get': 'changes the machine; scripts/packages.mjs is tested for it',
  cd: 'the shell itself',
  cp: 'test/examples/systemd-boot.test.ts runs it on a machine',
  curl: 'needs an address of the reader; test/scenario/walkthrough.test.ts, test/systemd and test/scenario/serves.test.ts send such requests',
  editor: 'is for the reader',
  haproxy: 'test/scenario/walkthrough.test.ts starts it in a network namespace',
  install: 'writes to /etc; test/docs/commands.test.ts holds its sources to what is there',
  journalctl: 'needs systemd as init; test/examples/systemd-boot.test.ts runs it there',
  jq: 'a tool of the reader',
  kubectl: 'needs a cluster, and credentials that podfront does not have',
  npm: 'npm ci, pack, install, test and start are run by .ci/run and test/package.test.ts; scripts are checked to be there',
  npx: 'runs what is checked to be there',
  rm: 'removes what was installed by hand',
  systemctl: 'needs systemd as init; test/examples/systemd-boot.test.ts runs it there',
  'systemd-sysusers': 'test/systemd runs it on a folder',
  'systemd-tmpfiles': 'test/systemd runs it on a folder',
};
