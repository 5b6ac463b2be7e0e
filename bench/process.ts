import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** CPU seconds a process has used so far, in user and kernel mode (proc(5), stat fields 14 and 15, in ticks of 10 ms). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
}

/** Share of one core that each process uses over `seconds`, in percent, and its memory at the end. */
export async function usage(pids: readonly number[], seconds: number): Promise<readonly { readonly cpu: number; readonly mb: number }[]> {
  const before = pids.map(cpuSeconds);
  const began = performance.now();
  await sleep(seconds * 1000);
  const passed = (performance.now() - began) / 1000;
  return pids.map((pid, i) => ({ cpu: (100 * (cpuSeconds(pid) - (before[i] ?? 0))) / passed, mb: residentMb(pid) }));
}

/** The most resident memory a process has had, in MB; 0 when it is gone. */
export function peakMb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}
