import { resolve } from 'node:path';
import { Option } from 'commander';
import { unwrap } from '../../../shared/model/result';
import type { ImageFormat } from '../../engine/image/types';
import { flatten } from '../../engine/library/flatten';
import { jsonLine, type AddCommand } from '../context';
import { followCopy } from '../follow-copy';
import { demandFile } from '../input-file';
import { formatOf } from '../image-format';
import { formatBytes, formatDuration } from '../terminal/units';

const DESCRIPTION = `Merges an export and everything that it builds on into one full image that any tool opens. Every block is
compared with its checksum on the way; damage stops it and no file is left. The chain itself is not touched.`;

export const addFlatten: AddCommand = (program, { io, startCopy }) => {
  program
    .command('flatten')
    .summary('merge a chain into one full image')
    .description(DESCRIPTION)
    .argument('<manifest>', 'the .json file of the export whose state is wanted')
    .requiredOption('--to <file>', 'image to write; it must not exist')
    .addOption(
      new Option('--format <format>', 'image format (default: by the name of the file, else raw)').choices([
        'vhd',
        'qcow2',
        'raw',
      ]),
    )
    .option('--json', 'print machine-readable lines')
    .action(async (manifest: string, flags: { to: string; format?: ImageFormat; json?: boolean }) => {
      const file = resolve(flags.to);
      const format = flags.format ?? formatOf(file);
      await demandFile(resolve(manifest), 'manifest (the .json file of an export)');
      const follow: Parameters<typeof flatten>[4] = (running) => followCopy(running, 'merging', io);
      const outcome = unwrap(await flatten(resolve(manifest), file, format, startCopy, follow));
      const { sizeBytes, writtenBytes, seconds } = outcome;
      if (flags.json) jsonLine(io, { event: 'done', file, format, sizeBytes, writtenBytes, seconds });
      else
        io.out(
          `${file}: ${formatBytes(sizeBytes)} disk, stored ${formatBytes(writtenBytes)}, in ${formatDuration(seconds)}\n`,
        );
    });
};
