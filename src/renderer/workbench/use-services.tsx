import { createContext, use, useCallback, useSyncExternalStore, type ReactNode } from 'react';
import type { ContextOverlay } from '../platform/context-keys';
import type { Services } from './services';

const ServicesContext = createContext<Services | undefined>(undefined);

export function ServicesProvider({ services, children }: { services: Services; children: ReactNode }) {
  return <ServicesContext value={services}>{children}</ServicesContext>;
}

export function useServices(): Services {
  const services = use(ServicesContext);
  if (services === undefined) throw new Error('There is no ServicesProvider above this component.');
  return services;
}

/** Whether a command's `when` holds now, for the object described by `overlay` if given. */
export function useCommandEnabled(id: string, overlay?: ContextOverlay): boolean {
  const { commands, contextKeys } = useServices();
  const subscribe = useCallback(
    (listener: () => void) => {
      const registration = contextKeys.onDidChange(listener);
      return () => registration.dispose();
    },
    [contextKeys],
  );
  return useSyncExternalStore(subscribe, () => commands.isEnabled(id, overlay));
}
