// What a function is told of the world: the variables of its row, from what is made here and from the stage's settings.
// Tells nothing that the row does not name, and no secret.

import { isSetting, type StageConfig } from './config.ts';
import { must, type Things } from './permissions.ts';
import type { Row } from './rows.ts';

/** Where things are, by the variable that tells it. What a later stack makes is not there yet. */
export interface Places {
  TABLE_NAME?: string;
  FULFILMENT_QUEUE_URL?: string;
  SANDBOX_QUEUE_URL?: string;
  WEBSOCKET_API_ID?: string;
  WEBSOCKET_STAGE?: string;
  HTTP_API_ID?: string;
  SANDBOX_API_ID?: string;
}

/** What the functions of a stack stand on. */
export interface Surroundings {
  config: StageConfig;
  things: Things;
  places: Places;
  /** Holds a folder with a `bootstrap` for each function. */
  functionsDir: string;
  architecture: 'arm64' | 'x86_64';
}

const PLACES: { [name in keyof Required<Places>]: true } = {
  TABLE_NAME: true,
  FULFILMENT_QUEUE_URL: true,
  SANDBOX_QUEUE_URL: true,
  WEBSOCKET_API_ID: true,
  WEBSOCKET_STAGE: true,
  HTTP_API_ID: true,
  SANDBOX_API_ID: true,
};

/** The variables of a function. A setting that the stage leaves open is not among them: code has the default. */
export function environmentOf(row: Row, surroundings: Surroundings): Record<string, string> {
  return Object.fromEntries(row.environment.flatMap((name) => variables(row, name, surroundings)));
}

function variables(row: Row, name: string, { config, places }: Surroundings): [string, string][] {
  if (name === 'STAGE') return [[name, config.stage]];
  if (isPlace(name)) return [[name, must(places[name], `${name} of ${row.name}`)]];
  const begins = name.endsWith('*') ? name.slice(0, -1) : undefined;
  if (begins === undefined ? !isSetting(name) : !isSetting(`${begins}CNY`)) {
    throw new Error(`${row.name}: nothing is known of the variable ${name}`);
  }
  const fits = (key: string) => (begins === undefined ? key === name : key.startsWith(begins));
  return Object.entries(config.settings).flatMap(([key, value]) => (fits(key) && value !== undefined ? [[key, value]] : []));
}

function isPlace(name: string): name is keyof Places {
  return Object.hasOwn(PLACES, name);
}
