import { shellWord } from '../../../shared/shell-word';

const line = (...words: readonly string[]): string => ['deltascope', ...words.map(shellWord)].join(' ');

export const verifyLine = (manifestPath: string): string => line('verify', manifestPath, '--chain');

export const compareLine = (manifestPath: string, poolUrl: string): string =>
  line('verify', manifestPath, '--against-source', '--pool', poolUrl);

export const flattenLine = (manifestPath: string, to: string, format: string): string =>
  line('flatten', manifestPath, '--to', to, '--format', format);

export const serveLine = (manifestPath: string): string => line('serve', manifestPath);

export interface RestoreLine {
  readonly manifestPath: string;
  readonly poolUrl: string;
  readonly storageUuid: string;
  readonly name: string;
  readonly prove: boolean;
}
export const restoreLine = ({ manifestPath, poolUrl, storageUuid, name, prove }: RestoreLine): string =>
  line(
    'restore',
    manifestPath,
    '--pool',
    poolUrl,
    '--sr',
    storageUuid,
    ...(name === '' ? [] : ['--name', name]),
    ...(prove ? [] : ['--no-prove']),
  );
