// Mounts the page onto a document, whatever its feed comes from.
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './tokens.css';
import './page.css';
import { createRoot } from 'react-dom/client';
import type { FeedSource } from '../feed/commands.ts';
import { App } from './app.tsx';
import { createPage, type Page } from './store.ts';

/** `?seed=7&theme=paper&contrast=more&motion=less`; what is not said follows the system's preferences. */
export function startPage(root: HTMLElement, search: string, connect: () => FeedSource): Page {
  const wanted = new URLSearchParams(search);
  const prefers = (query: string): boolean => window.matchMedia(query).matches;
  const theme = wanted.get('theme') ?? (prefers('(prefers-color-scheme: light)') ? 'paper' : 'deep');
  const seed = Number.parseInt(wanted.get('seed') ?? '', 10);
  const page = createPage({
    seed: Number.isSafeInteger(seed) && seed >= 0 ? seed : 7,
    theme: theme === 'paper' ? 'paper' : 'deep',
    contrast: wanted.get('contrast') === 'more' || prefers('(prefers-contrast: more)') ? 'more' : 'normal',
    still: wanted.get('motion') === 'less' || prefers('(prefers-reduced-motion: reduce)'),
    connect,
  });
  createRoot(root).render(<App page={page} />);
  return page;
}
