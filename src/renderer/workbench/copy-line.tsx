import { Fragment, useState } from 'react';
import { Button } from '../ui/button';
import { useServices } from './use-services';

/** A line of text to copy: a command for a shell. */
export function CopyLine({ label, text }: { label: string; text: string }) {
  const { engine } = useServices();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if ((await engine.ask('clipboard.write', text)) === undefined) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className="ds-field">
      <span className="ds-field-name">{label}</span>
      <div className="ds-input-row">
        <code
          className="ds-command-line ds-selectable"
          tabIndex={0}
          role="textbox"
          aria-readonly="true"
          aria-label={label}
        >
          {text.split(' ').map((word, index) => (
            <Fragment key={index}>
              {index > 0 && ' '}
              <span>{word}</span>
            </Fragment>
          ))}
        </code>
        <Button icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
    </div>
  );
}
