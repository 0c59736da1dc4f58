import { useEffect, useState } from 'react';
import type { ExportPlan, ExportRequest } from '../../../shared/model/export-plan';
import type { Failure } from '../../../shared/model/failure';
import { useServices } from '../../workbench/use-services';

export type PlanState =
  | { readonly state: 'incomplete' }
  | { readonly state: 'planning' }
  | { readonly state: 'planned'; readonly plan: ExportPlan }
  | { readonly state: 'failed'; readonly failure: Failure };

const TYPING_MS = 350;

/**
 * The plan of a request, asked for again whenever the request or the pool changes. While it is asked for there is
 * none, so that nothing is started that is not shown.
 */
export function usePlan(request: ExportRequest | undefined, poolRevision: string): PlanState {
  const { engine } = useServices();
  const key = request === undefined ? undefined : JSON.stringify([request, poolRevision]);
  const [answer, setAnswer] = useState<{ readonly key: string; readonly plan: PlanState }>();

  useEffect(() => {
    if (key === undefined) return;
    let stale = false;
    const [asked] = JSON.parse(key) as [ExportRequest];
    const timer = setTimeout(() => {
      void engine.request('export.plan', asked).then((result) => {
        if (stale) return;
        setAnswer({
          key,
          plan: result.ok
            ? { state: 'planned', plan: result.value }
            : { state: 'failed', failure: result.failure },
        });
      });
    }, TYPING_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [key, engine]);

  if (key === undefined) return { state: 'incomplete' };
  return answer?.key === key ? answer.plan : { state: 'planning' };
}
