// Imported by each app before anything else: stack traces name the lines of our sources, not those of packages. Maps of packages are
// kept in memory for as long as the process runs, 14 MiB of them, and nobody debugs a package by its sources.
import { setSourceMapsSupport } from 'node:module';

// Maps are cached only where the process was started with them; this narrows, and never turns on.
if (process.sourceMapsEnabled) setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
