import { useId, useState, type SyntheticEvent } from 'react';
import type { Failure } from '../../../shared/model/failure';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { CheckField, TextField } from '../../ui/field';
import { FailureNote } from '../../ui/states';
import { toPoolUrl } from './address';

export interface CredentialsForm {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly remember: boolean;
}

export interface CredentialsProps {
  readonly form: CredentialsForm;
  readonly onChange: (form: CredentialsForm) => void;
  /** Undefined until the main process has answered. */
  readonly keychain: boolean | undefined;
  readonly failure: Failure | undefined;
  readonly busy: boolean;
  readonly onSubmit: (url: string) => void;
  readonly onClose: () => void;
}

export function Credentials({
  form,
  onChange,
  keychain,
  failure,
  busy,
  onSubmit,
  onClose,
}: CredentialsProps) {
  const formId = useId();
  const [tried, setTried] = useState(false);
  const url = toPoolUrl(form.url);
  const urlError =
    url === undefined ? 'Type a host name or an https:// address, without a user or a path.' : undefined;
  const userError = form.user.trim() === '' ? 'Type a user of the pool.' : undefined;

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    setTried(true);
    if (url !== undefined && userError === undefined && !busy) onSubmit(url);
  };
  return (
    <Dialog
      title="Connect to a pool"
      description="The address of the pool master of an XCP-ng or XenServer pool."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={formId} busy={busy} disabled={busy}>
            Connect
          </Button>
        </>
      }
    >
      <form className="ds-form" id={formId} onSubmit={submit} noValidate>
        {failure !== undefined && <FailureNote failure={failure} />}
        <TextField
          label="Address"
          placeholder="xcp1.example.lan"
          value={form.url}
          error={tried ? urlError : undefined}
          autoFocus={form.url === ''}
          onChange={(event) => onChange({ ...form, url: event.target.value })}
        />
        <div className="ds-form-row">
          <TextField
            label="User"
            value={form.user}
            error={tried ? userError : undefined}
            onChange={(event) => onChange({ ...form, user: event.target.value })}
          />
          <TextField
            label="Password"
            type="password"
            value={form.password}
            autoFocus={form.url !== ''}
            onChange={(event) => onChange({ ...form, password: event.target.value })}
          />
        </div>
        <CheckField
          label="Keep the password in the system’s keychain"
          help={
            keychain === false
              ? 'This system has no keychain that Deltascope can use, so the password stays in memory until Deltascope is closed.'
              : 'Otherwise it stays in memory until Deltascope is closed. It is never written to a file.'
          }
          checked={form.remember && keychain === true}
          disabled={keychain !== true}
          onChange={(remember) => onChange({ ...form, remember })}
        />
      </form>
    </Dialog>
  );
}
