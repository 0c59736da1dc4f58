import { Logo } from '../../workbench/logo';
import { RecentExports } from './recent-exports';
import { RecentPools } from './recent-pools';
import { StartActions } from './start-actions';
import { Walkthrough } from './walkthrough';
import './welcome.css';

export function WelcomeEditor() {
  return (
    <div className="ds-welcome">
      <header>
        <Logo size={64} />
        <div>
          <h1>Deltascope</h1>
          <p className="ds-muted">See where a disk changed. Export exactly that.</p>
        </div>
      </header>
      <div className="ds-welcome-columns">
        <div>
          <StartActions />
          <RecentPools />
          <RecentExports />
        </div>
        <Walkthrough />
      </div>
    </div>
  );
}
