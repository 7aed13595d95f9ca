// The text of docs/configuration.md, made from the declarations so that it cannot drift from them.
import { ALL_CONFIGS } from './all-configs.js';
import { describeConfigs, type VariableDescription } from './describe-config.js';

const HEAD = `# Configuration

Made from the config classes by \`configurationTable()\` (\`libs/config/src/configuration-table.ts\`); a test fails when this page
differs (\`UPDATE_DOCS=1 npm run unit -- configuration-table\` writes it anew).

Every app reads the environment once, at start. A wrong value ends the start with one line per fault, all at once; a variable that
looks like one of these but is not is warned about. Secrets are never printed and may also be given as \`NAME_FILE\`, the path of a
file that holds the value. Texts of sample files such as \`your_api_key_here\` count as not set. Lists are separated by commas.

<!-- prettier-ignore-start -->
`;

const TAIL = '<!-- prettier-ignore-end -->\n';

/** Markdown, one table per concern. */
export function configurationTable(): string {
  const concerns = Map.groupBy(describeConfigs(ALL_CONFIGS), (variable) => variable.concern);
  return [HEAD, ...[...concerns].map(([concern, variables]) => section(concern, variables)), TAIL].join('\n');
}

function section(concern: string, variables: readonly VariableDescription[]): string {
  const rows = variables.map(
    ({ name, default: value, description }) =>
      `| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${description.replaceAll('|', '\\|')} |`,
  );
  return [`## ${concern}`, '', '| variable | default | meaning |', '| --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
}
