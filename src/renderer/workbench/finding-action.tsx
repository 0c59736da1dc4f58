import type { Finding } from '../../shared/model/finding';
import type { ObjectRef } from '../platform/object-ref';
import { CommandButton } from './command-button';
import { objectContext } from './object-context';
import type { Services } from './services';
import { useServices } from './use-services';

/** What a finding is about, as an argument for its command; the pool itself when it names nothing we know. */
function refOf({ inventory }: Services, poolId: string, uuid: string | undefined): ObjectRef {
  const found = uuid === undefined ? undefined : inventory.pool(poolId)?.find(uuid);
  if (found === undefined || found.kind === 'storage' || found.kind === 'host') {
    return { kind: 'pool', poolId, uuid: poolId };
  }
  return { kind: found.kind, poolId, uuid: found.object.uuid };
}

/** The button that does a finding's next step, if a command can. */
export function FindingAction({ poolId, finding }: { poolId: string; finding: Finding }) {
  const services = useServices();
  if (finding.command === undefined || services.commands.get(finding.command) === undefined) return null;
  const ref = refOf(services, poolId, finding.objectUuid);
  return <CommandButton command={finding.command} args={[ref]} overlay={objectContext(services, ref)} />;
}
