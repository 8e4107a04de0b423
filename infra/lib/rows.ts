// The rows of functions/functions.json: what each function is started by, how big it is, what it is told and what it may
// touch. Reads and checks them, and makes nothing.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { isProductionName } from './stage-name.ts';

/** The queues that there are. */
export type QueueName = 'fulfilment' | 'sandbox-callbacks';

/** The two HTTP APIs: the product's, and the sandbox's own. */
export type ApiName = 'main' | 'sandbox';

export interface HttpTrigger {
  kind: 'http';
  api: ApiName;
  /** `POST /path`, or `$default` for whatever no other route takes. */
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
  max_concurrency: number;
}

export interface ScheduleTrigger {
  kind: 'schedule';
  rate_minutes: number;
  retries: number;
  max_age_seconds: number;
}

export type Trigger = HttpTrigger | WebSocketTrigger | QueueTrigger | ScheduleTrigger;

/** Actions on items whose partition keys match. */
export interface TablePermission {
  keys: string[];
  actions: string[];
}

/** Actions on an index; without keys where they have nothing in common, as users' ids have not. */
export interface IndexPermission {
  index: string;
  keys?: string[];
  actions: string[];
}

export interface QueuePermission {
  queue: QueueName;
  use: 'send' | 'receive';
}

export interface Permissions {
  table: TablePermission[];
  indexes: IndexPermission[];
  queues: QueuePermission[];
  /** Names below `till/<stage>/`; a star at the end stands for any of them. */
  secrets: string[];
  /** Whether it may send to sockets. */
  sockets: boolean;
}

export interface Row {
  name: string;
  description: string;
  /** The only stages that have it; all of them where nothing is said. */
  stages?: string[];
  triggers: Trigger[];
  memory_mb: number;
  timeout_seconds: number;
  /** Names of variables; a star at the end stands for every setting that begins so. */
  environment: string[];
  permissions: Permissions;
}

/** The workspace's folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every row, as the file has it. */
export function readRows(path = `${ROOT}functions/functions.json`): Row[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { functions: Row[] }).functions;
}

/** The rows of one stage, checked. */
export function rowsOf(stage: string, rows: Row[] = readRows()): Row[] {
  refuse(faults(rows));
  return rows.filter((row) => row.stages?.includes(stage) ?? true);
}

/** What is wrong with the rows, in words. */
export function faults(rows: Row[]): string[] {
  const found: string[] = [];
  const routes = rows.flatMap((row) => row.triggers.flatMap((trigger) => keysOf(trigger)));
  for (const twice of repeated(rows.map((row) => row.name))) found.push(`there are two functions ${twice}`);
  for (const twice of repeated(routes)) found.push(`two functions are started by ${twice}`);
  for (const row of rows) {
    const may = row.permissions;
    const say = (fault: string) => found.push(`${row.name}: ${fault}`);
    if (row.triggers.length === 0) say('nothing starts it');
    for (const twice of repeated(row.environment)) say(`it is told ${twice} twice`);
    for (const stage of row.stages ?? []) {
      if (isProductionName(stage)) say(`what is named for some stages only is never in ${stage}`);
    }
    if (touchesSandbox(row) && row.stages === undefined) say('it is the sandbox, and would be in every stage');
    for (const trigger of row.triggers) {
      if (trigger.kind === 'queue' && !may.queues.some((one) => one.queue === trigger.queue && one.use === 'receive')) {
        say(`it is started by ${trigger.queue} and may not receive from it`);
      }
    }
    for (const { actions, keys } of [...may.table, ...may.indexes]) {
      if (actions.some((action) => !/^[A-Z][A-Za-z]+$/.test(action) || action === 'Scan')) say(`no such action: ${actions}`);
      if (keys?.some((key) => !/^[A-Z][A-Z#]*\*?$/.test(key))) say(`keys too wide or no keys at all: ${keys}`);
    }
    for (const secret of may.secrets) {
      if (!/^[a-z]+(\/[a-z]+)*(\/\*)?$/.test(secret)) say(`no name of a secret: ${secret}`);
    }
  }
  return found;
}

/** Whether it belongs to the sandbox: by its API, its queue, its items or its secrets. */
export function touchesSandbox(row: Row): boolean {
  const may = row.permissions;
  return (
    row.triggers.some((trigger) => trigger.kind === 'http' && trigger.api === 'sandbox') ||
    may.queues.some((queue) => queue.queue === 'sandbox-callbacks') ||
    may.table.some((items) => items.keys.some((key) => key.startsWith('SANDBOX'))) ||
    may.secrets.some((secret) => secret.startsWith('sandbox'))
  );
}

/** Whether something of this kind starts it. */
export function isStartedBy(row: Row, kind: Trigger['kind'], of?: ApiName | QueueName): boolean {
  return row.triggers.some((trigger) => {
    if (trigger.kind !== kind) return false;
    if (trigger.kind === 'http') return of === undefined || trigger.api === of;
    if (trigger.kind === 'queue') return of === undefined || trigger.queue === of;
    return true;
  });
}

/** What starts it, so that no two functions are started by the same. */
function keysOf(trigger: Trigger): string[] {
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

/** Ends the synthesis with all that is wrong, rather than with the first of it. */
export function refuse(faults: string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
