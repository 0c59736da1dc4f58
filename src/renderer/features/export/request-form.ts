import type { ExportRequest } from '../../../shared/model/export-plan';
import type { Settings } from '../../../shared/model/settings';

/** The form as the user fills it in; numbers are text until they are used. */
export interface RequestForm {
  readonly diskUuids: readonly string[];
  readonly targetFolder: string;
  readonly format: ExportRequest['format'];
  readonly mode: ExportRequest['mode'];
  readonly base: string;
  readonly after: ExportRequest['after'];
  /** Empty: chosen by the engine. */
  readonly connections: string;
  /** MiB per second; empty: no limit. */
  readonly limit: string;
  readonly skipUnchanged: boolean;
}

export const initialForm = (diskUuids: readonly string[], settings: Settings): RequestForm => ({
  diskUuids,
  targetFolder: settings.defaultFolder,
  format: settings.defaultFormat,
  mode: 'auto',
  base: 'auto',
  after: settings.afterExport,
  connections: settings.connectionsPerDisk === 0 ? '' : String(settings.connectionsPerDisk),
  limit: settings.jobLimitBytesPerSecond === 0 ? '' : String(settings.jobLimitBytesPerSecond / MIB),
  skipUnchanged: true,
});

/** The wish of an earlier export, to be looked over once more. */
export const formOf = (request: ExportRequest): RequestForm => ({
  diskUuids: request.diskUuids,
  targetFolder: request.targetFolder,
  format: request.format,
  mode: request.mode,
  base: request.base,
  after: request.after,
  connections: request.connections === undefined ? '' : String(request.connections),
  limit: request.limitBytesPerSecond === undefined ? '' : String(request.limitBytesPerSecond / MIB),
  skipUnchanged: request.skipUnchanged,
});

const MIB = 1024 * 1024;

export interface FormErrors {
  readonly disks?: string;
  readonly targetFolder?: string;
  readonly connections?: string;
  readonly limit?: string;
}

/** What is wrong with the form; empty when a request can be made of it. */
export function checkForm({ diskUuids, targetFolder, connections, limit }: RequestForm): FormErrors {
  const number = Number(connections);
  const rate = Number(limit);
  return {
    ...(diskUuids.length === 0 ? { disks: 'Choose at least one disk.' } : {}),
    ...(targetFolder.trim() === '' ? { targetFolder: 'Choose the folder that gets the export.' } : {}),
    ...(connections.trim() !== '' && !(Number.isInteger(number) && number >= 1 && number <= 16)
      ? { connections: 'A whole number from 1 to 16, or empty.' }
      : {}),
    ...(limit.trim() !== '' && !(Number.isFinite(rate) && rate > 0)
      ? { limit: 'A number above 0, or empty.' }
      : {}),
  };
}

/** The request of a form without errors; undefined otherwise. */
export function toRequest(poolId: string, form: RequestForm): ExportRequest | undefined {
  if (Object.keys(checkForm(form)).length > 0) return undefined;
  const { diskUuids, targetFolder, format, mode, base, after, connections, limit, skipUnchanged } = form;
  return {
    poolId,
    diskUuids: [...diskUuids],
    targetFolder: targetFolder.trim(),
    format,
    mode,
    base,
    after,
    skipUnchanged,
    ...(connections.trim() === '' ? {} : { connections: Number(connections) }),
    ...(limit.trim() === '' ? {} : { limitBytesPerSecond: Math.round(Number(limit) * MIB) }),
  };
}
