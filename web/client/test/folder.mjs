// Folders that a test makes and removes, and files in them that a strict project has to take.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { tsc } from '../build.mjs';

export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'till-client-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Fails if a strict project does not take the file. */
export function checkStrictly(file) {
  const words = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--ignoreConfig', file];
  execFileSync(process.execPath, [tsc, ...words], { stdio: 'pipe' });
}
