import { z } from 'zod';
import { unwrap } from '../../../../shared/model/result';
import type { PoolConnection } from '../../xapi';

const refsSchema = z.array(z.string());

/** Removes the tasks of a job, whose names hold the job's id, whatever became of them. @throws FailureError */
export async function removeTasks(pool: PoolConnection, name: string): Promise<void> {
  for (const ref of unwrap(await pool.call(refsSchema, 'task.get_by_name_label', [name]))) {
    unwrap(await pool.call(z.unknown(), 'task.set_status', [ref, 'cancelled']));
    unwrap(await pool.call(z.unknown(), 'task.destroy', [ref]));
  }
}
