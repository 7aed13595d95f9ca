// Assistant → its public form; what only the registry needs stays inside.
import { settingsOf, type Assistant, type AssistantSettings, type AssistantVersion } from '#assistants';
import type { AssistantView, SettingsView, VersionView } from './assistant.views.js';

export function toAssistantView(assistant: Assistant): AssistantView {
  const { id, object, created_at, purpose, version, created_by, made_by_us, current } = assistant;
  const { canary, canary_ended } = assistant;
  return {
    id,
    object,
    created_at,
    ...toSettingsView(assistant),
    purpose,
    version,
    created_by,
    made_by_us,
    current,
    ...(canary && { canary }),
    ...(canary_ended && { canary_ended }),
  };
}

export function toVersionView({ settings, ...version }: AssistantVersion): VersionView {
  return { ...version, settings: toSettingsView(settings) };
}

function toSettingsView(settings: AssistantSettings): SettingsView {
  const { resume: _resume, ...rest } = settingsOf(settings);
  return rest;
}
