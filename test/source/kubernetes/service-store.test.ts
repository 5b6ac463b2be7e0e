import test from 'ava';
import { kept } from '../../../src/source/kubernetes/kept-endpoints.ts';
import { mergeSlices } from '../../../src/source/kubernetes/merge-slices.ts';
import type { Read, SliceObject } from '../../../src/source/kubernetes/objects.ts';
import { openServiceStore } from '../../../src/source/kubernetes/service-store.ts';
import { ready, sliceJson } from '../../support/kubernetes/samples.ts';

const perSlice = 1_000;
const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
const slice = (i: number) =>
  sliceJson(
    Array.from({ length: perSlice }, (_, j) => ready(address(i * perSlice + j))),
    { name: `web-${i}` },
  );
const bad = (i: number) => sliceJson([{ addresses: ['nonsense'] }], { name: `bad-${i}` });

/** What the reader of a list, or of single events, makes of objects. */
function read(reader: (object: unknown) => Read<SliceObject> | null, objects: readonly unknown[]): readonly Read<SliceObject>[] {
  return objects.flatMap((object) => reader(object) ?? []);
}

test('whoever may write EndpointSlices does not fill the memory: endpoints beyond a bound are counted, by events and in lists', (t) => {
  const slices = Array.from({ length: 30 }, (_, i) => slice(i));
  for (const way of ['events', 'list'] as const) {
    const { slices: store, view } = openServiceStore(['default/web'], () => 0);
    if (way === 'events') for (const one of read(store.read, slices)) store.set(one);
    else {
      const listed = read(store.listReader(), slices);
      t.is(
        listed.reduce((sum, one) => sum + (one.kind === 'read' ? one.object.endpoints.length : 0), 0),
        kept.ofService,
      );
      store.replace(null, listed);
    }
    const { slices: known } = view('default/web');
    t.is(
      known.reduce((sum, { endpoints }) => sum + endpoints.length, 0),
      kept.ofService,
      way,
    );
    t.like(mergeSlices(known, 8080), { overflow: 20_000 });
    // What goes makes room.
    for (const one of read(store.read, slices.slice(0, 25))) store.remove(one);
    for (const one of read(store.read, slices.slice(25))) store.set(one);
    t.like(mergeSlices(view('default/web').slices, 8080), { overflow: 0, endpoints: { length: 5_000 } }, way);
  }
});

test('slices of a Service, and notes of refused ones, are bounded', (t) => {
  const { slices: store, view } = openServiceStore(['default/web'], () => 0);
  for (let i = 0; i < kept.slices + 200; i++) for (const one of read(store.read, [sliceJson([], { name: `web-${i}` })])) store.set(one);
  t.is(view('default/web').slices.length, kept.slices);
  t.is(view('default/web').refused.length, kept.refused);
  const other = openServiceStore(['default/web'], () => 0);
  for (let i = 0; i < 1_000; i++) for (const one of read(other.slices.read, [bad(i)])) other.slices.set(one);
  t.is(other.view('default/web').refused.length, kept.refused);
});
