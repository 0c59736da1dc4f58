import type { Certificate } from '../../../shared/contract/requests';
import { formatDateTime } from '../../platform/format';
import { Facts } from '../../ui/facts';

/** A fingerprint in groups that can be compared by eye. */
export function Fingerprint({ value }: { value: string }) {
  const bytes = value.split(':');
  const rows = Array.from({ length: Math.ceil(bytes.length / 8) }, (_, row) =>
    bytes.slice(row * 8, row * 8 + 8),
  );
  return (
    <code className="ds-fingerprint ds-selectable" aria-label={value}>
      {rows.map((row, index) => (
        <span key={index}>{row.join(':')}</span>
      ))}
    </code>
  );
}

export function CertificateFacts({ certificate }: { certificate: Certificate }) {
  const { subject, issuer, validFrom, validTo } = certificate;
  return (
    <Facts
      facts={[
        { name: 'Issued to', value: subject },
        { name: 'Issued by', value: issuer === subject ? 'itself (self-signed)' : issuer },
        { name: 'Valid', value: `${formatDateTime(validFrom)} to ${formatDateTime(validTo)}` },
      ]}
    />
  );
}

/** How to see the same fingerprint on the host itself. Source: openssl-x509(1). */
export const COMPARE_COMMAND = 'openssl x509 -in /etc/xensource/xapi-ssl.pem -noout -fingerprint -sha256';
