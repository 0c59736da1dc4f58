import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Certificate } from '../../../shared/contract/requests';
import type { Failure } from '../../../shared/model/failure';
import { poolRef } from '../../platform/object-ref';
import { useServices } from '../../workbench/use-services';
import { CertificateChanged } from './certificate-changed';
import { CertificateNew } from './certificate-new';
import { Credentials, type CredentialsForm } from './credentials';

/** Address and password, then the certificate: trusted before, new (compare it), or changed (an alarm). */
export function ConnectDialog() {
  const { dialogs } = useServices();
  const open = useStore(dialogs, (state) => state.open);
  return open?.kind === 'connect' ? <Connect key={open.url} url={open.url} user={open.user} /> : null;
}

function Connect({ url, user }: { url: string; user: string }) {
  const { engine, dialogs, commands, pools } = useServices();
  const [form, setForm] = useState<CredentialsForm>({ url, user, password: '', remember: false });
  const [certificate, setCertificate] = useState<Certificate>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const [keychain, setKeychain] = useState<boolean>();

  useEffect(() => {
    void engine.request('app.info').then((info) => setKeychain(info.ok && info.value.keychain));
  }, [engine]);

  const connect = async (poolUrl: string, fingerprint: string): Promise<void> => {
    setBusy(true);
    const { user: name, password, remember } = form;
    const result = await engine.request('pools.connect', {
      url: poolUrl,
      user: name,
      password,
      fingerprint,
      remember,
    });
    setBusy(false);
    if (!result.ok) {
      setFailure(result.failure);
      setCertificate(undefined);
      return;
    }
    dialogs.close();
    pools.put(result.value);
    await commands.run('pool.show', poolRef(result.value.id));
  };

  const look = async (poolUrl: string): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    const result = await engine.request('pools.certificate', { url: poolUrl });
    setBusy(false);
    setForm({ ...form, url: poolUrl });
    if (!result.ok) setFailure(result.failure);
    else if (result.value.known === 'same') await connect(poolUrl, result.value.fingerprint);
    else setCertificate(result.value);
  };

  const back = (): void => setCertificate(undefined);
  const close = (): void => dialogs.close();
  if (certificate?.known === 'changed') {
    return (
      <CertificateChanged
        url={form.url}
        certificate={certificate}
        busy={busy}
        onTrust={() => void connect(form.url, certificate.fingerprint)}
        onClose={close}
      />
    );
  }
  if (certificate !== undefined) {
    return (
      <CertificateNew
        url={form.url}
        certificate={certificate}
        busy={busy}
        onTrust={() => void connect(form.url, certificate.fingerprint)}
        onBack={back}
        onClose={close}
      />
    );
  }
  return (
    <Credentials
      form={form}
      onChange={setForm}
      keychain={keychain}
      failure={failure}
      busy={busy}
      onSubmit={(poolUrl) => void look(poolUrl)}
      onClose={close}
    />
  );
}
