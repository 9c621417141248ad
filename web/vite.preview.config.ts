import { defineConfig } from 'vite';
import { onPreact } from './vite.event-page.config.ts';

/**
 * Builds the preview of an event's page for the console. The preview uses the event page's components. It is built
 * separately, so that the event page's script stays one file.
 */
export default defineConfig(onPreact({ preview: `${import.meta.dirname}/preview.html` }));
