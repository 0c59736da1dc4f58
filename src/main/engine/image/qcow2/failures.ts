import { basename } from 'node:path';
import { FailureError } from '../../../../shared/model/failure';

/** The file is sound as far as it goes, but needs something that Deltascope does not do. */
export function unsupported(path: string, what: string): FailureError {
  return new FailureError({
    code: 'image-unsupported',
    message: `The qcow2 image "${basename(path)}" uses ${what}, which Deltascope cannot read.`,
    nextStep: 'Make a plain copy with "qemu-img convert -O qcow2" and open the copy.',
    details: path,
  });
}

export function parentNeeded(path: string, parent: string): FailureError {
  return new FailureError({
    code: 'image-parent-needed',
    message: `"${basename(path)}" holds changes only; the rest is in its parent "${parent}", which is not open.`,
    nextStep: 'Open the image together with its whole chain.',
    details: path,
  });
}
