import { useCallback, useSyncExternalStore } from 'react';
import type { Theme } from '../../theme';
import { useServices } from '../../workbench/use-services';

/** The theme that is shown now. */
export function useTheme(): Theme {
  const { theme } = useServices();
  const subscribe = useCallback(
    (listener: () => void) => {
      const registration = theme.onDidChange(listener);
      return () => registration.dispose();
    },
    [theme],
  );
  return useSyncExternalStore(subscribe, () => theme.current);
}
