// The command line and the library for Node: one file each, no page.
import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    target: 'node20',
    ssr: true,
    outDir: 'dist/node',
    minify: false,
    rollupOptions: { input: { cli: 'src/entries/cli.ts' } },
  },
  ssr: { noExternal: true },
});
