// Events of the selected object, newest last as kubectl prints them, with their age counting.
import { sayAge, useNow } from '../clock.ts';
import { usePageState } from '../store.ts';

const shown = 12;

export function Events() {
  const subject = usePageState((state) => state.selected);
  const inspected = usePageState((state) => state.model.inspected);
  const now = useNow(2);
  if (!inspected || inspected.subject !== subject || inspected.events.length === 0) return null;
  return (
    <>
      <h2>
        Events<span>age</span>
      </h2>
      <div className="ev">
        {inspected.events.slice(-shown).map((event) => (
          <div key={`${event.at} ${event.reason} ${event.message}`} style={{ display: 'contents' }}>
            <s>{sayAge(now - event.at)}</s>
            <b className={event.type === 'Warning' ? 'warning' : undefined}>{event.reason}</b>
            <q>
              {event.message}
              {event.count > 1 ? ` (${event.count} times)` : ''}
            </q>
          </div>
        ))}
      </div>
    </>
  );
}
