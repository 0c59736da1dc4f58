import { CopyMap, type CopyMapParts } from '../../../shared/blocks/copy-map';
import type { PackedBytes } from '../../../shared/blocks/packed-bytes';
import { RunLog } from '../../../shared/blocks/run-log';
import { MAX_MAP_RUNS, type BlockState, type JobMap } from '../../../shared/model/job-map';
import type { BlockReport } from '../export/copy/block-progress';

/** What a job does with the blocks of one disk: the whole map, and what is new since somebody last asked. */
export class DiskMap {
  readonly #map: CopyMap;
  #news = new RunLog<BlockState>(MAX_MAP_RUNS);
  #lost = false;

  /** @param planned the blocks that will be read. */
  constructor(sizeBytes: number, planned: PackedBytes) {
    this.#map = new CopyMap(sizeBytes, planned);
  }

  apply({ runs, incomplete }: BlockReport): void {
    this.#map.apply(runs);
    this.#lost ||= incomplete;
    for (const run of runs) this.#news.add(...run);
  }

  snapshot(): JobMap {
    return this.#map.snapshot();
  }

  parts(): CopyMapParts {
    return this.#map.parts();
  }

  takeNews(): BlockReport | undefined {
    const taken = this.#news.take();
    if (!taken) return undefined;
    const incomplete = taken.incomplete || this.#lost;
    this.#lost = false;
    return { runs: taken.runs.map((run) => [...run]), incomplete };
  }
}
