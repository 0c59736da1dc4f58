import { resumeQcow2 } from './qcow2/resume';
import { resumeRaw } from './raw/writer';
import type { CreateImageOptions, ImageFormat, ResumedSink } from './types';
import { resumeVhd } from './vhd/resume';

/**
 * Opens an unfinished image to go on with it. Nothing that it holds is believed here: see `prove` in `export/resume`.
 * @throws FailureError `unfinished-unusable` when its own tables do not tell what it holds, or of the file system.
 */
export function resumeImage(format: ImageFormat, options: CreateImageOptions): Promise<ResumedSink> {
  switch (format) {
    case 'raw':
      return resumeRaw(options);
    case 'vhd':
      return resumeVhd(options);
    case 'qcow2':
      return resumeQcow2(options);
  }
}
