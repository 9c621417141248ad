import { ColorInput, SimpleGrid, Stack } from '@mantine/core';
import { Choice, Field } from '../parts/fields.tsx';
import { useConsole } from '../shell/console-context.ts';
import { readTheme, withEntry } from './theme-draft.ts';

type Props = {
  /** The theme as the draft stores it, as JSON or ''. */
  value: string;
  onValue: (value: string) => void;
  /** Returns the problem with the entry of this name. */
  problem: (entry: string) => string | undefined;
};

/** Common colours on which white text is readable. */
const swatches = ['#d6291e', '#c2410c', '#15803d', '#0f766e', '#1d4ed8', '#4338ca', '#7e22ce', '#be185d', '#1f2937'];

/** The theme of the event's page. An empty entry takes the site's value. */
export function ThemeFields({ value, onValue, problem }: Props) {
  const { words } = useConsole();
  const texts = words.forms.theme;
  const theme = readTheme(value);
  const usual = { value: '', label: texts.asSite };
  const text = (name: 'shopName' | 'logoUrl' | 'iconUrl') => ({
    ...{ label: texts[name], name: `theme.${name}`, value: theme[name] ?? '', error: problem(name) },
    onValue: (typed: string) => onValue(withEntry(value, name, typed)),
  });
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Field {...text('shopName')} hint={texts.shopNameHint} />
        <ColorInput
          label={texts.accentColor}
          name="theme.accentColor"
          description={texts.accentHint}
          placeholder={texts.asSite}
          value={theme.accentColor ?? ''}
          error={problem('accentColor')}
          onChange={(chosen) => onValue(withEntry(value, 'accentColor', chosen.toLowerCase()))}
          fixOnBlur={false}
          swatches={swatches}
          eyeDropperButtonProps={{ 'aria-label': texts.pick }}
        />
        <Field {...text('logoUrl')} hint={texts.logoHint} inputMode="url" />
        <Field {...text('iconUrl')} hint={texts.iconHint} inputMode="url" />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Choice
          label={texts.radius}
          name="theme.radius"
          value={theme.radius ?? ''}
          onValue={(chosen) => onValue(withEntry(value, 'radius', chosenOf(chosen, ['square', 'soft', 'round'])))}
          error={problem('radius')}
          data={[
            usual,
            ...(['square', 'soft', 'round'] as const).map((each) => ({ value: each, label: texts.radii[each] })),
          ]}
        />
        <Choice
          label={texts.font}
          name="theme.font"
          value={theme.font ?? ''}
          onValue={(chosen) => onValue(withEntry(value, 'font', chosenOf(chosen, ['system', 'serif', 'rounded'])))}
          error={problem('font')}
          data={[
            usual,
            ...(['system', 'serif', 'rounded'] as const).map((each) => ({ value: each, label: texts.fonts[each] })),
          ]}
        />
        <Choice
          label={texts.header}
          name="theme.header"
          value={theme.header === undefined ? '' : String(theme.header)}
          onValue={(chosen) => onValue(withEntry(value, 'header', chosen === '' ? undefined : chosen === 'true'))}
          error={problem('header')}
          data={[usual, { value: 'true', label: texts.headerShown }, { value: 'false', label: texts.headerHidden }]}
        />
      </SimpleGrid>
    </Stack>
  );
}

const chosenOf = <Value extends string>(chosen: string, values: readonly Value[]): Value | undefined =>
  values.find((value) => value === chosen);
