import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Job } from '../../../shared/model/job';
import { useServices } from '../../workbench/use-services';

/** Newest first. */
export const useJobList = (): readonly Job[] =>
  useStore(
    useServices().jobs,
    useShallow(({ order, jobs }) => order.flatMap((id) => jobs.get(id) ?? [])),
  );
