/** Programs in place of HAProxy, as shell scripts, which `-v` asks for a version and `-c` for a verdict. */
export const hostileHaproxies: readonly { readonly name: string; readonly script: string }[] = [
  { name: 'writes without end', script: 'exec yes "[ALERT] (1) : parsing [x:1] : nonsense" >&2' },
  { name: 'writes without end and without a line break', script: 'exec tr "\\0" a </dev/zero >&2' },
  { name: 'writes zeros', script: 'exec cat /dev/zero' },
  { name: 'never ends', script: 'exec sleep 600' },
  { name: 'never ends and ignores SIGTERM', script: 'trap "" TERM HUP INT; sleep 600 & wait; sleep 600' },
  { name: 'leaves a process behind that has its output open', script: 'sleep 600 & exit 1' },
  { name: 'is killed', script: 'kill -9 $$' },
  { name: '100,000 alerts', script: 'yes "[ALERT] (1) : parsing [haproxy.cfg:5] : nonsense" | head -n 100000 >&2; exit 1' },
  { name: 'control characters and no UTF-8', script: 'printf "[ALERT] \\033[2J\\377\\376\\200\\r\\n" >&2; exit 1' },
];
