// A plan as Markdown, for people. Pure; what sources and models wrote stays text, whatever Markdown it looks like.
import { PLAN_SECTIONS, type KeyPoint, type StrategicBuildPlan } from './plan-schema.js';

export function renderPlan(plan: StrategicBuildPlan): string {
  const lines = [
    `# ${plain(plan.project_name)}`,
    '',
    `- Customer: ${plain(plan.customer)}`,
    ...(plan.family_of_parts === null ? [] : [`- Family of parts: ${plain(plan.family_of_parts)}`]),
    `- Generated: ${plain(plan.generated_at)}`,
    '',
    '## Keys to project',
    '',
    ...points(plan.keys_to_project),
  ];
  for (const name of PLAN_SECTIONS) {
    const { summary, points: all } = plan[name];
    lines.push(`## ${titleOf(name)}`, '', ...(summary === '' ? [] : [plain(summary), '']), ...points(all));
  }
  lines.push('## Tasks', '');
  for (const { title, owner, due } of plan.tasks) {
    const about = [owner ?? undefined, due === null ? undefined : `due ${due}`].filter(
      (word) => word !== undefined,
    );
    lines.push(`- [ ] ${plain(title)}${about.length === 0 ? '' : ` (${plain(about.join(', '))})`}`);
  }
  lines.push(...(plan.tasks.length > 0 ? [''] : ['None.', '']));
  lines.push(
    '## Notes',
    '',
    ...(plan.notes.length > 0 ? plan.notes.map((note) => `- ${plain(note)}`) : ['None.']),
    '',
  );
  return lines.join('\n');
}

const points = (all: readonly KeyPoint[]): string[] =>
  all.length === 0
    ? ['None.', '']
    : [
        ...all.map(
          ({ statement, source, confidence }) =>
            `- ${plain(statement)} _(${plain(source)}, ${Math.round(confidence * 100)} %)_`,
        ),
        '',
      ];

function titleOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words[0]!.toUpperCase() + words.slice(1);
}

/** One line without anything that Markdown or HTML would act on. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|~#]/g, String.raw`\$&`);
