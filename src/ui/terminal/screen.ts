// xterm and nothing else: it forwards keys to the worker's line editor and shows what comes back. Loaded as its own chunk.
import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { type ITheme, Terminal } from '@xterm/xterm';
import { tail } from './tail.ts';

export interface Screen {
  write(text: string): void;
  focus(): void;
  find(text: string, backwards: boolean): void;
  /** Reads colours and sizes again; `large` on the first screen. */
  restyle(large: boolean): void;
  /** Pixel place just behind a cursor that has text before it, for the hint. */
  cursor(): { readonly left: number; readonly top: number } | undefined;
  /** Marks the last printed row that is about an object; undefined = none. */
  mark(name: string | undefined): void;
  close(): void;
}

interface ScreenOptions {
  keys(data: string): void;
  resized(columns: number, rows: number): void;
  search(): void;
}

/** More than this is written only after the screen has drawn the last part. */
const chunk = 64 * 1024;
/** The scrollback holds no more: what waits before it would only pass by. */
const waitingKept = 1024 * 1024;

export function openScreen(box: HTMLElement, options: ScreenOptions): Screen {
  const term = new Terminal({
    // Decorations of rows are still called proposed.
    allowProposedApi: true,
    cursorBlink: false,
    cursorStyle: 'block',
    scrollback: 8000,
    fontSize: 12.6,
    lineHeight: 1.05,
    screenReaderMode: true,
    minimumContrastRatio: 4.5,
    theme: themeOf(),
    fontFamily: property('--font-mono'),
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  term.loadAddon(fit);
  term.loadAddon(search);
  term.loadAddon(new WebLinksAddon());
  // Its own element without padding: the fit addon measures its parent by the border box.
  const surface = document.createElement('div');
  surface.className = 'surface';
  box.append(surface);
  term.open(surface);
  term.onData(options.keys);
  term.onResize(({ cols, rows }) => options.resized(cols, rows));
  term.attachCustomKeyEventHandler((gesture) => {
    if (gesture.type !== 'keydown') return true;
    if (gesture.ctrlKey && gesture.shiftKey && gesture.key === 'F') {
      options.search();
      return false;
    }
    return !(gesture.ctrlKey && gesture.shiftKey && gesture.key === 'C');
  });
  const refit = (): void => {
    if (box.clientWidth > 40 && box.clientHeight > 16) fit.fit();
  };
  const size = new ResizeObserver(refit);
  size.observe(box);
  refit();
  options.resized(term.cols, term.rows);
  let marked: { dispose(): void } | undefined;
  let waiting = '';
  let writing = false;
  const pump = (): void => {
    if (writing || waiting === '') return;
    const part = waiting.slice(0, chunk);
    waiting = waiting.slice(chunk);
    writing = true;
    term.write(part, () => {
      writing = false;
      pump();
    });
  };
  return {
    write(text) {
      waiting = tail(waiting + text, waitingKept);
      pump();
    },
    focus: () => term.focus(),
    find: (text, backwards) => void (backwards ? search.findPrevious(text) : search.findNext(text)),
    restyle(large) {
      // Each option that is set draws the screen again, also when it says nothing new.
      const theme = themeOf();
      if (JSON.stringify(theme) !== JSON.stringify(term.options.theme)) term.options.theme = theme;
      const [fontSize, lineHeight] = large ? [15, 1.25] : [12.6, 1.05];
      if (fontSize === term.options.fontSize) return;
      term.options.fontSize = fontSize;
      term.options.lineHeight = lineHeight;
      refit();
    },
    cursor() {
      const { cursorX, cursorY } = term.buffer.active;
      const cells = box.querySelector<HTMLElement>('.xterm-screen');
      if (!cells || cursorX < 3) return undefined;
      const style = getComputedStyle(box);
      const w = cells.clientWidth / term.cols;
      const h = cells.clientHeight / term.rows;
      return { left: Number.parseFloat(style.paddingLeft) + (cursorX + 3) * w, top: Number.parseFloat(style.paddingTop) + cursorY * h };
    },
    mark(name) {
      marked?.dispose();
      marked = name === undefined ? undefined : markRow(term, name);
    },
    close() {
      size.disconnect();
      term.dispose();
      surface.remove();
    },
  };
}

const rowsSearched = 200;

function markRow(term: Terminal, name: string): { dispose(): void } | undefined {
  const buffer = term.buffer.active;
  const end = buffer.baseY + buffer.cursorY;
  for (let y = end; y >= Math.max(0, end - rowsSearched); y--) {
    const line = buffer.getLine(y)?.translateToString(true) ?? '';
    if (!new RegExp(`^(\\S+/|\\S+ +)?${name.replaceAll('.', '\\.')} `).test(line)) continue;
    const marker = term.registerMarker(y - end);
    const row =
      marker &&
      term.registerDecoration({
        marker,
        width: Math.min(term.cols, line.length + 1),
        backgroundColor: property('--water-2'),
        layer: 'bottom',
      });
    row?.onRender((element) => {
      element.style.boxShadow = `-6px 0 0 ${property('--water-2')}, -9px 0 0 ${property('--focus')}`;
    });
    return {
      dispose() {
        row?.dispose();
        marker?.dispose();
      },
    };
  }
  return undefined;
}

const property = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The sixteen colours by what they mean here; words of state keep the state's colour. */
function themeOf(): ITheme {
  const ink = property('--ink');
  const quiet = property('--ink-2');
  return {
    background: property('--water-0'),
    foreground: ink,
    cursor: ink,
    cursorAccent: property('--water-0'),
    selectionBackground: `${property('--glass-edge')}99`,
    black: property('--ink-3'),
    red: property('--failed'),
    green: property('--ready'),
    yellow: property('--pending'),
    blue: property('--creating'),
    magenta: property('--terminating'),
    cyan: property('--accent'),
    white: ink,
    brightBlack: quiet,
    brightRed: property('--failed'),
    brightGreen: property('--running'),
    brightYellow: property('--vip'),
    brightBlue: property('--packet-reply'),
    brightMagenta: property('--packet-dns'),
    brightCyan: property('--accent'),
    brightWhite: ink,
  };
}
