import { Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { lineOrders } from '../../../core/events/event-fields.ts';
import { urlProblem } from '../../../core/events/page-url.ts';
import { isCurrencyCode } from '../../../core/money/minor-units.ts';
import type { PreviewedPage, PreviewedState } from '../../event-page/preview/previewed-page.ts';
import type { EventView } from '../../shared/client.ts';
import type { Theme } from '../../shared/theme.ts';
import { useConsole } from '../shell/console-context.ts';
import { readWhole } from '../parts/typed-values.ts';
import { instantOf } from '../parts/zoned-time.ts';
import type { Draft } from './draft.ts';
import { readTheme } from './theme-draft.ts';

const states: readonly PreviewedState[] = ['before', 'open', 'won'];

/**
 * A preview of the event's page, next to the form. It is the real page in a frame, drawn from what the admin has typed.
 * Invalid and missing values are replaced by examples.
 */
export function PagePreview({ draft }: { draft: Draft }) {
  const { words, language } = useConsole();
  const [state, setState] = useState<PreviewedState>('before');
  const [isReady, setReady] = useState(false);
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    const hear = ({ source, origin, data }: MessageEvent): void => {
      if (source !== frame.current?.contentWindow || origin !== location.origin) return;
      if ((data as { type?: unknown } | null)?.type === 'firstcome:preview-ready') setReady(true);
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  const page = JSON.stringify({
    ...{ type: 'firstcome:preview', language, state },
    event: previewed(draft, words.forms.preview.unnamed),
  } satisfies PreviewedPage & { type: string });
  useEffect(() => {
    if (isReady) frame.current?.contentWindow?.postMessage(JSON.parse(page), location.origin);
  }, [isReady, page]);
  return (
    <Paper component="section" withBorder p="md" className="page-preview" aria-label={words.forms.preview.title}>
      <Stack gap="sm">
        <Title order={2}>{words.forms.preview.title}</Title>
        <SegmentedControl
          fullWidth
          aria-label={words.forms.preview.moment}
          value={state}
          onChange={(chosen) => setState(states.find((each) => each === chosen) ?? 'before')}
          data={states.map((each) => ({ value: each, label: words.forms.preview.states[each] }))}
        />
        <iframe ref={frame} src="/admin/preview" title={words.forms.preview.title} className="preview-frame" />
        <Text size="sm" c="dimmed">
          {words.forms.preview.about}
        </Text>
      </Stack>
    </Paper>
  );
}

/** The draft, converted to what the server would send to the event's page. */
function previewed(draft: Draft, unnamed: string): EventView {
  const iso = (text: string): string | null => {
    const at = instantOf(text, draft.timeZone);
    return typeof at === 'number' ? new Date(at).toISOString() : null;
  };
  const link = (text: string): string | null => (text !== '' && urlProblem(text) === null ? text : null);
  const orNull = (text: string): string | null => (text === '' ? null : text);
  const stock = readWhole(draft.stock) ?? 1_000;
  return {
    ...{ id: 'preview', name: draft.name.trim() === '' ? unnamed : draft.name, description: draft.description },
    amount: readWhole(draft.amount) ?? 10_000,
    currency: isCurrencyCode(draft.currency) ? draft.currency : 'KRW',
    ...{ stock, issued: 0, remaining: Math.ceil(stock * 0.6) },
    opensAt: iso(draft.opensAt) ?? new Date(Math.ceil(Date.now() / 3_600_000 + 24) * 3_600_000).toISOString(),
    ...{ closesAt: iso(draft.closesAt), soldOutAt: null, phase: 'scheduled', serverTime: new Date().toISOString() },
    ...{ imageUrl: link(draft.imageUrl), imageAlt: orNull(draft.imageAlt), terms: orNull(draft.terms) },
    ...{ useUrl: link(draft.useUrl), validUntil: iso(draft.validUntil), theme: previewedTheme(draft.theme) },
    line: lineOrders.find((order) => order === draft.line) ?? 'off',
    lineOpensAt: iso(draft.lineOpensAt),
  };
}

/** The theme without its invalid entries, which the server would refuse. */
function previewedTheme(text: string): Theme {
  const theme = readTheme(text);
  const isWrong: Partial<Record<keyof Theme, boolean>> = {
    logoUrl: theme.logoUrl !== undefined && urlProblem(theme.logoUrl) !== null,
    iconUrl: theme.iconUrl !== undefined && urlProblem(theme.iconUrl) !== null,
    accentColor: theme.accentColor !== undefined && !/^#[0-9a-f]{6}$/i.test(theme.accentColor),
  };
  return Object.fromEntries(Object.entries(theme).filter(([name]) => isWrong[name as keyof Theme] !== true));
}
