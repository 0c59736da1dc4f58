import { useState } from 'react';
import type { Certificate } from '../../../shared/contract/requests';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { CheckField } from '../../ui/field';
import { Note } from '../../ui/note';
import { CertificateFacts, Fingerprint } from './certificate-facts';

export interface CertificateChangedProps {
  readonly url: string;
  readonly certificate: Certificate;
  readonly busy: boolean;
  readonly onTrust: () => void;
  readonly onClose: () => void;
}

/** Loud on purpose: someone may be between this computer and the pool. */
export function CertificateChanged({ url, certificate, busy, onTrust, onClose }: CertificateChangedProps) {
  const [compared, setCompared] = useState(false);
  return (
    <Dialog
      alarm
      wide
      title="The certificate of this pool has changed"
      onClose={onClose}
      footer={
        <>
          <Button kind="primary" onClick={onClose} autoFocus>
            Do not connect
          </Button>
          <Button kind="danger" busy={busy} disabled={!compared || busy} onClick={onTrust}>
            Trust the new certificate
          </Button>
        </>
      }
    >
      <Note tone="error">
        <p>
          <b>{url}</b> presents another certificate than the one you trusted. Either it was renewed on the
          host, or someone stands between this computer and the pool and would read your password.
        </p>
        <p>
          Nothing was sent. Ask whoever runs the pool, or look at the host&apos;s console, before you go on.
        </p>
      </Note>
      <div className="ds-form-row">
        <div className="ds-field">
          <span className="ds-field-name">Trusted until now</span>
          <Fingerprint value={certificate.pinned ?? ''} />
        </div>
        <div className="ds-field">
          <span className="ds-field-name">Presented now</span>
          <Fingerprint value={certificate.fingerprint} />
        </div>
      </div>
      <CertificateFacts certificate={certificate} />
      <CheckField
        label="I compared the new fingerprint with the one on the host"
        checked={compared}
        onChange={setCompared}
      />
    </Dialog>
  );
}
