import { useEffect, useState } from 'react';

/** The answer to a question that is asked again whenever `key` changes; undefined until it is there. */
export function useAnswer<T>(key: string, ask: () => Promise<T>): T | undefined {
  const [known, setKnown] = useState<{ readonly key: string; readonly answer: T }>();
  useEffect(() => {
    let current = true;
    void ask().then((answer) => {
      if (current) setKnown({ key, answer });
    });
    return () => {
      current = false;
    };
    // The key says all that the question depends on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  // An older answer is better than a table that flickers.
  return known?.answer;
}
