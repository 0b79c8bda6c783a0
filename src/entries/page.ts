// The page in the browser: the world runs in a worker, everything seen and typed goes through the feed.
import { startPage } from '../ui/start.tsx';
import { workerSource } from '../ui/worker-source.ts';

startPage(document.getElementById('page')!, window.location.search, () =>
  workerSource(() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'world' })),
);
