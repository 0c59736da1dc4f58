import type { JobPhase, JobPhaseName, JobState } from '../../../shared/model/job';
import type { Tone } from '../../ui/badge';

export const JOB_STATES: Record<JobState, { text: string; icon: string; tone: Tone }> = {
  queued: { text: 'waiting', icon: 'clock', tone: 'neutral' },
  running: { text: 'running', icon: 'sync', tone: 'info' },
  paused: { text: 'paused', icon: 'debug-pause', tone: 'warning' },
  interrupted: { text: 'interrupted', icon: 'debug-disconnect', tone: 'warning' },
  done: { text: 'done', icon: 'pass', tone: 'success' },
  failed: { text: 'failed', icon: 'error', tone: 'error' },
  cancelled: { text: 'cancelled', icon: 'circle-slash', tone: 'neutral' },
};

/** Beside the state of a job that left something on its pool. */
export const LEFT_BEHIND = { text: 'clean-up failed', icon: 'warning', className: 'ds-tone-warning' };

export const PHASES: Record<JobPhaseName, string> = {
  snapshot: 'Snapshot',
  'list-changes': 'List changed blocks',
  connect: 'Connect',
  copy: 'Copy',
  flush: 'Flush',
  verify: 'Verify',
  'clean-up': 'Clean up',
};

export const PHASE_STATES: Record<JobPhase['state'], { icon: string; text: string; className: string }> = {
  waiting: { icon: 'circle-large-outline', text: 'waiting', className: 'ds-muted' },
  running: { icon: 'sync', text: 'running', className: 'ds-tone-info' },
  done: { icon: 'pass', text: 'done', className: 'ds-tone-success' },
  failed: { icon: 'error', text: 'failed', className: 'ds-tone-error' },
  skipped: { icon: 'circle-slash', text: 'skipped', className: 'ds-muted' },
};

/** What was under way when a job was interrupted. */
export const PHASE_INTERRUPTED = {
  icon: 'debug-disconnect',
  text: 'interrupted',
  className: 'ds-tone-warning',
};
