import { useId, type ReactNode } from 'react';

/** A titled part of an editor. */
export function Section({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className="ds-section" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions !== undefined && <div className="ds-section-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
