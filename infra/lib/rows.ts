// Reads and checks functions/functions.json: the triggers, size, environment and permissions of each function.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { isProductionName } from './stage-name.ts';

export type QueueName = 'alarms' | 'fulfilment' | 'sandbox-callbacks' | 'sweep';

/** The HTTP API of the product, and that of the sandbox. */
export type ApiName = 'main' | 'sandbox';

export interface HttpTrigger {
  kind: 'http';
  api: ApiName;
  /** `POST /path`, or `$default` for every request without another route. */
  routes: string[];
}

export interface WebSocketTrigger {
  kind: 'websocket';
  routes: string[];
}

export interface QueueTrigger {
  kind: 'queue';
  queue: QueueName;
  batch_size: number;
  /** How long messages are collected for a batch; needed above ten. */
  batch_window_seconds?: number;
  max_concurrency: number;
}

export interface ScheduleTrigger {
  kind: 'schedule';
  rate_minutes: number;
  retries: number;
  max_age_seconds: number;
}

export type Trigger = HttpTrigger | WebSocketTrigger | QueueTrigger | ScheduleTrigger;

/** Actions on the items whose partition keys match. */
export interface TablePermission {
  keys: string[];
  actions: string[];
}

/** Actions on an index. Keys are left out where they have no common beginning, as the ids of users. */
export interface IndexPermission {
  index: string;
  keys?: string[];
  actions: string[];
}

export interface QueuePermission {
  queue: QueueName;
  /** `inspect`: see how many messages wait in it, and how many are in its dead letters. */
  use: 'send' | 'receive' | 'inspect';
}

export interface Permissions {
  table: TablePermission[];
  indexes: IndexPermission[];
  queues: QueuePermission[];
  /** Names below `till/<stage>/`; a star at the end stands for all that begin so. */
  secrets: string[];
  /** Names below `till/<stage>/` of secrets that it may make and replace. */
  written_secrets?: string[];
  /** Whether it may send to WebSockets. */
  sockets: boolean;
  /** Whether it may close them, too. */
  closes_sockets?: boolean;
  /** Whether it may publish mails to the team, where the stage has an address for them. */
  mails?: boolean;
}

export interface Row {
  name: string;
  description: string;
  /** The stages that have the function; all stages when this is left out. */
  stages?: string[];
  triggers: Trigger[];
  memory_mb: number;
  timeout_seconds: number;
  /** The names of its variables; a star at the end stands for all settings that begin so. */
  environment: string[];
  permissions: Permissions;
}

/** The root of the workspace. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function readRows(path = `${ROOT}functions/functions.json`): Row[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { functions: Row[] }).functions;
}

/** The checked rows of one stage. */
export function rowsOf(stage: string, rows: Row[] = readRows()): Row[] {
  refuse(faults(rows));
  return rows.filter((row) => row.stages?.includes(stage) ?? true);
}

/** The faults of the rows, as sentences. */
export function faults(rows: Row[]): string[] {
  const found: string[] = [];
  const routes = rows.flatMap((row) => row.triggers.flatMap((trigger) => namesOf(trigger)));
  for (const twice of repeated(rows.map((row) => row.name))) found.push(`two functions have the name ${twice}`);
  for (const twice of repeated(routes)) found.push(`two functions have the trigger ${twice}`);
  for (const row of rows) {
    const may = row.permissions;
    const say = (fault: string) => found.push(`${row.name}: ${fault}`);
    if (row.triggers.length === 0) say('it has no trigger');
    for (const twice of repeated(row.environment)) say(`its environment names ${twice} twice`);
    for (const stage of row.stages ?? []) {
      if (isProductionName(stage)) say(`a function with "stages" must not be in ${stage}`);
    }
    if (touchesSandbox(row) && row.stages === undefined) say('it uses the sandbox and needs "stages"');
    for (const trigger of row.triggers) {
      if (trigger.kind === 'queue' && !may.queues.some((one) => one.queue === trigger.queue && one.use === 'receive')) {
        say(`its trigger is the queue ${trigger.queue}, but it may not receive from it`);
      }
      // SQS refuses it.
      if (trigger.kind === 'queue' && trigger.batch_size > 10 && !trigger.batch_window_seconds) say(`a batch of ${trigger.batch_size} needs batch_window_seconds`);
    }
    for (const { actions, keys } of [...may.table, ...may.indexes]) {
      if (actions.some((action) => !/^[A-Z][A-Za-z]+$/.test(action) || action === 'Scan')) say(`there is no such action, or it must not be used: ${actions}`);
      if (keys?.some((key) => !/^[A-Z][A-Z#]*([a-z]+#)?\*?$/.test(key))) say(`these are no keys, or they match too much: ${keys}`);
    }
    for (const secret of may.secrets) {
      if (!/^[a-z]+(\/[a-z]+)*(\/\*)?$/.test(secret)) say(`${secret} is no name of a secret`);
    }
    for (const secret of may.written_secrets ?? []) {
      if (secret !== 'account/*') say(`${secret} must not be written by a function: only the keys of accounts may be`);
    }
  }
  return found;
}

/** Whether a function uses the sandbox: its API, its queue, its items or its secrets. */
export function touchesSandbox(row: Row): boolean {
  const may = row.permissions;
  return (
    row.triggers.some((trigger) => trigger.kind === 'http' && trigger.api === 'sandbox') ||
    may.queues.some((queue) => queue.queue === 'sandbox-callbacks') ||
    may.table.some((items) => items.keys.some((key) => key.startsWith('SANDBOX'))) ||
    may.secrets.some((secret) => secret.startsWith('sandbox'))
  );
}

/** Whether the function has a trigger of this kind, of this API or queue. */
export function isStartedBy(row: Row, kind: Trigger['kind'], of?: ApiName | QueueName): boolean {
  return row.triggers.some((trigger) => {
    if (trigger.kind !== kind) return false;
    if (trigger.kind === 'http') return of === undefined || trigger.api === of;
    if (trigger.kind === 'queue') return of === undefined || trigger.queue === of;
    return true;
  });
}

/** The names of a trigger; no two functions may have the same. */
function namesOf(trigger: Trigger): string[] {
  switch (trigger.kind) {
    case 'http':
      return trigger.routes.map((route) => `${trigger.api} ${route.replace(/\{[^}]*\}/g, '{}')}`);
    case 'websocket':
      return trigger.routes.map((route) => `websocket ${route}`);
    case 'queue':
      return [`queue ${trigger.queue}`];
    case 'schedule':
      return [];
  }
}

function repeated(words: string[]): string[] {
  return [...new Set(words.filter((word, at) => words.indexOf(word) !== at))];
}

/** Ends the synthesis with all faults, not with the first only. */
export function refuse(faults: string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
