// Reads the context that the command line gives. A value that is not understood is an error, never replaced by a default.

import { resolve } from 'node:path';

import { listOf } from './config.ts';
import { ROOT } from './rows.ts';
import type { Programs } from './stage.ts';

export interface Context {
  stage: string;
  settings: Record<string, string>;
  tableName: string | undefined;
  origins: string[];
  programs: Programs;
}

/**
 * Reads `stage` (default dev), `functions_dir` (default target/lambda, relative to the root of the workspace), `architecture`
 * (arm64, the default, or x86_64), `settings` (a JSON object), `table_name` (an existing table) and `origins` (of further web
 * pages, with commas between them); the last three not in production.
 */
export function readContext(get: (name: string) => unknown): Context {
  const word = (name: string, fallback: string) => {
    const value = get(name);
    return value === undefined || value === '' ? fallback : String(value);
  };
  const architecture = word('architecture', 'arm64');
  if (architecture !== 'arm64' && architecture !== 'x86_64') throw new Error('the context "architecture" must be arm64 or x86_64');
  return {
    stage: word('stage', 'dev'),
    settings: settings(get('settings')),
    tableName: word('table_name', '') || undefined,
    origins: listOf(word('origins', '')),
    programs: { functionsDir: resolve(ROOT, word('functions_dir', 'target/lambda')), architecture },
  };
}

/** A program gives an object, the command line its text. */
function settings(given: unknown): Record<string, string> {
  const read: unknown = typeof given === 'string' && given !== '' ? JSON.parse(given) : given || {};
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new Error('the context "settings" must be a JSON object');
  }
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)]));
}
