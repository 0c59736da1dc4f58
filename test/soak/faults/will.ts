import type { Fault } from './fault';

/** What the admin does. */
export const willFaults: Readonly<Record<string, Fault>> = {
  none: { via: 'either', ends: 'done', weight: 4 },
  'paused-and-resumed': {
    via: 'engine',
    ends: 'done',
    async during({ random }, running) {
      for (let times = random.whole(1, 3); times > 0; times--) {
        await running.after(random.whole(100, 1200));
        running.pause();
        await running.after(random.whole(50, 700));
        running.resume();
      }
    },
  },
  cancelled: {
    via: 'either',
    ends: 'cancelled',
    weight: 3,
    async during({ random }, running) {
      if (random.chance(0.5)) await running.reached(random.next());
      else await running.after(random.whole(0, 3500));
      running.cancel();
    },
  },
  'worker-killed': {
    via: 'engine',
    ends: 'done',
    async during({ random }, running) {
      for (let times = random.whole(1, 2); times > 0; times--)
        if (await running.reached(random.next() * 0.9)) running.kill();
    },
  },
};
