import { z } from 'zod';
import type { ExportRequest } from '../../../shared/model/export-plan';
import {
  manifestOf,
  type LibraryOperation,
  type LibraryRequest,
} from '../../../shared/model/library-operation';
import type { FoundExport } from '../../stores/library';
import { isLive, liveOperations } from '../../stores/library-operations';
import type { Services } from '../../workbench/services';
import { exportName, parentFolderOf } from './export-files';
import { operationTitle, STEPS } from './operation-words';
import { sourceOf } from './source-of';
import { openExport, targetExport } from './target-export';

type ImageFormat = ExportRequest['format'];

const FORMATS: readonly { readonly id: ImageFormat; readonly label: string; readonly description: string }[] =
  [
    { id: 'qcow2', label: 'qcow2', description: 'for QEMU, KVM and Proxmox' },
    { id: 'vhd', label: 'VHD', description: 'for XCP-ng, XenServer and Hyper-V; up to 2040 GiB' },
    { id: 'raw', label: 'Raw', description: 'the disk byte by byte; holes stay holes' },
  ];

/** Begins something long; how it goes is told as events. */
export async function startOperation(services: Services, request: LibraryRequest): Promise<void> {
  const started = await services.engine.ask('library.start', request);
  if (started !== undefined) services.libraryOperations.putStarted(started.value);
}

/** Verify, compare, flatten, restore, serve, and ending them. */
export function registerOperationCommands(services: Services): void {
  const { commands, dialogs, engine, inventory, library, libraryOperations, quickInput } = services;
  const category = 'Exports';
  const onExport =
    (act: (found: FoundExport) => void | Promise<void>) =>
    (argument: unknown): void | Promise<void> => {
      const found = targetExport(services, argument);
      if (found !== undefined) return act(found);
    };
  const verify = (chain: boolean) =>
    onExport(({ entry: { manifestPath } }) =>
      startOperation(services, { kind: 'verify', manifestPath, chain }),
    );
  const compare = (blocks: 'samples' | 'all') =>
    onExport(({ entry: { manifestPath, manifest } }) => {
      const poolId = sourceOf(inventory.getState(), manifest)?.poolId;
      if (poolId === undefined) return;
      return startOperation(services, {
        kind: 'verify',
        manifestPath,
        chain: true,
        source: { poolId, blocks },
      });
    });

  const flattenAs = async ({ entry: { manifestPath } }: FoundExport, format: ImageFormat): Promise<void> => {
    const chosen = await engine.ask('dialog.chooseImage', {
      suggestedName: `${exportName(manifestPath)}-flat.${format}`,
      startIn: parentFolderOf(manifestPath),
      format,
    });
    const to = chosen?.value;
    if (to !== undefined) await startOperation(services, { kind: 'flatten', manifestPath, to, format });
  };
  const flatten = onExport((found) =>
    quickInput.pick({
      title: 'Format of the flattened image',
      placeholder: 'One image that needs no other, in which format?',
      items: FORMATS.map((format) => ({
        ...format,
        icon: 'file-binary',
        run: () => void flattenAs(found, format.id),
      })),
    }),
  );

  const stop = async (argument: unknown): Promise<void> => {
    const id = z.string().safeParse(argument).data;
    const live = liveOperations(libraryOperations.getState());
    const target = id === undefined ? live.at(-1) : live.find((operation) => operation.id === id);
    if (target !== undefined) await engine.ask('library.cancel', { id: target.id });
  };
  const stopServing = onExport(async ({ entry: { manifestPath } }) => {
    for (const { id, request } of liveOperations(libraryOperations.getState()))
      if (request.kind === 'serve' && request.manifestPath === manifestPath)
        await engine.ask('library.cancel', { id });
  });
  const show = ({ request }: LibraryOperation): void => {
    const found = library.find(manifestOf(request) ?? '');
    if (found !== undefined) openExport(services, found);
  };
  const showRunning = (): void => {
    const live = liveOperations(libraryOperations.getState());
    if (live.length === 1 && live[0].request.kind !== 'range') {
      show(live[0]);
      return;
    }
    quickInput.pick({
      title: 'What is done with exports',
      placeholder: 'Show an export, or stop saving a range',
      items: live.map((operation) => ({
        id: operation.id,
        label:
          operation.request.kind === 'range'
            ? `Stop: ${operationTitle(operation)}`
            : operationTitle(operation),
        description: STEPS[operation.step],
        icon: operation.state === 'serving' ? 'radio-tower' : 'sync',
        run: () => (operation.request.kind === 'range' ? void stop(operation.id) : show(operation)),
      })),
    });
  };

  commands.register(
    {
      id: 'library.verify',
      title: 'Verify This Export',
      category,
      icon: 'verified',
      when: 'library.export',
      run: verify(false),
    },
    {
      id: 'library.verifyChain',
      title: 'Verify the Chain',
      category,
      icon: 'verified',
      when: 'library.export',
      keys: ['$mod+KeyK $mod+KeyV'],
      run: verify(true),
    },
    {
      id: 'library.compareSamples',
      title: 'Compare Samples with the Source',
      category,
      icon: 'diff',
      when: 'library.comparable',
      run: compare('samples'),
    },
    {
      id: 'library.compareAll',
      title: 'Compare All with the Source',
      category,
      icon: 'diff',
      when: 'library.comparable',
      run: compare('all'),
    },
    {
      id: 'library.flatten',
      title: 'Flatten…',
      category,
      icon: 'merge',
      when: 'library.whole',
      keys: ['$mod+KeyK $mod+KeyF'],
      run: flatten,
    },
    {
      id: 'library.restore',
      title: 'Restore…',
      category,
      icon: 'cloud-upload',
      when: 'library.whole',
      keys: ['$mod+KeyK $mod+KeyR'],
      run: onExport(({ entry: { manifestPath } }) => dialogs.show({ kind: 'restore', manifestPath })),
    },
    {
      id: 'library.serve',
      title: 'Serve Read-Only over NBD',
      category,
      icon: 'radio-tower',
      when: 'library.whole && !library.served',
      run: onExport(({ entry: { manifestPath } }) =>
        startOperation(services, { kind: 'serve', manifestPath }),
      ),
    },
    {
      id: 'library.stopServing',
      title: 'Stop Serving',
      category,
      icon: 'debug-stop',
      when: 'library.served',
      run: stopServing,
    },
    {
      id: 'library.stop',
      title: 'Stop What Is Done with Exports',
      category,
      icon: 'debug-stop',
      when: 'library.running',
      run: stop,
    },
    {
      id: 'library.dismiss',
      title: 'Put the Result Away',
      category,
      icon: 'close',
      palette: false,
      run: (argument) => {
        const operation = libraryOperations.getState().operations.get(z.string().parse(argument));
        if (operation !== undefined && !isLive(operation)) libraryOperations.dismiss(operation.id);
      },
    },
    {
      id: 'library.showRunning',
      title: 'Show What Is Done with Exports',
      category,
      icon: 'sync',
      when: 'library.running',
      run: showRunning,
    },
  );
}
