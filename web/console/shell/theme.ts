import { createTheme, type CSSVariablesResolver } from '@mantine/core';

/** Fonts that display Korean well on each platform come before the generic font. */
const fonts =
  "system-ui, -apple-system, 'Apple SD Gothic Neo', Pretendard, 'Noto Sans KR', 'Malgun Gothic', sans-serif";

/** The console's look. Text is in sentence case, because Korean has no capitals. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  fontFamily: fonts,
  headings: {
    fontFamily: fonts,
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.3' }, h2: { fontSize: '1.125rem', lineHeight: '1.35' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
    // A link within text must differ from the text by more than its colour. In tables, set underline="hover".
    Anchor: { defaultProps: { underline: 'always' } },
    Badge: { defaultProps: { variant: 'light', tt: 'none', fw: 600 } },
    // Mantine renders a dialog's head as a `header`, which screen readers treat as a second banner on the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    Modal: { defaultProps: { centered: true, size: 'lg' } },
  },
});

/** Mantine's light colours for secondary text do not have the contrast that WCAG AA requires, so use darker shades. */
export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': '#b02525',
    ...Object.fromEntries(
      Object.keys(colors).flatMap((name) =>
        ['light-color', 'text'].map((use) => [
          `--mantine-color-${name}-${use}`,
          `color-mix(in srgb, var(--mantine-color-${name}-9), black 30%)`,
        ]),
      ),
    ),
  },
  dark: {
    // Mantine's own text colour hardly differs from its colour for secondary text.
    '--mantine-color-text': 'var(--mantine-color-gray-3)',
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
});
