import { createTheme, type CSSVariablesResolver } from '@mantine/core';

/** Fonts that draw Korean well come before the generic one on every platform. */
const fonts =
  "system-ui, -apple-system, 'Apple SD Gothic Neo', Pretendard, 'Noto Sans KR', 'Malgun Gothic', sans-serif";

/** The console's look: one accent colour, and text in sentence case, since Korean has no capitals. */
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
    // A link within a text must differ from it by more than its colour. In tables, pass underline="hover".
    Anchor: { defaultProps: { underline: 'always' } },
    Badge: { defaultProps: { variant: 'light', tt: 'none', fw: 600 } },
    // Otherwise, each dialog would add a banner, and a page may have only one.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    Modal: { defaultProps: { centered: true, size: 'lg' } },
  },
});

/** Mantine's light colours for secondary text have too little contrast for WCAG AA, so text uses darker shades. */
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
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
});
