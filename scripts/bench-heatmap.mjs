// npm run bench:heatmap: sets itself up and measures the heatmap in the app's own window, beside drawing every block on
// a plain canvas. `--json` prints nothing but the numbers.
import { runBench } from './lib/run-bench.mjs';

process.exit(await runBench('test/bench/heatmap.ts'));
