import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';
import { Icon } from './icon';

interface FieldProps {
  readonly label: string;
  /** A sentence of help under the control. */
  readonly help?: ReactNode;
  readonly error?: string | undefined;
}

function FieldFrame({ id, label, help, error, children }: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="ds-field">
      <label htmlFor={id}>{label}</label>
      {children}
      {error !== undefined && (
        <p className="ds-field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {help !== undefined && (
        <p className="ds-field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

const describedBy = (id: string, { help, error }: FieldProps): string | undefined =>
  [error === undefined ? '' : `${id}-error`, help === undefined ? '' : `${id}-help`].join(' ').trim() ||
  undefined;

type TextFieldProps = FieldProps &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> & { readonly after?: ReactNode };

export function TextField({ label, help, error, after, ...input }: TextFieldProps) {
  const id = useId();
  const frame = { label, ...(help === undefined ? {} : { help }), error };
  return (
    <FieldFrame id={id} {...frame}>
      <div className="ds-input-row">
        <input
          className="ds-input"
          spellCheck={false}
          autoComplete="off"
          {...input}
          id={id}
          aria-invalid={error !== undefined}
          aria-describedby={describedBy(id, frame)}
        />
        {after}
      </div>
    </FieldFrame>
  );
}

type SelectFieldProps = FieldProps &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id'> & {
    readonly options: readonly { readonly value: string; readonly label: string }[];
  };

export function SelectField({ label, help, error, options, ...select }: SelectFieldProps) {
  const id = useId();
  const frame = { label, ...(help === undefined ? {} : { help }), error };
  return (
    <FieldFrame id={id} {...frame}>
      <span className="ds-select">
        <select {...select} id={id} aria-describedby={describedBy(id, frame)}>
          {options.map(({ value, label: text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" />
      </span>
    </FieldFrame>
  );
}

type CheckFieldProps = FieldProps & {
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
};

export function CheckField({ label, help, checked, disabled = false, onChange }: CheckFieldProps) {
  const id = useId();
  return (
    <div className="ds-field ds-field-check">
      <input
        type="checkbox"
        className="ds-check"
        id={id}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
      />
      <label htmlFor={id}>{label}</label>
      {help !== undefined && (
        <p className="ds-field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}
