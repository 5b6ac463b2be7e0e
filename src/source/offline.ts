import type { Config, Listen } from '../config/config.ts';
import { completeObservation, emptyResult, nodes } from './dns/build-observation.ts';
import { fallbackName, serviceName } from './dns/service-name.ts';
import type { Observation } from './observation.ts';
import type { Source } from './source.ts';

/** A source that asks no server: it takes nodes and names from the configuration, and knows no pods. It treats `records: auto` as headless. */
export const offlineSource: Pick<Source, 'list'> = {
  list: async (config) => config.listens.map((listen) => observe(config, listen)),
};

function observe(config: Config, listen: Listen): Observation {
  const { destination, records } = listen;
  const service = serviceName(config, listen);
  const fallback = typeof listen.fallbackServicePort === 'number' ? fallbackName(config, listen) : null;
  const empty = (kind: Observation['records'], name: string | null, why: string) => ({ ...emptyResult(kind, name), why, fallback });
  if (destination.kind === 'nodes') return completeObservation(config, listen, nodes(config, listen, destination.port), []);
  if (destination.kind === 'service') return completeObservation(config, listen, empty('service', null, 'servicePort is set'), []);
  if (records === 'endpoints')
    return completeObservation(config, listen, { ...empty('endpoints', null, 'nothing was asked'), resolution: { kind: 'address' } }, []);
  const why = records === 'auto' ? 'nothing was asked' : `records is ${records}`;
  if (typeof destination.port === 'object')
    return completeObservation(config, listen, empty('srv', `_${destination.port.name}._tcp.${service}`, why), []);
  if (records === 'wildcard') return completeObservation(config, listen, empty('wildcard', `*.${service}`, why), []);
  return completeObservation(config, listen, empty('headless', service, why), []);
}
