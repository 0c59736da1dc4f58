import { FailureError, type Failure } from '../../shared/model/failure';
import type { DemoPool } from '../simulator/demo-pool';
import { launchDemoPool, type LaunchOptions } from '../simulator/launch-demo-pool';
import type { CliFiles } from './context';

/** A demo pool for as long as `work` takes. @throws FailureError also when the demo pool crashes meanwhile. */
export async function withDemoPool<T>(
  { demoPoolWorker, demoDisks }: CliFiles,
  options: Pick<LaunchOptions, 'vmCount' | 'address' | 'port'>,
  work: (demo: DemoPool) => Promise<T>,
): Promise<T> {
  let onCrash: (failure: Failure) => void = () => undefined;
  const crashed = new Promise<never>((_resolve, reject) => {
    onCrash = (failure) => reject(new FailureError(failure));
  });
  // Heard below, if it does not come before.
  crashed.catch(() => undefined);
  const demo = await launchDemoPool({
    workerFile: demoPoolWorker,
    imageFolder: demoDisks,
    ...options,
    onCrash,
  });
  try {
    return await Promise.race([work(demo), crashed]);
  } finally {
    await demo.close();
  }
}
