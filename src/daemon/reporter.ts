import type { Problem } from '../problem/problem.ts';
import type { Status } from '../status/status.ts';
import type { Clock } from '../system/clock.ts';
import type { Notify } from '../system/notify.ts';
import { conditionChanges, conditionOf, dnsConditions, heldBackConditions, type ReportedConditions } from './conditions.ts';
import type { Notice } from './daemon.ts';
import type { LoopState } from './events.ts';
import type { Log } from './log.ts';
import type { ReconcileResult } from './reconcile.ts';
import { buildStatus } from './status.ts';

/** Turns what the daemon tells into log lines, words to the service manager, and the status. */
export interface Reporter {
  readonly tell: (told: Notice) => void;
  /** What is known now, little while podfront starts; null before the configuration was read, and when a turn does not come to its end. */
  readonly status: () => Status | null;
}

/** A turn ends long before, whatever child process hangs in it: this one never will. */
const stuckAfter = 600_000;

export function openReporter(version: string, log: Log, notify: Notify, clock: Clock): Reporter {
  const startedAt = clock.now();
  let desk: LoopState | null = null;
  let turned: ReconcileResult | null = null;
  let stopped: Problem | null = null;
  let turningSince: number | null = null;
  let ready = false;
  let said: ReportedConditions = new Map();
  let configProblem: Problem | null = null;

  const isStuck = () => turningSince !== null && clock.now() - turningSince > stuckAfter;

  function speak(): void {
    const absent = turned?.seen.kind === 'absent' || turned?.seen.kind === 'unreachable' ? turned.seen.problem : null;
    const held = stopped ?? turned?.problem ?? null;
    const told = conditionChanges(said, [
      ...conditionOf('config', 'error', configProblem, 'the configuration can be used again'),
      ...conditionOf('haproxy', 'warn', absent, 'HAProxy is there'),
      ...conditionOf('held', 'error', absent === null ? held : null, 'podfront goes on'),
      ...(turned === null ? [] : heldBackConditions(turned.next)),
      ...(desk === null ? [] : dnsConditions(desk.knowledge)),
    ]);
    said = told.said;
    for (const event of told.events) {
      if (event.level === 'info') log.info(event.text, event.facts);
      else log.problem(event.level, event.problem, event.facts);
    }
  }

  function done(at: ReconcileResult): void {
    const { applied, plan, next } = at;
    const why = plan.reasons.join(', ');
    if (applied === null) {
      log.debug(`${plan.kind === 'keep' ? 'nothing to do' : 'nothing was done'}: ${why}`, { plan: plan.kind });
      return;
    }
    if (applied.kind === 'running') log.info(`reloaded HAProxy, and saw it run the new file: ${why}`, { worker: applied.worker.pid });
    else if (applied.kind === 'unseen') log.info(`asked HAProxy to reload: ${why}`);
    else if (applied.kind === 'written' && plan.kind === 'hold')
      log.info('wrote the addresses of now into the file that is, which has to wait for another', { listens: next.layout.length });
    else if (applied.kind === 'written' || applied.kind === 'owed') log.info(`wrote the file: ${why}`, { listens: next.layout.length });
  }

  /** A turn is good when what should be is in place, and something is served. */
  function isGood({ problem, plan, next }: ReconcileResult): boolean {
    const nothing = next.layout.length > 0 && next.layout.every(({ listen }) => next.heldBack.has(listen.name));
    return (
      plan.kind !== 'hold' &&
      (problem === null || problem.code === 'reload.unseen') &&
      !nothing &&
      (next.layout.length > 0 || next.heldBack.size === 0)
    );
  }

  return {
    tell(told) {
      switch (told.kind) {
        case 'loaded':
          desk = told.desk;
          configProblem = null;
          log.info(`keeping ${told.loaded.config.haproxy.output} for HAProxy ${told.loaded.version.text}`, {
            config: told.loaded.config.file,
            listens: told.loaded.config.listens.length,
          });
          if (ready) notify.ready(inShort(turned));
          break;
        case 'not-loaded':
          configProblem = told.problem;
          if (ready) notify.ready(inShort(turned));
          speak();
          break;
        case 'rereading':
          notify.reloading();
          break;
        case 'turning':
          turningSince = clock.now();
          break;
        case 'turned':
          turningSince = null;
          stopped = null;
          turned = told.turned;
          desk = told.desk;
          done(turned);
          speak();
          if (!ready && isGood(turned)) {
            ready = true;
            notify.ready(inShort(turned));
          } else notify.status(inShort(turned));
          break;
        case 'not-turned':
          turningSince = null;
          stopped = told.problem;
          desk = told.desk;
          speak();
          break;
        case 'learnt':
          desk = told.desk;
          break;
        case 'ticked':
          if (!isStuck()) notify.alive();
          speak();
          break;
        default:
          told satisfies never;
      }
    },
    status: () => (desk === null || isStuck() ? null : buildStatus({ version, startedAt, ready, desk, turned, stopped }, clock.now())),
  };
}

function inShort(turned: ReconcileResult | null): string {
  if (turned === null) return 'asking cluster DNS';
  const { next, plan, problem } = turned;
  const pods = next.layout.reduce((sum, { pods, slots }) => sum + pods.length + (slots?.overflow ?? 0), 0);
  const left = next.heldBack.size === 0 ? '' : `, ${next.heldBack.size} left as they were`;
  return problem === null ? `${next.layout.length} listens, ${pods} pods${left}` : `${plan.kind}: ${problem.message}`;
}
