import { setImmediate as turn } from 'node:timers/promises';
import type { PoolState } from '../pool-state';
import { CLASSES } from '../records/classes';
import type { Table } from '../records/table';
import type { Value, ValueMap } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';

/** What a client subscribed to. Source: xen-api ocaml/xapi/xapi_event.ml, module Subscription. */
interface Subscription {
  matchesClass(lowerCaseName: string): boolean;
  matches(lowerCaseName: string, ref: string): boolean;
}

/** `*`, `class` or `class/reference`; class names in any case. */
export function subscribe(classes: readonly string[]): Subscription {
  const whole = new Set<string>();
  const single = new Map<string, Set<string>>();
  for (const entry of classes) {
    const slash = entry.indexOf('/');
    if (slash < 0) whole.add(entry.toLowerCase());
    else {
      const name = entry.slice(0, slash).toLowerCase();
      single.set(name, (single.get(name) ?? new Set()).add(entry.slice(slash + 1)));
    }
  }
  const all = whole.has('*');
  return {
    matchesClass: (name) => all || whole.has(name) || single.has(name),
    matches: (name, ref) => all || whole.has(name) || (single.get(name)?.has(ref) ?? false),
  };
}

export const formatToken = (generation: number): string =>
  `${String(generation).padStart(20, '0')},${'0'.repeat(20)}`;

/** @throws XapiError EVENT_FROM_TOKEN_PARSE_FAILURE */
export function parseToken(token: string): number {
  if (token === '') return -1;
  const match = /^(-?\d{1,20}),-?\d{1,20}$/.exec(token);
  if (!match) throw new XapiError('EVENT_FROM_TOKEN_PARSE_FAILURE', token);
  return Number(match[1]);
}

/** The events after a generation, in the order deletions, changes, additions reversed as XAPI lists them. */
export function eventsSince(pool: PoolState, subscription: Subscription, since: number): ValueMap[] {
  const { db } = pool;
  const added: ValueMap[] = [];
  const changed: ValueMap[] = [];
  for (const name of Object.keys(CLASSES)) {
    const lower = name.toLowerCase();
    if (!subscription.matchesClass(lower) || !db.changes.changedSince(name, since)) continue;
    const table = db.table(name)!;
    for (const { ref, created, modified } of table.rows()) {
      if (modified <= since || !subscription.matches(lower, ref)) continue;
      if (created > since) added.push(event(lower, 'add', ref, created, table));
      else changed.push(event(lower, 'mod', ref, modified, table));
    }
  }
  const deleted = db.changes
    .deletionsSince(since)
    .filter(({ className, ref, created }) => {
      return created <= since && subscription.matches(className.toLowerCase(), ref);
    })
    .map(({ className, ref, deleted: at }) => event(className.toLowerCase(), 'del', ref, at));
  return [...added, ...changed, ...deleted];
}

function event(className: string, operation: string, ref: string, id: number, table?: Table): ValueMap {
  const base = { id: String(id), timestamp: '0.0', class: className, operation, ref };
  return table ? { ...base, snapshot: table.snapshot(ref) } : base;
}

/** Waits until something that was subscribed to changed after the token, or the time is over. */
export async function eventFrom(
  pool: PoolState,
  isAlive: () => boolean,
  classes: readonly string[],
  token: string,
  timeoutSeconds: number,
  signal: AbortSignal,
  invalid: () => XapiError,
): Promise<Value> {
  const subscription = subscribe(classes);
  const since = parseToken(token);
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    await turn();
    if (!isAlive()) throw invalid();
    const events = eventsSince(pool, subscription, since);
    if (events.length > 0 || signal.aborted || Date.now() >= deadline) {
      return { events, valid_ref_counts: counts(pool), token: formatToken(pool.db.changes.generation) };
    }
    await changeOrTimeout(pool, deadline - Date.now(), signal);
  }
}

const counts = ({ db }: PoolState): ValueMap =>
  Object.fromEntries(Object.keys(CLASSES).map((name) => [name.toLowerCase(), db.table(name)!.size]));

function changeOrTimeout(pool: PoolState, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      leave();
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const leave = pool.db.changes.onChange(wake);
    const timer = setTimeout(wake, Math.min(milliseconds, 2 ** 31 - 1));
    signal.addEventListener('abort', wake);
  });
}
