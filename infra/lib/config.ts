// The configuration of each stage. It contains no secrets, and no addresses and ids that a deployment is given.

import type { Limits } from './limits.ts';
import type { Row } from './rows.ts';
import { isProductionName } from './stage-name.ts';

/** The payment providers, by the words that shared/domain/src/provider.rs stores. */
export const PROVIDERS = ['alipay', 'stripe', 'wechat'] as const;

type OfProvider<Name extends string> = `${Name}_${Uppercase<(typeof PROVIDERS)[number]>}`;
const ofProviders = <Name extends string>(name: Name) => PROVIDERS.map((word) => `${name}_${word.toUpperCase()}` as OfProvider<Name>);

/** The settings that a stage may set. A setting that is not set has its default in the code of the functions. */
export const SETTINGS = [
  ...ofProviders('CALLBACK_NETWORKS'),
  ...ofProviders('CALLBACK_PATHS'),
  ...ofProviders('DEFAULT_METHOD'),
  ...ofProviders('SWEEP_AT_ONCE'),
  'ABANDONED_DAYS',
  'ACTIONS_PER_MINUTE',
  'ACTIONS_PER_MINUTE_ADDRESS',
  'ALARM_FAILURE_RATE_PERCENT',
  'ALARM_LEAST_ORDERS',
  'ALARM_REFUND_RATE_PERCENT',
  'CHECKOUT_METHODS',
  'CREATIONS_PER_MINUTE',
  'CREATIONS_PER_MINUTE_ADDRESS',
  'DISPUTES_EVERY_MINUTES',
  'JWKS_URL',
  'JWT_ADMIN_ROLES',
  'JWT_ALGORITHM',
  'JWT_AUDIENCE',
  'JWT_ISSUER',
  'JWT_ROLE_CLAIM',
  'JWT_SERVICE_ROLES',
  'JWT_USER_CLAIM',
  'LATE_PAYMENT',
  'LOG_LEVEL',
  'MONEY_SHARDS',
  'OPEN_ORDERS',
  'ORDER_EXPIRE_MINUTES',
  'PAYMENT_ENABLED',
  'PAYMENT_MOCK_MODE',
  'PAYMENT_QUERY_RETRY_MAX',
  'POLL_MINUTES',
  'PUBLIC_BASE_URL',
  'QR_CODE_EXPIRE_MINUTES',
  'RECORD_DAYS',
  'REFUNDS_PER_DAY',
  'RETURN_ORIGINS',
  'ROTATION_GRACE_HOURS',
  'SHOP_MARK',
  'SHOP_NAME',
  'SHOP_URL',
  'STRIPE_CURRENCY',
  'TEST_ACCOUNTS',
  'TRUSTED_PROXY',
] as const;

/** The name of a setting; those of amounts end with a currency. */
export type SettingName = (typeof SETTINGS)[number] | `ALARM_PAYMENT_ABOVE_${string}` | `MAX_AMOUNT_${string}` | `REFUND_AMOUNT_PER_DAY_${string}` | `MANUAL_LIMIT_${string}`;

export type Settings = { [name in SettingName]?: string };

/** The HTTP API's own domain. */
export interface Domain {
  name: string;
  /** A certificate in AWS Certificate Manager, in the region of the stack. */
  certificateArn: string;
}

/** The indexes of the table, with their keys: shared/aws/src/keys.rs. */
export const TABLE_INDEXES = {
  // The orders of a user; the numbers sort by time.
  by_user: { hash: 'u', range: 'pk' },
  // Orders with a duty, by shard and due second.
  due: { hash: 'ds', range: 'due', rangeIsNumber: true },
  // All orders, by day and number.
  by_day: { hash: 'day', range: 'pk' },
  // Payments, by the provider's trade number.
  by_trade: { hash: 'tr', range: 'pk' },
  // Orders that a person has to look at, by the second since when.
  held: { hash: 'held', range: 'hs', rangeIsNumber: true },
} as const satisfies Record<string, { hash: string; range: string; rangeIsNumber?: true }>;

export type TableIndex = keyof typeof TABLE_INDEXES;

/** Every release so far has these. */
const FIRST_INDEXES: TableIndex[] = ['by_user', 'due'];

export interface StageConfig {
  /** The name of the stage is part of all names of its resources and secrets. */
  stage: string;
  /** Production takes real money: its data outlives the stacks, it has no sandbox, and the command line sets nothing. */
  isProduction: boolean;
  /** Where the stage is deployed. Production names both, so that it cannot be deployed elsewhere by a wrong profile. */
  account?: string;
  region?: string;
  settings: Settings;
  /** The origins of web pages that may call the HTTP API. */
  corsOrigins: string[];
  /** Without a domain the HTTP API has an address of AWS. With one, that address is closed. */
  domain?: Domain;
  /** The limit of each API, for all callers together. */
  requestsPerSecond: number;
  burstRequests: number;
  /** Limits of single routes, functions and queues. */
  limits?: Limits;
  /** How long the logs of the functions are kept. CloudWatch accepts only these numbers of days. */
  logDays: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 180 | 365;
  /** Whether the gateway logs a line for each request. */
  accessLogs: boolean;
  /** An existing table, such as one restored from a backup. The stage uses it, and makes no table of its own. */
  tableName?: string;
  /**
   * Which indexes the table has, if not all: a table that was made by an earlier release gets one more with each deployment
   * (docs/deploying.md, "New indexes"). Lists that need a missing one answer that they are unavailable.
   */
  tableIndexes?: TableIndex[];
  /** A KMS key for the table, in the account and region of the stack; without it DynamoDB uses a key of its own. */
  tableKeyArn?: string;
  /** Alarms are sent to this address, besides the team's channels. Production needs it. */
  alarmEmail?: string;
  /** `alarmEmail` gets a message when the account is expected to cost more than this in a month. */
  monthlyBudgetUsd?: number;
}

/** Where front ends run on a developer's machine: the usual ports of their tools, and the next ones where these are taken. */
const ON_THIS_MACHINE = ['localhost', '127.0.0.1'].flatMap((host) =>
  [3000, 3001, 4173, 4200, 4321, 5173, 5174, 5175, 8000, 8080].map((port) => `http://${host}:${port}`),
);

const STAGES: StageConfig[] = [
  {
    stage: 'dev',
    isProduction: false,
    settings: {
      LOG_LEVEL: 'info',
      MANUAL_LIMIT_CNY: '1000.00',
      MONEY_SHARDS: 'true',
      PAYMENT_MOCK_MODE: 'true',
      RETURN_ORIGINS: ON_THIS_MACHINE.join(','),
      SHOP_NAME: 'Demo Shop',
    },
    corsOrigins: ON_THIS_MACHINE,
    requestsPerSecond: 200,
    burstRequests: 400,
    logDays: 7,
    accessLogs: false,
  },
  // An example: replace account, region and addresses by your own.
  {
    stage: 'production',
    isProduction: true,
    account: '111111111111',
    region: 'ap-southeast-1',
    settings: {
      JWT_AUDIENCE: 'till',
      LOG_LEVEL: 'info',
      // Not while a release that does not read these shards may come back: docs/deploying.md, "Deploying again, and going back".
      MONEY_SHARDS: 'true',
      PUBLIC_BASE_URL: 'https://pay.example.com',
      RETURN_ORIGINS: 'https://shop.example.com',
      SHOP_NAME: 'Example Shop',
      SHOP_URL: 'https://shop.example.com',
    },
    corsOrigins: ['https://shop.example.com'],
    requestsPerSecond: 500,
    burstRequests: 1000,
    logDays: 90,
    accessLogs: true,
    alarmEmail: 'payments@example.com',
  },
];

/** What the command line may set. */
export interface Overrides {
  settings?: Record<string, string>;
  tableName?: string | undefined;
  /** Further web pages that call the API, and to which buyers may be sent back. */
  origins?: string[];
}

/** The configuration of a stage, with what the command line sets. */
export function configOf(stage: string, { settings = {}, tableName, origins = [] }: Overrides = {}): StageConfig {
  const found = STAGES.find((config) => config.stage === stage);
  if (!found) throw new Error(`lib/config.ts has no stage ${stage}; there are ${STAGES.map((one) => one.stage).join(', ')}`);
  if (found.isProduction && (Object.keys(settings).length > 0 || tableName !== undefined || origins.length > 0)) {
    throw new Error(`${stage} is production: change its settings, table and origins in lib/config.ts, where they are reviewed`);
  }
  const config: StageConfig = {
    ...found,
    ...(tableName && { tableName }),
    settings: { ...found.settings, ...(settings as Settings) },
    corsOrigins: [...found.corsOrigins, ...origins],
  };
  if (origins.length > 0) config.settings.RETURN_ORIGINS = [...listOf(config.settings.RETURN_ORIGINS), ...origins].join(',');
  const wrong = faultsOf(config);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return config;
}

/** The faults of a configuration, as sentences. */
export function faultsOf(config: StageConfig): string[] {
  const { stage, settings } = config;
  const found: string[] = [];
  const say = (fault: string) => found.push(`${stage}: ${fault}`);
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) say('the name of a stage has at most 20 small letters, digits and hyphens, and begins with a letter');
  // The functions decide by the name alone.
  if (isProductionName(stage) !== config.isProduction) say('isProduction does not fit the name of the stage');
  for (const fault of placeFaults(config)) say(fault);
  for (const name of Object.keys(settings)) if (!isSetting(name)) say(`there is no setting ${name}`);
  const base = settings.PUBLIC_BASE_URL;
  if (base !== undefined && !/^https:\/\/[a-z0-9.-]+(\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$/.test(base)) {
    say('PUBLIC_BASE_URL must be an https address without port, query and final slash');
  }
  const proxy = settings.TRUSTED_PROXY;
  if (config.domain && proxy === undefined && base !== `https://${config.domain.name}`) {
    say('PUBLIC_BASE_URL must be the address of the domain');
  }
  if (proxy !== undefined && base === undefined) say('TRUSTED_PROXY needs PUBLIC_BASE_URL, the address of the proxy');
  if (proxy !== undefined && (!/^x-[a-z0-9-]{1,62}$/.test(proxy) || /^x-(amz-|edge-|forwarded-|real-ip)/.test(proxy))) {
    say('TRUSTED_PROXY must be the name of a header of your own in small letters, such as x-till-proxy');
  }
  if (config.isProduction && base === undefined) say('production needs PUBLIC_BASE_URL');
  for (const name of ['PAYMENT_MOCK_MODE', 'TEST_ACCOUNTS'] as const) {
    if (config.isProduction && /^(true|1)$/i.test(settings[name]?.trim() ?? '')) say(`${name} must not be set in production`);
  }
  if (config.isProduction && settings.JWT_AUDIENCE === undefined) say('production needs JWT_AUDIENCE: the audience of the tokens that your sign-in makes for Till');
  if (config.isProduction && settings.JWKS_URL !== undefined && settings.JWT_ISSUER === undefined) say('production needs JWT_ISSUER where JWKS_URL is set');
  for (const name of FIRST_INDEXES) if (config.tableIndexes && !config.tableIndexes.includes(name)) say(`tableIndexes must have ${name}, which every release needs`);
  for (const fault of oldPathFaults(settings)) say(fault);
  for (const origin of config.corsOrigins) {
    if (!/^https?:\/\/[a-z0-9.-]+(:[0-9]+)?$/.test(origin)) say(`${origin} is no origin`);
    if (config.isProduction && !origin.startsWith('https:')) say(`origins of production must use https only: ${origin}`);
  }
  if (config.isProduction && config.alarmEmail === undefined) say('production needs alarmEmail: somebody has to receive its alarms');
  if (config.alarmEmail !== undefined && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(config.alarmEmail)) say('alarmEmail is no address');
  if (config.monthlyBudgetUsd !== undefined && config.alarmEmail === undefined) say('a budget needs alarmEmail');
  return found;
}

/** The words of a list with commas between them, as the functions read one. */
export function listOf(text = ''): string[] {
  return text.split(',').map((word) => word.trim()).filter((word) => word !== '');
}

const CALLBACK_PATHS = ofProviders('CALLBACK_PATHS');

/** Addresses of the system before, at which callbacks are taken too by a function with these settings in its environment. */
export function oldPathsOf(environment: string[], settings: Settings): string[] {
  return CALLBACK_PATHS.filter((name) => environment.includes(name)).flatMap((name) => listOf(settings[name]));
}

function oldPathFaults(settings: Settings): string[] {
  const all = oldPathsOf(CALLBACK_PATHS, settings);
  const own = ['/api/v1/payment/', '/api/v1/admin/', '/pay/', '/openapi.json/', '/docs/'];
  const isGood = (path: string) =>
    path.length <= 128 && /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/.test(path) && !own.some((begin) => `${path}/`.startsWith(begin));
  return [
    ...CALLBACK_PATHS.filter((name) => listOf(settings[name]).length > 8).map((name) => `${name} has more than 8 paths`),
    ...all.filter((path) => !isGood(path)).map((path) => `${path} cannot be an address of callbacks: a path such as /payment/notify, not Till's own`),
    ...all.filter((path, i) => all.indexOf(path) !== i).map((path) => `${path} is an address of callbacks twice`),
  ];
}

/** The faults of the place of a stage: its account and region, and what it uses there. */
function placeFaults({ stage, isProduction, account, region, tableName, tableKeyArn, domain }: StageConfig): string[] {
  const found: string[] = [];
  if (isProduction && account === undefined) found.push('production needs account, the number of its AWS account');
  if (isProduction && region === undefined) found.push('production needs region');
  if (account !== undefined && !/^[0-9]{12}$/.test(account)) found.push('account is the twelve digits of an AWS account');
  if (region !== undefined && !/^[a-z]{2,4}(-[a-z]+)+-[0-9]$/.test(region)) found.push(`${region} is no region`);
  if (region?.startsWith('cn-')) found.push("AWS's regions in China have host names that the functions do not know");
  if (tableName !== undefined && !/^[A-Za-z0-9_.-]{3,255}$/.test(tableName)) found.push(`${tableName} is no name of a table`);
  // The stack would drop its table from the template, and in a stage that is no production delete it with all its data.
  if (tableName === ownTableName(stage)) found.push('tableName is the name of the table that the stack makes: leave it out');
  for (const [field, arn, service] of [['tableKeyArn', tableKeyArn, 'kms'], ['certificateArn', domain?.certificateArn, 'acm']] as const) {
    const parts = arn?.split(':');
    if (parts && (parts[2] !== service || [region ?? parts[3], account ?? parts[4]].join() !== [parts[3], parts[4]].join())) {
      found.push(`${field} must be an ARN of ${service} in the region and account of the stage`);
    }
  }
  return found;
}

/** The table that the stack of a stage makes. */
export function ownTableName(stage: string): string {
  return `till-${stage}`;
}

export function isSetting(name: string): name is SettingName {
  return SETTINGS.some((known) => known === name) || /^(ALARM_PAYMENT_ABOVE|MAX_AMOUNT|REFUND_AMOUNT_PER_DAY|MANUAL_LIMIT)_[A-Z]{3}$/.test(name);
}

/** Refuses the sandbox, and any function for some stages only, in production. */
export function refuseInProduction(config: StageConfig, rows: Row[], isSandbox: (row: Row) => boolean): void {
  const found = config.isProduction ? rows.filter((row) => isSandbox(row) || row.stages !== undefined) : [];
  if (found.length > 0) throw new Error(`${config.stage} is production and must not have ${found.map((row) => row.name)}`);
}
