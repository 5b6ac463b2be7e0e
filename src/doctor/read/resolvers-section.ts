import { blocksOf } from '../../haproxy/file/sections.ts';

/** The settings of the `resolvers cluster` section of HAProxy's file. */
export interface ResolversSection {
  readonly tcp: boolean;
  /** The largest answer that HAProxy accepts, in bytes: 512 by default (configuration manual 5.3.2). */
  readonly payload: number;
}

/** Reads the section from HAProxy's file; null when there is none. */
export function readResolversSection(text: string): ResolversSection | null {
  const block = blocksOf(text).find(({ text: lines }) => /^resolvers\s+cluster\s*$/m.test(lines));
  if (block === undefined) return null;
  const payload = /^\s+accepted_payload_size\s+(\d+)/m.exec(block.text)?.[1];
  return { tcp: /^\s+nameserver\s+\S+\s+tcp@/m.test(block.text), payload: Number(payload ?? 512) };
}
