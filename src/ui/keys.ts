// Keys of the page, outside the terminal: space plays, comma and full stop step, 1 to 5 change the distance, W asks why, Escape goes back.
import { useEffect } from 'react';
import { distances } from '../feed/commands.ts';
import { goTo } from './distance.ts';
import { usePage } from './store.ts';

export function useKeys(): void {
  const page = usePage();
  useEffect(() => {
    const press = (gesture: KeyboardEvent): void => {
      const target = gesture.target as HTMLElement;
      if (target.closest('.xterm, input, textarea, [contenteditable]') || gesture.ctrlKey || gesture.metaKey || gesture.altKey) return;
      const { model, selected, lens } = page.store.getState();
      const on = new Map<string, () => void>([
        [' ', () => page.send({ kind: 'pace', running: !model.clock.running })],
        ['.', () => page.send({ kind: 'step', steps: 1 })],
        [',', () => page.send({ kind: 'step', steps: -1 })],
        ['w', () => selected !== undefined && page.why(selected)],
        ['+', () => page.stage?.zoomBy(1.4)],
        ['=', () => page.stage?.zoomBy(1.4)],
        ['-', () => page.stage?.zoomBy(1 / 1.4)],
        ['ArrowLeft', () => page.stage?.panBy(80, 0)],
        ['ArrowRight', () => page.stage?.panBy(-80, 0)],
        ['ArrowUp', () => page.stage?.panBy(0, 80)],
        ['ArrowDown', () => page.stage?.panBy(0, -80)],
        ['Escape', () => (lens ? page.store.setState({ lens: false }) : page.select(undefined))],
        ['/', () => document.querySelector<HTMLElement>('.xterm-helper-textarea')?.focus()],
      ]);
      const station = distances[Number(gesture.key) - 1];
      const action = station ? () => goTo(page, station) : on.get(gesture.key);
      if (!action || (gesture.key === ' ' && target.closest('button, [role="slider"]'))) return;
      if (gesture.key.startsWith('Arrow') && target.closest('[role], button')) return;
      action();
      gesture.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [page]);
}
