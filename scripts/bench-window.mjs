// npm run bench:window: sets itself up and measures how fast tree, search and palette answer in the app's own window on
// a demo pool of 10 000 VMs. `--json` prints nothing but the numbers.
import { runBench } from './lib/run-bench.mjs';

process.exit(await runBench('test/bench/window.ts'));
