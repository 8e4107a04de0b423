// Limits that a stage may set, so that no part of it takes what another needs. Without them functions share the concurrency of
// the account, and routes the limit of their API.

import type { StageConfig } from './config.ts';
import type { QueueName, Row } from './rows.ts';

/** Requests for all callers together. */
export interface RateLimit {
  requestsPerSecond: number;
  burstRequests: number;
}

/** All are optional; none is set by default. docs/scale.md says how to choose them. */
export interface Limits {
  /** By route of the main API, such as `POST /api/v1/payment/create-order`. */
  routes?: { [route: string]: RateLimit };
  /** By function: concurrency that is kept for it, and that it cannot exceed. */
  reservedConcurrency?: { [functionName: string]: number };
  /** By queue: how many batches are handled at once, instead of `max_concurrency` in functions.json. */
  queueConcurrency?: { [name in QueueName]?: number };
}

/** The faults of the limits, as sentences. */
export function limitFaults({ stage, limits = {} }: StageConfig, rows: Row[]): string[] {
  const found: string[] = [];
  const say = (fault: string) => found.push(`${stage}: ${fault}`);
  const routes = rows.flatMap((row) => row.triggers.flatMap((trigger) => (trigger.kind === 'http' && trigger.api === 'main' ? trigger.routes : [])));
  for (const [route, { requestsPerSecond, burstRequests }] of Object.entries(limits.routes ?? {})) {
    if (!routes.includes(route)) say(`limits.routes: there is no route ${route}`);
    if (!(requestsPerSecond > 0) || !isWhole(burstRequests, 1)) say(`limits.routes: ${route} would accept nothing`);
  }
  for (const [queue, batches] of Object.entries(limits.queueConcurrency ?? {})) {
    if (!rows.some((row) => row.triggers.some((trigger) => trigger.kind === 'queue' && trigger.queue === queue))) {
      say(`limits.queueConcurrency: there is no queue ${queue}`);
    }
    if (!isWhole(batches, 2, 1000)) say(`limits.queueConcurrency: ${queue} must be a whole number from 2 to 1000`);
  }
  for (const [name, reserved] of Object.entries(limits.reservedConcurrency ?? {})) {
    const row = rows.find((one) => one.name === name);
    if (!row) say(`limits.reservedConcurrency: there is no function ${name}`);
    if (!isWhole(reserved, 1)) say(`limits.reservedConcurrency: ${name} must be a whole number of at least 1`);
    // Lambda would throttle what the queue starts, and count it as a failure of its message.
    const least = row ? leastConcurrency(row, limits) : 0;
    if (reserved < least) say(`limits.reservedConcurrency: ${name} needs ${least}, as many as its triggers start at once`);
  }
  return found;
}

/** How many batches of a queue a function handles at once. */
export function queueConcurrency(limits: Limits | undefined, trigger: { queue: QueueName; max_concurrency: number }): number {
  return limits?.queueConcurrency?.[trigger.queue] ?? trigger.max_concurrency;
}

/** What its queues and its schedule start at the same time. */
function leastConcurrency(row: Row, limits: Limits): number {
  const started = row.triggers.map((trigger) => {
    if (trigger.kind === 'queue') return queueConcurrency(limits, trigger);
    return trigger.kind === 'schedule' ? 1 : 0;
  });
  return started.reduce((sum, one) => sum + one, 0);
}

function isWhole(value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
