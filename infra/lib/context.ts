// What the command line decides: which stage, where its programs are, for which machine they were built, and settings that
// are other than the stage's. Read strictly: a word that is not understood is a fault, never a default.

import { resolve } from 'node:path';

import { ROOT } from './rows.ts';
import type { Programs } from './stage.ts';

/** The context of a synthesis. */
export interface Context {
  stage: string;
  settings: Record<string, string>;
  programs: Programs;
}

/**
 * Reads `stage` (dev), `functions_dir` (target/lambda; a relative one begins at the workspace), `architecture` (arm64 or
 * x86_64) and `settings` (a JSON object).
 */
export function readContext(get: (name: string) => unknown): Context {
  const word = (name: string, otherwise: string) => {
    const value = get(name);
    return value === undefined || value === '' ? otherwise : String(value);
  };
  const architecture = word('architecture', 'arm64');
  if (architecture !== 'arm64' && architecture !== 'x86_64') throw new Error('the context "architecture" is arm64 or x86_64');
  return {
    stage: word('stage', 'dev'),
    settings: settings(get('settings')),
    programs: { functionsDir: resolve(ROOT, word('functions_dir', 'target/lambda')), architecture },
  };
}

/** An object where a program gives it, its text where a person does. */
function settings(given: unknown): Record<string, string> {
  const read: unknown = typeof given === 'string' && given !== '' ? JSON.parse(given) : given || {};
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new Error('the context "settings" is a JSON object');
  }
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)]));
}
