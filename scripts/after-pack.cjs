const { rm } = require('node:fs/promises');
const { join } = require('node:path');

/** A runtime folder given by hand is copied as it is; remove what a packaged app must not carry. */
exports.default = async function afterPack({ appOutDir, electronPlatformName }) {
  if (electronPlatformName === 'darwin') return;
  await rm(join(appOutDir, 'resources/default_app.asar'), { force: true });
  await rm(join(appOutDir, 'version'), { force: true });
};
