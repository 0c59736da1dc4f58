import { useStore } from 'zustand';
import type { ContextOverlay } from '../platform/context-keys';
import type { ObjectRef } from '../platform/object-ref';
import { objectContext } from './object-context';
import { useServices } from './use-services';

/** What a command button needs that stands beside an object: the argument, and what is true of the object now. */
export function useTarget(ref: ObjectRef): {
  readonly args: readonly [ObjectRef];
  readonly overlay: ContextOverlay;
} {
  const services = useServices();
  useStore(services.pools, ({ pools }) => pools.find(({ id }) => id === ref.poolId)?.state);
  return { args: [ref], overlay: objectContext(services, ref) };
}
