import { useState } from 'react';
import { TextField } from '../../ui/field';

export interface NumberSettingProps {
  readonly label: string;
  readonly help: string;
  readonly value: number;
  /** The sentence that says what is wrong, if anything is. */
  readonly check: (value: number) => string | undefined;
  readonly onSave: (value: number) => void;
}

/** A number that is saved on leaving the field, if it is valid. */
export function NumberSetting({ label, help, value, check, onSave }: NumberSettingProps) {
  const [text, setText] = useState<string>();
  const shown = text ?? String(value);
  const number = Number(shown.replace(',', '.'));
  const error = shown.trim() === '' || Number.isNaN(number) ? 'A number is needed.' : check(number);
  const leave = (): void => {
    if (error !== undefined) return;
    if (number !== value) onSave(number);
    setText(undefined);
  };
  return (
    <TextField
      label={label}
      help={help}
      inputMode="decimal"
      value={shown}
      error={error}
      onChange={(event) => setText(event.target.value)}
      onBlur={leave}
      onKeyDown={(event) => event.key === 'Enter' && leave()}
    />
  );
}
