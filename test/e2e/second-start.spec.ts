import { expect, test } from './deltascope';

test('started again while it ends, the app stays, with a new window on the same pools', async ({
  deltascope: { app, page },
}) => {
  await expect(page.getByRole('treeitem', { name: /web-01/ })).toBeVisible({ timeout: 30_000 });
  // The last window is gone, and what is left to undo is being undone: then the system hands over a second start.
  await app.evaluate(({ app: main }) => {
    main.once('window-all-closed', () => main.emit('second-instance', {}, ['deltascope']));
  });
  const opened = app.waitForEvent('window');
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].close());
  const again = await opened;
  await expect(again.getByRole('treeitem', { name: /web-01/ })).toBeVisible({ timeout: 30_000 });
  // Once more, when there is a window: it comes to the front.
  const windows = await app.evaluate(({ app: main, BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0].minimize();
    main.emit('second-instance', {}, ['deltascope']);
    return BrowserWindow.getAllWindows().length;
  });
  expect(windows).toBe(1);
});

test('while the demo pool starts, the app hears of a second start and of its own end', async ({
  deltascope,
}) => {
  // So many VMs take longer than the window.
  const { app } = await deltascope.restart('--demo=10000');
  const listeners = await app.evaluate(({ app: main }) =>
    ['second-instance', 'activate', 'will-quit'].map((name) => main.listenerCount(name)),
  );
  expect(listeners.every((count) => count > 0)).toBe(true);
});
