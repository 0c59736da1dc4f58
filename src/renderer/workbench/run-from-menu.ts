import { unmetWords } from '../platform/unmet-words';
import type { Services } from './services';

/**
 * Runs a command that the native menu or a deep link names. Neither knows what can be done now, as buttons and the
 * palette do, so that is looked at here.
 */
export async function runFromMenu(
  { commands, contextKeys, notifications }: Pick<Services, 'commands' | 'contextKeys' | 'notifications'>,
  id: string,
  args: readonly unknown[],
): Promise<void> {
  const command = commands.get(id);
  if (command?.when === undefined || commands.isEnabled(id)) return commands.run(id, ...args);
  const title = command.title.replace(/…$/, '');
  notifications.add({
    severity: 'info',
    message: `“${title}” is not possible now.`,
    nextStep: unmetWords(command.when, contextKeys.lookup()),
  });
}
