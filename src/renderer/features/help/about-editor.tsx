import { useEffect, useState } from 'react';
import type { RequestOutput } from '../../../shared/contract/requests';
import { Facts } from '../../ui/facts';
import { Section } from '../../ui/section';
import { Logo } from '../../workbench/logo';
import { useServices } from '../../workbench/use-services';

/** By the names of Node. */
const SYSTEMS: Readonly<Partial<Record<string, string>>> = {
  darwin: 'macOS',
  linux: 'Linux',
  win32: 'Windows',
};

export function AboutEditor() {
  const { engine } = useServices();
  const [info, setInfo] = useState<RequestOutput<'app.info'>>();
  const [notices, setNotices] = useState<string>();
  useEffect(() => {
    void engine.ask('app.info').then((answer) => answer && setInfo(answer.value));
    void engine.ask('app.notices').then((answer) => answer && setNotices(answer.value));
  }, [engine]);
  return (
    <div className="ds-page ds-help">
      <header className="ds-about">
        <Logo size={72} />
        <div>
          <h1>Deltascope</h1>
          <p className="ds-muted">
            A desktop workbench for XCP-ng and XenServer: see where a disk changed, export exactly that.
          </p>
        </div>
      </header>
      <Section title="Versions">
        {info !== undefined && (
          <Facts
            facts={[
              { name: 'Deltascope', value: info.version },
              { name: 'Electron', value: info.electron },
              { name: 'Chromium', value: info.chromium },
              { name: 'Node.js', value: info.node },
              { name: 'Platform', value: SYSTEMS[info.platform] ?? info.platform },
              {
                name: 'Keychain',
                value: info.keychain ? 'passwords can be kept' : 'not usable: passwords stay in memory',
              },
            ]}
          />
        )}
      </Section>
      <Section title="Third-party notices">
        <p className="ds-muted">Icons: Codicons by Microsoft, CC BY 4.0.</p>
        {notices !== undefined && (
          <pre
            className="ds-notices ds-mono ds-selectable"
            tabIndex={0}
            role="region"
            aria-label="Text of the notices"
          >
            {notices}
          </pre>
        )}
      </Section>
    </div>
  );
}
