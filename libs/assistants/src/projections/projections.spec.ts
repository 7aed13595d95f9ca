import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Assistant } from '../assistant-record.js';
import { managerSettings } from '../manager/manager-defaults.js';
import { AssistantProjections } from './assistant-projections.js';
import { readEnv, setEnv } from './env-text.js';

const NAME = 'OPENAI_ASSISTANT_ID';
const ID = 'asst_0123456789abcdef';

describe('the line in .env', () => {
  test.each([
    ['', `${NAME}=${ID}\n`],
    ['A=1\n', `A=1\n${NAME}=${ID}\n`],
    ['A=1', `A=1\n${NAME}=${ID}`],
    ['# c\r\nA=1\r\n', `# c\r\nA=1\r\n${NAME}=${ID}\r\n`],
    [`${NAME}=old\nB=2`, `${NAME}=${ID}\nB=2`],
    [`${NAME}=`, `${NAME}=${ID}`],
    [`A=1\r\n${NAME}="old"\r\nB=2\r\n`, `A=1\r\n${NAME}="${ID}"\r\nB=2\r\n`],
    [`  export ${NAME} = 'old' # mine\n`, `  export ${NAME} = '${ID}' # mine\n`],
    [`${NAME}=old # mine\n`, `${NAME}=${ID} # mine\n`],
    [`#${NAME}=a\nMY_${NAME}=b\n${NAME}_2=c\n`, `#${NAME}=a\nMY_${NAME}=b\n${NAME}_2=c\n${NAME}=${ID}\n`],
    [`${NAME}=a\nX=1\n${NAME}=b\n\n\n`, `${NAME}=a\nX=1\n${NAME}=${ID}\n\n\n`],
    [`\xef\xbb\xbfA=\xff\xfe\n`, `\xef\xbb\xbfA=\xff\xfe\n${NAME}=${ID}\n`],
  ])('%j becomes %j', (before, after) => {
    expect(setEnv(before, NAME, ID)).toBe(after);
    expect(readEnv(after, NAME)).toBe(ID);
    expect(setEnv(after, NAME, ID)).toBe(after);
  });
});

describe('the files', () => {
  let dir: string;
  let warnings: string[];
  let files: AssistantProjections;
  const env = () => join(dir, '.env');
  const json = () => join(dir, 'config', 'openai-assistant.json');
  const assistant = (id = ID): Assistant => ({
    ...managerSettings('gpt-4o-mini', new Date(0)),
    id,
    object: 'assistant',
    created_at: 1_700_000_000,
    purpose: 'default',
    version: 1,
    created_by: 'cli',
    made_by_us: true,
    current: true,
    sequence: 1,
    origin: 'manager',
  });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'parley-'));
    warnings = [];
    files = new AssistantProjections(dir, (line) => warnings.push(line));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('are made with the documented members, for their owner only, and found again', async () => {
    expect(await files.find()).toEqual({});
    await files.follow(assistant(), true);
    expect(await readFile(env(), 'utf8')).toBe(`${NAME}=${ID}\n`);
    expect((await stat(env())).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(json(), 'utf8'))).toEqual({
      assistantId: ID,
      name: 'Invoice Translation Assistant',
      model: 'gpt-4o-mini',
      description: expect.any(String),
      instructions: expect.any(String),
      tools: [{ type: 'code_interpreter' }, { type: 'file_search' }],
      metadata: { created_by: 'estrella-backend', created_at: '1970-01-01T00:00:00.000Z', version: '1.0.0' },
      createdAt: '2023-11-14T22:13:20.000Z',
      updatedAt: expect.stringMatching(/Z$/),
    });
    expect(await files.find()).toMatchObject({ env: ID, file: ID, saved: { model: 'gpt-4o-mini' } });
    expect((await readdir(dir)).sort()).toEqual(['.env', 'config']);
    expect(warnings).toEqual([]);
  });

  test('keep their mode, and five copies of what the JSON said', async () => {
    await writeFile(env(), 'A=1\n', { mode: 0o640 });
    await chmod(env(), 0o640);
    for (let n = 0; n < 9; n++) await files.follow(assistant(`asst_number0000${n}`), true);
    expect((await stat(env())).mode & 0o777).toBe(0o640);
    const copies = (await readdir(join(dir, 'config'))).filter((name) => name.includes('backup')).sort();
    expect(copies).toHaveLength(5);
    const ids = await Promise.all(
      copies.map(async (name) => JSON.parse(await readFile(join(dir, 'config', name), 'utf8')).assistantId),
    );
    expect(ids).toEqual([3, 4, 5, 6, 7].map((n) => `asst_number0000${n}`));
  });

  test.each(['symbolic link', 'hard link', 'read-only', 'not a file'])(
    '%s: warned, untouched',
    async (what) => {
      const other = join(dir, 'other');
      await writeFile(other, 'A=1\n');
      if (what === 'symbolic link') await symlink(other, env());
      if (what === 'hard link') await link(other, env());
      if (what === 'read-only') await writeFile(env(), 'A=1\n', { mode: 0o444 });
      if (what === 'not a file') await mkdir(env());
      await files.follow(assistant(), true);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(what === 'not a file' ? /EISDIR|not a file/ : what);
      if (what !== 'not a file') expect(await readFile(env(), 'utf8')).toBe('A=1\n');
      expect(await readFile(other, 'utf8')).toBe('A=1\n');
      expect(JSON.parse(await readFile(json(), 'utf8'))).toMatchObject({ assistantId: ID });
    },
  );

  test.each(['{', '[]', '"text"', ''])(
    'the JSON %j counts as absent, and is kept as a copy',
    async (content) => {
      await mkdir(join(dir, 'config'));
      await writeFile(json(), content);
      expect(await files.find()).toEqual({});
      expect(warnings[0]).toContain('not valid JSON');
      const copy = (await readdir(join(dir, 'config'))).find((name) => name.includes('backup'))!;
      expect(await readFile(join(dir, 'config', copy), 'utf8')).toBe(content);
    },
  );

  test.each(['your-assistant-id', 'asst_xxxxxxxx', 'asst_your_id', 'asst_...', '""', ''])(
    'the placeholder %s counts as not set',
    async (text) => {
      await writeFile(env(), `${NAME}=${text}\n`);
      expect(await files.find()).toEqual({});
    },
  );

  test('are left alone where they are not wanted', async () => {
    await new AssistantProjections(undefined).follow(assistant(), true);
    expect(await readdir(dir)).toEqual([]);
  });
});
