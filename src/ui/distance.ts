// The five stations between fleet and container. The last one is the lens: it needs a pod to look into.
import type { Distance } from '../feed/commands.ts';
import { rowOf } from '../scene/layout/layout.ts';
import type { Page, PageState } from './store.ts';

export function goTo(page: Page, distance: Distance): void {
  if (!offered(page.store.getState(), distance)) return;
  page.store.setState({ lens: distance === 'container' });
  if (distance !== 'container') page.stage?.goTo(distance);
}

/** Whether a station makes sense now: a row of tanks has no fleet, and only a pod has containers. */
export function offered(state: Pick<PageState, 'model' | 'selected'>, distance: Distance): boolean {
  const nodes = state.model.fleet?.nodes.length ?? state.model.nodes.size;
  if (distance === 'fleet' || distance === 'rack') return nodes > rowOf;
  if (distance === 'container') return state.selected?.startsWith('pods/') === true;
  return nodes > 0;
}
