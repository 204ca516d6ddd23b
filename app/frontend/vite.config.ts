import { defineConfig } from 'vite';

export default defineConfig({
  // Said here too, since the image's build context ends at this folder and tsconfig.json reaches out.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // The content policy allows no data: fonts or scripts; keep every asset a hashed file.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
