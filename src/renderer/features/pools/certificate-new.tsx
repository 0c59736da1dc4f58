import type { Certificate } from '../../../shared/contract/requests';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { CopyLine } from '../../workbench/copy-line';
import { CertificateFacts, COMPARE_COMMAND, Fingerprint } from './certificate-facts';

export interface CertificateNewProps {
  readonly url: string;
  readonly certificate: Certificate;
  readonly busy: boolean;
  readonly onTrust: () => void;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** Trust on first use: the user compares the fingerprint once, it is pinned from then on. */
export function CertificateNew({ url, certificate, busy, onTrust, onBack, onClose }: CertificateNewProps) {
  return (
    <Dialog
      title="Is this the right pool?"
      description={`Deltascope has not seen ${url} before. Compare this fingerprint with the one on the host; it is remembered, and Deltascope refuses to connect should it ever change.`}
      onClose={onClose}
      footer={
        <>
          {/* Not the trusting button: Enter pressed twice must not pin what nobody compared. */}
          <Button onClick={onBack} autoFocus>
            Back
          </Button>
          <Button kind="primary" busy={busy} disabled={busy} onClick={onTrust}>
            Trust and connect
          </Button>
        </>
      }
    >
      <div className="ds-field">
        <span className="ds-field-name">SHA-256 fingerprint</span>
        <Fingerprint value={certificate.fingerprint} />
      </div>
      <CertificateFacts certificate={certificate} />
      <CopyLine label="To see it on the pool master" text={COMPARE_COMMAND} />
    </Dialog>
  );
}
