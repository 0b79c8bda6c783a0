// The line between two panels: drag it, or focus it and use the arrow keys (Shift for larger steps, Home and End for the limits).
import { useRef } from 'react';

interface SplitProps {
  readonly variable: string;
  /** The edge of the resized panel the line lies on. */
  readonly edge: 'top' | 'left';
  readonly initial: number;
  readonly least: number;
  readonly most: number;
  readonly label: string;
}

export function Split({ variable, edge, initial, least, most, label }: SplitProps) {
  const size = useRef(initial);
  const element = useRef<HTMLDivElement>(null);
  const room = (): number => Math.min(most, (edge === 'top' ? window.innerHeight : window.innerWidth) * 0.75);
  const set = (px: number): void => {
    size.current = Math.round(Math.max(least, Math.min(room(), px)));
    document.documentElement.style.setProperty(variable, `${size.current}px`);
    element.current?.setAttribute('aria-valuenow', String(size.current));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a focusable separator is the splitter widget of ARIA; <hr> takes no focus
    <div
      ref={element}
      className={`split ${edge === 'top' ? 'rows' : 'columns'}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={edge === 'top' ? 'horizontal' : 'vertical'}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={initial}
      onPointerDown={(gesture) => {
        gesture.currentTarget.setPointerCapture(gesture.pointerId);
        const from = edge === 'top' ? gesture.clientY : gesture.clientX;
        const before = size.current;
        const target = gesture.currentTarget;
        target.onpointermove = (move) => set(before + from - (edge === 'top' ? move.clientY : move.clientX));
        target.onpointerup = () => {
          target.onpointermove = null;
        };
      }}
      onKeyDown={(gesture) => {
        const step = gesture.shiftKey ? 64 : 16;
        const moves: Record<string, number> = { ArrowUp: step, ArrowLeft: step, ArrowDown: -step, ArrowRight: -step };
        if (gesture.key in moves) set(size.current + moves[gesture.key]!);
        else if (gesture.key === 'Home') set(least);
        else if (gesture.key === 'End') set(most);
        else return;
        gesture.preventDefault();
        gesture.stopPropagation();
      }}
      onDoubleClick={() => set(initial)}
    />
  );
}
