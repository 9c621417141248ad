import { defineConfig } from 'vite';
import { onPreact } from './vite.event-page.config.ts';

/**
 * The preview of an event's page in the console. It has the event page's components, and a build of its own, so that the
 * event page stays one file.
 */
export default defineConfig(onPreact({ preview: `${import.meta.dirname}/preview.html` }));
