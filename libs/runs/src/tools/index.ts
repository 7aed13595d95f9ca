export { ToolError, type Tool, type ToolContext } from './tool.js';
export { ToolRegistry } from './tool-registry.js';
export { ToolRunner, type ToolResult } from './tool-runner.js';
export { ToolsModule } from './tools.module.js';
