import type { Fault, Scene } from './fault';

const MIB = 1024 * 1024;

/** Something that befalls the target folder: mostly in the middle, and put right before the job is resumed. */
const befalls = (what: (scene: Scene) => void, early: boolean): Fault => ({
  via: 'either',
  ends: 'done',
  needsRoot: true,
  before(scene) {
    if (early && scene.random.chance(0.4)) what(scene);
    return Promise.resolve();
  },
  async during(scene, running) {
    if (await running.reached(scene.random.next() * 0.7)) what(scene);
  },
});

/** What goes wrong where the exports are written. */
export const targetFaults: Readonly<Record<string, Fault>> = {
  'target-full': {
    ...befalls(({ target, random }) => target.fill(random.whole(0, 4 * MIB)), true),
    ends: 'clear',
    weight: 4,
  },
  'target-vanishes': { ...befalls(({ target }) => target.vanish(), false), weight: 3 },
  'target-read-only': befalls(({ target }) => target.turnReadOnly(), false),
};
