import { expect, test } from '@jest/globals';
import { PLAN_SECTIONS, type StrategicBuildPlan } from './plan-schema.js';
import { renderPlan } from './render-plan.js';

const empty = { summary: '', points: [] };
const plan: StrategicBuildPlan = {
  project_name: 'Gearbox\n# 7 <script>',
  customer: 'Acme [x](javascript:1)',
  family_of_parts: null,
  generated_at: '2026-11-20T10:00:00.000Z',
  keys_to_project: [{ statement: 'Cast *housing*', source: 'offer.txt', confidence: 0.456 }],
  ...(Object.fromEntries(PLAN_SECTIONS.map((name) => [name, empty])) as Record<
    (typeof PLAN_SECTIONS)[number],
    typeof empty
  >),
  notes: [],
  tasks: [{ title: 'Order steel', owner: 'Ada', due: 'May', source: 'facts' }],
};

test('has a heading for each part, and keeps what others wrote from being Markdown', () => {
  const text = renderPlan(plan);
  const [title] = text.split('\n');
  expect(title).toBe(String.raw`# Gearbox \# 7 \<script\>`);
  expect(text).toContain(String.raw`- Customer: Acme \[x\](javascript:1)`);
  expect(text).toContain(String.raw`- Cast \*housing\* _(offer.txt, 46 %)_`);
  expect(text).toContain('- [ ] Order steel (Ada, due May)\n');
  expect(text.match(/^## .+$/gm)).toHaveLength(PLAN_SECTIONS.length + 3);
});
