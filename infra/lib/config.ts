// What a stage decides: one typed configuration each. No secret has a place here, nor has anything that AWS gives out, as
// account numbers and addresses of APIs.

import type { Row } from './rows.ts';
import { isProductionName } from './stage-name.ts';

/** What functions are told beside where their table, queues and APIs are. What is not set here has its default in code. */
export const SETTINGS = [
  'ABANDONED_DAYS',
  'CALLBACK_NETWORKS_ALIPAY',
  'CALLBACK_NETWORKS_STRIPE',
  'CALLBACK_NETWORKS_WECHAT',
  'CREATIONS_PER_MINUTE',
  'JWKS_URL',
  'JWT_ALGORITHM',
  'JWT_AUDIENCE',
  'JWT_ISSUER',
  'LATE_PAYMENT',
  'LOG_LEVEL',
  'ORDER_EXPIRE_MINUTES',
  'PAYMENT_ENABLED',
  'PAYMENT_MOCK_MODE',
  'PAYMENT_QUERY_RETRY_MAX',
  'POLL_MINUTES',
  'PUBLIC_BASE_URL',
  'QR_CODE_EXPIRE_MINUTES',
  'RECORD_DAYS',
  'RETURN_ORIGINS',
  'STRIPE_CURRENCY',
] as const;

/** A setting's name. */
export type SettingName = (typeof SETTINGS)[number] | `MAX_AMOUNT_${string}`;

/** Settings by name, as text. */
export type Settings = { [name in SettingName]?: string };

/** An address of one's own for the HTTP API. */
export interface Domain {
  name: string;
  /** Of a certificate in AWS Certificate Manager, in the stack's own region. */
  certificateArn: string;
}

/** A stage. */
export interface StageConfig {
  /** Its name: in every name that is made, and the folder of its secrets. */
  stage: string;
  /** Real money: data outlives the stacks, the sandbox is refused, and nothing is set from the command line. */
  isProduction: boolean;
  /** What the functions are told. */
  settings: Settings;
  /** Pages of these origins may call the HTTP API. */
  corsOrigins: string[];
  /** The HTTP API's own address; without it AWS gives it one. */
  domain?: Domain;
  /** What the gateway lets through to each API, for all callers together. */
  requestsPerSecond: number;
  burstRequests: number;
  /** How long functions' logs are kept: a number of days that CloudWatch knows. */
  logDays: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 180 | 365;
  /** Whether the gateway writes a line for each request. */
  accessLogs: boolean;
  /** A key of one's own in KMS, in the stack's own account and region, for the table; without it DynamoDB's own. */
  tableKeyArn?: string;
  /** Where alarms go; without it they are only shown. */
  alarmEmail?: string;
  /** What the account should cost in a month at most: more, and `alarmEmail` hears of it. */
  monthlyBudgetUsd?: number;
}

const STAGES: StageConfig[] = [
  {
    stage: 'dev',
    isProduction: false,
    settings: {
      LOG_LEVEL: 'info',
      PAYMENT_MOCK_MODE: 'true',
      RETURN_ORIGINS: 'http://localhost:3000,http://localhost:5173',
    },
    corsOrigins: ['http://localhost:3000', 'http://localhost:5173'],
    requestsPerSecond: 200,
    burstRequests: 400,
    logDays: 7,
    accessLogs: false,
  },
  // An example: the addresses are to be replaced by your own.
  {
    stage: 'production',
    isProduction: true,
    settings: {
      LOG_LEVEL: 'info',
      PUBLIC_BASE_URL: 'https://pay.example.com',
      RETURN_ORIGINS: 'https://shop.example.com',
    },
    corsOrigins: ['https://shop.example.com'],
    requestsPerSecond: 500,
    burstRequests: 1000,
    logDays: 90,
    accessLogs: true,
  },
];

/** The configuration of a stage, with what the command line sets otherwise. */
export function configOf(stage: string, overrides: Record<string, string> = {}, stages = STAGES): StageConfig {
  const found = stages.find((config) => config.stage === stage);
  if (!found) throw new Error(`no stage ${stage} in lib/config.ts; there are ${stages.map((one) => one.stage).join(', ')}`);
  if (found.isProduction && Object.keys(overrides).length > 0) {
    throw new Error(`${stage} is production: its settings stand in lib/config.ts, where they are reviewed`);
  }
  const config = { ...found, settings: { ...found.settings, ...(overrides as Settings) } };
  const wrong = faultsOf(config);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return config;
}

/** What is wrong with a configuration, in words. */
export function faultsOf(config: StageConfig): string[] {
  const { stage, settings } = config;
  const found: string[] = [];
  const say = (fault: string) => found.push(`${stage}: ${fault}`);
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) say('a stage is at most 20 small letters, digits and hyphens');
  // The functions themselves go by the name alone.
  if (isProductionName(stage) !== config.isProduction) say('isProduction is not what the name says');
  for (const name of Object.keys(settings)) if (!isSetting(name)) say(`there is no setting ${name}`);
  const base = settings.PUBLIC_BASE_URL;
  if (base !== undefined && !/^https:\/\/[a-z0-9.-]+(\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$/.test(base)) {
    say('PUBLIC_BASE_URL is an https address without port, query or slash at its end');
  }
  if (config.domain && base !== undefined && base !== `https://${config.domain.name}`) {
    say('PUBLIC_BASE_URL is another address than the domain');
  }
  if (config.isProduction && base === undefined) say('production needs PUBLIC_BASE_URL');
  if (config.isProduction && settings.PAYMENT_MOCK_MODE === 'true') say('production takes real money: no PAYMENT_MOCK_MODE');
  for (const origin of config.corsOrigins) {
    if (!/^https?:\/\/[a-z0-9.-]+(:[0-9]+)?$/.test(origin)) say(`no origin: ${origin}`);
    if (config.isProduction && !origin.startsWith('https:')) say(`production is called over https only: ${origin}`);
  }
  if (config.monthlyBudgetUsd !== undefined && config.alarmEmail === undefined) say('a budget needs alarmEmail');
  return found;
}

/** Whether a function may be told this. */
export function isSetting(name: string): name is SettingName {
  return SETTINGS.some((known) => known === name) || /^MAX_AMOUNT_[A-Z]{3}$/.test(name);
}

/** Production refuses what only some stages have, whoever wrote its row. */
export function refuseInProduction(config: StageConfig, rows: Row[], isSandbox: (row: Row) => boolean): void {
  const found = config.isProduction ? rows.filter((row) => isSandbox(row) || row.stages !== undefined) : [];
  if (found.length > 0) throw new Error(`${config.stage} is production: it refuses ${found.map((row) => row.name)}`);
}
