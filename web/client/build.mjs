// Builds the client into a folder: `till.js`, one ES module for pages and Node, and the declarations of its types.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

export const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

export async function buildInto(folder) {
  await build({
    entryPoints: [join(here, 'src/index.ts')],
    outfile: join(folder, 'till.js'),
    absWorkingDir: here,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    // Pages serve it: small, and with a line that says what it is.
    minify: true,
    banner: { js: '// Till for web pages and Node. Built from web/client/src by `npm run build`.' },
    logLevel: 'error',
  });
  const words = ['--project', here, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rewriteRelativeImportExtensions', '--outDir', folder];
  execFileSync(process.execPath, [tsc, ...words], { stdio: 'inherit' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildInto(resolve(process.argv[2] ?? join(here, 'dist')));
