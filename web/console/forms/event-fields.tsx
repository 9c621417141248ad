import { Autocomplete, Checkbox, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import {
  fieldNames,
  isNullable,
  isOfKind,
  wireName,
  type FieldName,
  type FieldOfKind,
  type WireName,
} from '../../../core/events/event-fields.ts';
import { currencyCodes } from '../../../core/money/minor-units.ts';
import { formatMoney } from '../../shared/formats.ts';
import { Choice, Field, TextArea } from '../parts/fields.tsx';
import { useConsole } from '../shell/console-context.ts';
import { strategies, type Draft } from './draft.ts';
import { ThemeFields } from './theme-fields.tsx';
import { TimeField } from '../parts/time-field.tsx';
import { readWhole } from '../parts/typed-values.ts';
import { WholeField } from './whole-field.tsx';

type Props = {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  /** Returns a field's problem, if the form should show it now. */
  problem: (name: string) => string | undefined;
  /** Called when the reader leaves a field. */
  onLeave: (name: string) => void;
};

type TypedName = Exclude<keyof Draft, WireName<FieldOfKind<'switch'>> | 'strategy'>;

/** Fields that have a fixed place in the form. Any other field comes last, in the group for the event's page. */
const placed: readonly FieldName[] = [
  ...(['name', 'description', 'amount', 'currency', 'timeZone', 'listed', 'imageUrl', 'imageAlt'] as const),
  ...(['terms', 'useUrl', 'validUntilMs', 'theme'] as const),
];
const otherFields = fieldNames.filter((name) => !placed.includes(name));

const timeZones = Intl.supportedValuesOf('timeZone');

/** All fields of an event, in groups. */
export function EventFields({ draft, onChange, problem, onLeave }: Props) {
  const { words, language } = useConsole();
  const texts = words.forms;
  const set =
    (name: keyof Draft) =>
    (value: string): void =>
      onChange({ [name]: value });
  const field = (name: TypedName) => ({
    ...{ label: texts.fields[name], name, value: draft[name], onValue: set(name), error: problem(name) },
  });
  const typed = (name: TypedName) => ({ ...field(name), onLeave: () => onLeave(name) });
  const worth = readWhole(draft.amount);
  return (
    <>
      <Group title={texts.sections.coupon}>
        <Field {...field('name')} required />
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <WholeField
            {...typed('amount')}
            required
            about={
              <span data-preview="amount">
                {worth === null || draft.currency === ''
                  ? texts.amountHint(`1000 = ${formatMoney(language, 1_000, draft.currency)}`)
                  : texts.amountMeans(formatMoney(language, worth, draft.currency))}
              </span>
            }
          />
          <Suggest {...typed('currency')} data={currencyCodes} />
          <WholeField {...typed('stock')} required about={texts.stockHint} />
        </SimpleGrid>
      </Group>
      <Group title={texts.sections.times}>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TimeField {...typed('opensAt')} required timeZone={draft.timeZone} />
          <TimeField {...typed('closesAt')} timeZone={draft.timeZone} none={texts.noClosing} />
        </SimpleGrid>
        <Suggest {...typed('timeZone')} hint={texts.zoneHint} data={timeZones} />
      </Group>
      <Group title={texts.sections.page}>
        <TextArea {...field('description')} />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Field {...field('imageUrl')} hint={texts.imageHint} inputMode="url" />
          <Field {...field('imageAlt')} hint={texts.altHint} />
        </SimpleGrid>
        <TextArea {...field('terms')} />
        <Checkbox
          label={texts.fields.listed}
          description={texts.listedHint}
          name="listed"
          checked={draft.listed}
          onChange={({ currentTarget }) => onChange({ listed: currentTarget.checked })}
        />
        {otherFields.map((name) => {
          const wire = wireName(name);
          const hint = isNullable(name) ? words.common.optional : undefined;
          if (isOfKind(name, 'switch')) return null;
          if (isOfKind(name, 'text')) return <TextArea key={name} {...field(wire as TypedName)} hint={hint} />;
          return <Field key={name} {...field(wire as TypedName)} hint={hint} />;
        })}
      </Group>
      <Group title={texts.sections.use}>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TimeField {...typed('validUntil')} timeZone={draft.timeZone} none={texts.noEnd} />
          <Field {...field('useUrl')} hint={texts.useHint} inputMode="url" />
        </SimpleGrid>
      </Group>
      <Group title={texts.sections.look} about={texts.lookAbout}>
        <ThemeFields value={draft.theme} onValue={set('theme')} problem={(entry) => problem(`theme.${entry}`)} />
      </Group>
      <Group title={texts.sections.operators} about={texts.operatorsAbout}>
        <Choice
          label={texts.fields.strategy}
          name="strategy"
          value={draft.strategy}
          onValue={set('strategy')}
          error={problem('strategy')}
          data={[...new Set([...strategies, draft.strategy])]}
        />
      </Group>
    </>
  );
}

function Group({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <Paper component="section" withBorder p="md" aria-label={title}>
      <Title order={2} mb={about === undefined ? 'sm' : 2}>
        {title}
      </Title>
      {about === undefined ? null : (
        <Text c="dimmed" size="sm" mb="sm">
          {about}
        </Text>
      )}
      <Stack>{children}</Stack>
    </Paper>
  );
}

type SuggestProps = {
  label: string;
  name: string;
  value: string;
  onValue: (value: string) => void;
  onLeave: () => void;
  error: string | undefined;
  hint?: string;
  data: readonly string[];
};

/** A text field that suggests known values but accepts any text. */
function Suggest({ onValue, onLeave, hint, data, ...rest }: SuggestProps) {
  return <Autocomplete {...rest} description={hint} data={[...data]} limit={12} onChange={onValue} onBlur={onLeave} />;
}
