import { descriptorProblem } from '../plan/warnings.ts';
import type { Problem } from '../problem/problem.ts';
import { noLosses } from '../source/losses.ts';
import {
  type Condition,
  fileConditions,
  followingCondition,
  lossCondition,
  observationConditions,
  patchConditions,
  problemCondition,
  sourceConditions,
  type TrafficByListen,
  trafficConditions,
} from './conditions.ts';
import type { LoopState } from './events.ts';
import { followingProblem } from './following.ts';
import type { ReconcileResult } from './reconciliation.ts';

/** Everything that conditions are derived from. */
export interface ConditionInput {
  readonly loop: LoopState | null;
  /** The result of the last reconciliation; null before the first. */
  readonly result: ReconcileResult | null;
  /** The reason why the last reconciliation could not begin. */
  readonly stopped: Problem | null;
  readonly configProblem: Problem | null;
  readonly addressProblem: Problem | null;
  readonly healthProblem: Problem | null;
  readonly traffic: TrafficByListen;
}

/** The conditions at `now` (milliseconds since 1970), the general ones first. */
export function currentConditions(input: ConditionInput, now: number): readonly Condition[] {
  const { loop, result, stopped, configProblem, addressProblem, healthProblem, traffic } = input;
  const lastKnown = loop?.lastKnown ?? new Map();
  const haproxy = result?.inspection.state;
  const absent = haproxy?.kind === 'absent' || haproxy?.kind === 'unreachable' ? haproxy.problem : null;
  const held = stopped ?? result?.problem ?? null;
  const notWritten = loop?.services.election?.problem ?? loop?.services.problem ?? null;
  return [
    ...problemCondition('config', 'error', configProblem, 'the configuration can be used again'),
    ...problemCondition('status address', 'warn', addressProblem, 'the status is served on its address'),
    ...problemCondition('load balancer', 'warn', notWritten, 'addresses of Services can be written again'),
    ...problemCondition('haproxy', 'warn', absent, 'HAProxy runs and can be reached'),
    ...problemCondition('held', 'error', absent === null ? held : null, 'changes can be applied again'),
    ...(result === null ? [] : [...fileConditions(result.desired), ...patchConditions(result)]),
    ...problemCondition('descriptors', 'warn', tooFewDescriptors(result), 'HAProxy may open as many files as it needs'),
    ...followingCondition(loop === null ? null : followingProblem(loop.following, now)),
    ...lossCondition(loop?.losses ?? noLosses),
    ...sourceConditions(lastKnown),
    ...problemCondition('health', 'warn', healthProblem, "the health of HAProxy's servers is known again"),
    ...trafficConditions(traffic),
    ...observationConditions(lastKnown, traffic),
  ];
}

function tooFewDescriptors(result: ConditionInput['result']): Problem | null {
  return result === null ? null : descriptorProblem(result.desired.allocation, result.inspection.descriptorLimit ?? null);
}
