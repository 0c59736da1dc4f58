import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../random';
import type { Fault, Running, Scene, Wreck } from './fault';

/** At any moment, from the first call to the last. */
async function killSometime({ random }: Scene, running: Running): Promise<void> {
  if (random.chance(0.6)) await running.reached(random.next());
  else await running.after(random.whole(200, 3500));
  running.kill();
}

const killed: Fault = { via: 'process', ends: 'done', during: killSometime };

function flipBits(path: string, random: Random): void {
  const { size } = statSync(path);
  if (size === 0) return;
  const fd = openSync(path, 'r+');
  for (let times = random.whole(1, 4); times > 0; times--) {
    const at = Math.floor(random.next() * size);
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, at);
    byte[0] ^= 1 << random.whole(0, 7);
    writeSync(fd, byte, 0, 1, at);
  }
  closeSync(fd);
}

const cut = (path: string, random: Random): void =>
  truncateSync(path, Math.floor(random.next() * statSync(path).size));

const damage = (path: string, random: Random): void => random.pick([flipBits, cut])(path, random);

const partials = ({ files }: Wreck, ending: RegExp): string[] => files.filter((path) => ending.test(path));

const kept = ({ jobsFolder, jobId }: Wreck, ending: string): string[] =>
  readdirSync(jobsFolder)
    .filter((name) => name.startsWith(`${jobId}.`) && name.endsWith(ending))
    .map((name) => join(jobsFolder, name));

const async =
  (work: (wreck: Wreck, random: Random) => void): Fault['between'] =>
  (wreck, random) => {
    work(wreck, random);
    return Promise.resolve();
  };

/** Crashes of a whole process, and what a crash or other hands leave of its files. */
export const killFaults: Readonly<Record<string, Fault>> = {
  'process-killed': { ...killed, weight: 4 },
  'killed-again': { ...killed, killsAgain: 2 },
  'killed-then-cancelled': { ...killed, ends: 'cancelled', then: 'cancel' },
  'killed-image-damaged': {
    ...killed,
    weight: 3,
    between: async((wreck, random) => {
      for (const path of partials(wreck, /\.(vhd|qcow2|raw)\.partial$/)) damage(path, random);
    }),
  },
  'killed-checksums-damaged': {
    ...killed,
    between: async((wreck, random) => {
      for (const path of partials(wreck, /(?<!\.json|\.vhd|\.qcow2|\.raw)\.partial$/)) damage(path, random);
    }),
  },
  'killed-checkpoint-damaged': {
    ...killed,
    between: async((wreck, random) => {
      for (const path of [...kept(wreck, '.checkpoint'), ...kept(wreck, '.blocks')])
        if (random.chance(0.7)) damage(path, random);
    }),
  },
  'killed-journal-torn': {
    ...killed,
    between: async((wreck, random) => {
      for (const path of kept(wreck, '.jsonl')) tear(path, random);
    }),
  },
  'killed-journal-damaged': {
    ...killed,
    ends: 'clear',
    mayLoseJob: true,
    between: async((wreck, random) => {
      for (const path of kept(wreck, '.jsonl')) damage(path, random);
    }),
  },
};

/** Half a line at the end, as a crash in the middle of writing leaves it: never a line that was synced. */
function tear(path: string, random: Random): void {
  const [first] = readFileSync(path, 'utf8').split('\n', 1);
  appendFileSync(path, first.slice(0, random.whole(1, first.length - 1)));
}
