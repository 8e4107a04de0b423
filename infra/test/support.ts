// The templates of a stage, synthesised with empty programs. A value that CloudFormation would fill in is read as the name of
// its resource.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type App, CfnResource } from 'aws-cdk-lib';

import { newApp } from '../lib/app.ts';
import { configOf, type StageConfig } from '../lib/config.ts';
import { readRows, type Row, rowsOf } from '../lib/rows.ts';
import { addStacks } from '../lib/stage.ts';

/** A resource of a template. */
export interface Resource {
  Type: string;
  // The properties of each type of resource are different, and have no types here.
  Properties: any;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: string } }>;
}

const made: string[] = [];
process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is deleted after the tests. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'till-infra-'));
  made.push(path);
  return path;
}

/** A folder with an empty program for every function. */
export function programs(rows: Row[] = readRows()): string {
  const dir = folder();
  for (const { name } of rows) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'bootstrap'), `#!/bin/sh\n# ${name}\nexit 1\n`);
    chmodSync(join(dir, name, 'bootstrap'), 0o755);
  }
  return dir;
}

/** A stage as it would be deployed. */
export class Stage {
  readonly rows: Row[];
  readonly config: StageConfig;
  readonly templates: Map<string, Template>;
  readonly environments: Set<string>;
  readonly app: App;
  /** The folder of the templates. */
  readonly folder = folder();

  constructor(stage: string, change: { rows?: Row[]; config?: Partial<StageConfig> } = {}) {
    this.rows = change.rows ?? rowsOf(stage);
    this.config = { ...configOf(stage), ...change.config };
    this.app = newApp({ outdir: this.folder });
    addStacks(this.app, this.config, this.rows, { functionsDir: programs(), architecture: 'arm64' });
    const stacks = this.app.synth().stacks;
    this.environments = new Set(stacks.map((stack) => stack.environment.name));
    this.templates = new Map(stacks.map((stack) => [stack.stackName.replace(`till-${stage}-`, ''), stack.template]));
  }

  /** All resources of a type, in one stack or in all. */
  all(type: string, stack?: string): Resource[] {
    return this.entries(type, stack).map(([, resource]) => resource);
  }

  /** The only resource of a type that fits. */
  one(type: string, fits: (properties: Resource['Properties']) => boolean = () => true): Resource {
    const found = this.all(type).filter((resource) => fits(resource.Properties));
    if (found.length !== 1) throw new Error(`${found.length} of ${type} instead of one`);
    return found[0] as Resource;
  }

  /** The function of a row. */
  lambda(name: string): Resource {
    return this.one('AWS::Lambda::Function', ({ FunctionName }) => FunctionName === `till-${this.config.stage}-${name}`);
  }

  /** The ARN of the function behind a route; empty if there is none. */
  targetOf({ Properties: { Target } }: Resource): string {
    const integration = this.text(Target).replace(/^integrations\/<(.*)>$/, '$1');
    const found = [...this.templates.values()].flatMap((template) => template.Resources[integration] ?? []);
    // A WebSocket API has the function within the address of its invocation.
    return found.map(({ Properties }) => this.text(Properties.IntegrationUri).match(/<till-[^>]* Arn>/)?.[0] ?? '').join();
  }

  /** The stack that has the function of a row. */
  stackOf({ name }: Row): string {
    const found = [...this.templates.keys()].filter((stack) =>
      this.all('AWS::Lambda::Function', stack).some(({ Properties }) => Properties.FunctionName === `till-${this.config.stage}-${name}`),
    );
    return found.join();
  }

  logicalIds(type: string): string[] {
    return this.entries(type).map(([id]) => id);
  }

  /** The resources of a type by their places in the tree of constructs, such as `data/Tokens`. */
  paths(type: string): string[] {
    const resources = this.app.node.findAll().filter((one) => CfnResource.isCfnResource(one) && one.cfnResourceType === type);
    return resources.map(({ node }) => node.path.replace(`till-${this.config.stage}-`, '').replace(/\/Resource$/, ''));
  }

  /** A value as text, with the names of resources in place of references, and `<Region>` and `<AccountId>` for those of the stage. */
  text(value: unknown): string {
    if (typeof value !== 'object' || value === null) return this.withoutPlace(String(value));
    const [[key, inner] = ['', undefined]] = Object.entries(value);
    if (key === 'Ref') return this.named(String(inner), 'Ref');
    if (key === 'Fn::GetAtt') return this.named(String((inner as string[])[0]), String((inner as string[])[1]));
    if (key === 'Fn::ImportValue') return this.text(this.exported(String(inner)));
    if (key === 'Fn::Join') {
      const [between, parts] = inner as [string, unknown[]];
      return parts.map((part) => this.text(part)).join(between);
    }
    if (key === 'Fn::Sub') return String(inner);
    throw new Error(`this function of CloudFormation is not known here: ${JSON.stringify(value)}`);
  }

  withoutPlace(text: string): string {
    const { account, region } = this.config;
    const general = account ? text.replaceAll(account, '<AccountId>') : text;
    return region ? general.replaceAll(region, '<Region>') : general;
  }

  private entries(type: string, stack?: string): [string, Resource][] {
    const templates = [...this.templates].filter(([name]) => stack === undefined || name === stack);
    const resources = templates.flatMap(([, template]) => Object.entries(template.Resources));
    return resources.filter(([, resource]) => resource.Type === type);
  }

  private named(id: string, attribute: string): string {
    if (id.startsWith('AWS::')) return `<${id.slice('AWS::'.length)}>`;
    for (const template of this.templates.values()) {
      const resource = template.Resources[id];
      if (!resource) continue;
      const { TableName, QueueName, FunctionName, LogGroupName, Name } = resource.Properties;
      const name = TableName ?? QueueName ?? FunctionName ?? LogGroupName ?? Name ?? id;
      return attribute === 'Ref' ? `<${name}>` : `<${name} ${attribute}>`;
    }
    throw new Error(`no template has the resource ${id}`);
  }

  private exported(name: string): unknown {
    for (const template of this.templates.values()) {
      for (const output of Object.values(template.Outputs ?? {})) if (output.Export?.Name === name) return output.Value;
    }
    throw new Error(`nothing exports ${name}`);
  }
}

/** Whether an ARN matches a pattern as IAM's `ArnLike` compares them: each of the six parts between colons on its own. */
export function isArnLike(arn: string, pattern: string): boolean {
  const [parts, patterns] = [partsOf(arn), partsOf(pattern)];
  return parts.length === patterns.length && patterns.every((one, at) => isLike(parts[at] as string, one));
}

/** The last part may have colons of its own. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}

/** A star stands for any characters, a question mark for one. */
function isLike(text: string, pattern: string): boolean {
  const quoted = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${quoted.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}
