// The environment of a function: the variables that its row names, from the resources of the stacks and the settings of the
// stage. No secret is among them.

import { isSetting, type StageConfig } from './config.ts';
import { must, type Resources } from './permissions.ts';
import type { Row } from './rows.ts';

/**
 * The variables that name resources. One is undefined until the stack that creates its resource has been made, and null where
 * the stage has none: then it is left out.
 */
export interface ResourceVariables {
  TABLE_NAME?: string;
  FULFILMENT_QUEUE_URL?: string;
  SANDBOX_QUEUE_URL?: string;
  SWEEP_QUEUE_URL?: string;
  ALARMS_QUEUE_URL?: string;
  ALARM_TOPIC_ARN?: string | null;
  WEBSOCKET_API_ID?: string;
  WEBSOCKET_STAGE?: string;
  HTTP_API_ID?: string;
  SANDBOX_API_ID?: string | null;
}

/** What the functions of a stack are made from. */
export interface FunctionContext {
  config: StageConfig;
  resources: Resources;
  variables: ResourceVariables;
  /** Has a folder with a `bootstrap` for each function. */
  functionsDir: string;
  architecture: 'arm64' | 'x86_64';
}

const RESOURCE_VARIABLES: { [name in keyof Required<ResourceVariables>]: true } = {
  TABLE_NAME: true,
  FULFILMENT_QUEUE_URL: true,
  SANDBOX_QUEUE_URL: true,
  SWEEP_QUEUE_URL: true,
  ALARMS_QUEUE_URL: true,
  ALARM_TOPIC_ARN: true,
  WEBSOCKET_API_ID: true,
  WEBSOCKET_STAGE: true,
  HTTP_API_ID: true,
  SANDBOX_API_ID: true,
};

/** The environment of a function. A setting that the stage does not set is left out: the code has its default. */
export function environmentOf(row: Row, context: FunctionContext): Record<string, string> {
  return Object.fromEntries(row.environment.flatMap((name) => valuesOf(row, name, context)));
}

function valuesOf(row: Row, name: string, { config, variables }: FunctionContext): [string, string][] {
  if (name === 'STAGE') return [[name, config.stage]];
  if (isResourceVariable(name)) {
    const value = variables[name];
    return value === null ? [] : [[name, must(value, `${name} of ${row.name}`)]];
  }
  const begins = name.endsWith('*') ? name.slice(0, -1) : undefined;
  if (begins === undefined ? !isSetting(name) : !isSetting(`${begins}CNY`)) {
    throw new Error(`${row.name}: there is no variable or setting ${name}`);
  }
  const fits = (key: string) => (begins === undefined ? key === name : key.startsWith(begins));
  return Object.entries(config.settings).flatMap(([key, value]) => (fits(key) && value !== undefined ? [[key, value]] : []));
}

function isResourceVariable(name: string): name is keyof ResourceVariables {
  return Object.hasOwn(RESOURCE_VARIABLES, name);
}
